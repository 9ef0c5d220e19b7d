/// Tar archives as no tool writes them.
enum TarBytes {
  /// One entry: a header and its content.
  ///
  /// - Parameters:
  ///   - type: The type flag: `0` file, `1` hard link, `2` symbolic link, `3` device, `5` directory, `x` pax.
  ///   - size: The size that the header claims, in octal; without it that of the content.
  static func entry(
    _ path: String, _ content: String = "", type: Character = "0", link: String = "", size: String? = nil
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    let content = Array(content.utf8)
    put(path, at: 0)
    put("0000644\0" + "0000000\0" + "0000000\0", at: 100)
    put(size ?? octal(content.count, digits: 11), at: 124)
    put("00000000000\0", at: 136)
    put("        \(type)\(link)", at: 148)
    put("ustar\u{0}00", at: 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
    return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  /// An archive of entries.
  static func archive(_ entries: [[UInt8]]) -> [UInt8] {
    entries.flatMap { $0 } + [UInt8](repeating: 0, count: 1024)
  }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
