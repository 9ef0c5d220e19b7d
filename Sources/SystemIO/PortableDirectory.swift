internal import CLinux

/// The directory that the running program lies in, if all that it needs lies there too.
///
/// Source: `formats/bundle-v1.md`, "Beside the bundle".
public enum PortableDirectory {
  /// The path; `nil` if the program is installed in another way.
  public static let path: String? = {
    guard let program = sealift_program_path() else { return nil }
    // Whether the dynamic linker says its own path or that of the program depends on its version; both lie at this depth.
    let directory = FileSystem.parent(of: FileSystem.parent(of: String(cString: program)))
    let isOne = ["libexec/sealift", "lib/libc.so.6", "bin/gpgv"].allSatisfy { FileSystem.exists("\(directory)/\($0)") }
    return isOne && directory.hasPrefix("/") ? directory : nil
  }()

  /// A program that lies there, and is started with the libraries that lie there.
  public static func program(_ name: String) -> InstalledProgram? {
    path.flatMap { InstalledProgram(name, environment: ["PATH": "\($0)/bin"]) }
  }
}
