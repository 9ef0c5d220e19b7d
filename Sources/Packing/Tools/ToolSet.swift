internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import ELF
internal import SystemIO

/// All that the running program needs on another machine, as it is left beside a bundle.
///
/// Source: `formats/bundle-v1.md`, "Beside the bundle".
struct ToolSet: Sendable {
  /// Where the bytes of a file come from.
  enum Content: Sendable {
    /// A file of this machine.
    case copy(String)
    /// What is made here.
    case bytes([UInt8])
  }

  /// One file.
  struct File: Sendable {
    let entry: BundleIndex.Tool
    let content: Content
    let isProgram: Bool
  }

  /// The files, ascending by path.
  let files: [File]

  /// The entries of the index, ascending by path.
  var entries: [BundleIndex.Tool] { files.map(\.entry) }

  /// Finds the program, its libraries, `gpgv` and the libraries of that.
  ///
  /// - Parameter environment: `PATH` of it says where `gpgv` is looked for.
  /// - Throws: `configuration` if one of them is not there.
  init(environment: [String: String]) throws(SealiftError) {
    let loaded = try LoadedFiles()
    guard let linker = loaded[Launcher.linker] else {
      throw SealiftError(
        .configuration, "\(loaded.program.path) was not started by \(Launcher.linker)",
        nextStep: "use a build that is: one for glibc")
    }
    let gpgv = try Self.gpgv(environment)
    let directory = PortableDirectory.path.map { "\($0)/lib" }
    let search = LibrarySearch(loaded, try ListedLibraries(of: gpgv.path, linker: linker, directory: directory))
    let libraries = try search.closure(of: [loaded.program, gpgv])
    var files = [
      Self.copy(loaded.program, to: "libexec/sealift", isProgram: true),
      Self.copy(gpgv, to: "libexec/gpgv", isProgram: true),
      Self.made(Launcher.file, at: "sealift", isProgram: true),
      Self.made(Launcher.file, at: "bin/gpgv", isProgram: true),
    ]
    files += libraries.map { Self.copy($0.value, to: "lib/\($0.key)", isProgram: $0.key == Launcher.linker) }
    let start = ToolTexts.startHere(files: files.count + 2)
    files.append(Self.made(Array(start.utf8), at: ToolDirectory.startName, isProgram: false))
    files.sort { $0.entry.path.utf8.lexicographicallyPrecedes($1.entry.path.utf8) }
    let sums = files.map { "\($0.entry.digest.hex)  \($0.entry.path)\n" }.joined()
    files.append(Self.made(Array(sums.utf8), at: "SHA256SUMS", isProgram: false))
    self.files = files.sorted { $0.entry.path.utf8.lexicographicallyPrecedes($1.entry.path.utf8) }
  }

  private static func copy(_ file: ProgramFile, to path: String, isProgram: Bool) -> File {
    File(
      entry: .init(digest: file.digest, path: path, size: file.size), content: .copy(file.path), isProgram: isProgram)
  }

  private static func made(_ bytes: [UInt8], at path: String, isProgram: Bool) -> File {
    File(
      entry: .init(digest: SHA256Hasher.digest(of: bytes), path: path, size: bytes.count), content: .bytes(bytes),
      isProgram: isProgram)
  }

  /// The program `gpgv` itself: in a portable directory the one that the libraries there are of.
  private static func gpgv(_ environment: [String: String]) throws(SealiftError) -> ProgramFile {
    if let directory = PortableDirectory.path { return try ProgramFile("\(directory)/libexec/gpgv") }
    guard let installed = InstalledProgram("gpgv", environment: environment) else {
      throw SealiftError(
        .configuration, "gpgv is to travel along, and is not installed",
        nextStep: "install it: `apt-get install gpgv`, or `dnf install gnupg2`")
    }
    return try ProgramFile(installed.path)
  }
}

/// Where libraries are found, and what they need in turn.
private struct LibrarySearch {
  private let loaded: LoadedFiles
  private let listed: ListedLibraries

  init(_ loaded: LoadedFiles, _ listed: ListedLibraries) {
    self.loaded = loaded
    self.listed = listed
  }

  /// All libraries that files need, directly or not, by name.
  func closure(of files: [ProgramFile]) throws(SealiftError) -> [String: ProgramFile] {
    var found: [String: ProgramFile] = [:]
    var next = files.flatMap(\.elf.needed)
    while let name = next.popLast() {
      guard found[name] == nil else { continue }
      guard BundleIndex.CarriedFile.isName(name), let path = loaded[name] ?? listed[name] else {
        throw SealiftError(
          .configuration, "the library \(name) is needed and is not where it was loaded from",
          nextStep: "start sealift again; if that does not help, install the library anew")
      }
      let library = try ProgramFile(path)
      found[name] = library
      next += library.elf.needed
    }
    return found
  }
}
