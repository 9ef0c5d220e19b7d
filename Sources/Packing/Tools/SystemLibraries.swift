internal import SystemIO

/// Which file of a library travels.
enum SystemLibraries {
  /// The file that every processor can run, in place of one that was made for this one.
  ///
  /// Source: ld.so(8), "glibc-hwcaps".
  static func general(_ path: String) -> String {
    guard let special = path.firstRange(of: "/glibc-hwcaps/") else { return path }
    let rest = path[special.upperBound...].split(separator: "/").dropFirst().joined(separator: "/")
    let general = "\(path[..<special.lowerBound])/\(rest)"
    return FileSystem.exists(general) ? general : path
  }
}
