internal import CLauncher
internal import ELF

/// The small program that starts those which lie in `libexec`, by the dynamic linker and the libraries in `lib`.
enum Launcher {
  /// The dynamic linker that it looks for.
  static var linker: String { String(cString: sealift_launcher_linker()) }

  /// Its file.
  static var file: [UInt8] {
    guard let start = sealift_launcher_bytes() else { return [] }
    let code = Array(UnsafeBufferPointer(start: start, count: Int(sealift_launcher_count())))
    return ELFProgram.file(code, entry: Int(sealift_launcher_entry()), offset: Int(bitPattern: start) & 0xFFF)
  }
}
