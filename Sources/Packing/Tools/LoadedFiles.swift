internal import Diagnostics
internal import ELF
internal import SystemIO

/// The program that runs, and the libraries that it has loaded.
struct LoadedFiles {
  /// The program.
  let program: ProgramFile
  private let libraries: [String: String]

  // Each line has a path of at most 4 KiB, and a process of this program some hundred of them.
  private static let maximumMaps = 16 << 20

  /// Reads what the kernel knows of this process.
  ///
  /// Source: proc(5), `/proc/[pid]/maps`.
  init() throws(SealiftError) {
    let maps = String(decoding: try FileSystem.read("/proc/self/maps", limit: Self.maximumMaps), as: UTF8.self)
    var seen: Set<String> = []
    var libraries: [String: String] = [:]
    var program: ProgramFile?
    for line in maps.split(separator: "\n") {
      // Address, rights, offset, device and inode stand before the path.
      let fields = line.split(separator: " ", maxSplits: 5)
      guard fields.count == 6, fields[1].contains("x") else { continue }
      let path = String(fields[5].drop { $0 == " " })
      guard path.hasPrefix("/"), seen.insert(path).inserted, FileSystem.exists(path) else { continue }
      guard let file = try? ProgramFile(path) else { continue }
      if let soname = file.elf.soname {
        libraries[soname] = SystemLibraries.general(path)
      } else if file.elf.interpreter != nil {
        program = program ?? file
      }
    }
    guard let program else {
      throw SealiftError(
        .configuration, "the file of the running program is not there any more, or needs no dynamic linker",
        nextStep: "start sealift again from where it is installed")
    }
    self.program = program
    self.libraries = libraries
  }

  /// Where the library of a name was loaded from.
  subscript(soname: String) -> String? { libraries[soname] }
}
