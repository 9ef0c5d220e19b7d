internal import ELF
internal import SystemIO

/// Which libraries belong to the system that a program runs on, and how old that may be.
enum SystemLibraries {
  /// Whether a library is part of glibc: it must fit the kernel and the dynamic linker, and is there wherever they are.
  ///
  /// Source: glibc, `shlib-versions` and the `Makefile` of each directory.
  static func isOfGlibc(_ name: String) -> Bool {
    if name.hasPrefix("ld-linux") || name.hasPrefix("ld64.so") || name.hasPrefix("ld.so") { return true }
    return names.contains(String(name.prefix { $0 != "." }))
  }

  private static let names: Set = [
    "libBrokenLocale", "libanl", "libc", "libdl", "libm", "libmvec", "libnsl", "libpthread", "libresolv", "librt",
    "libthread_db", "libutil",
  ]

  /// The file that every processor can run, in place of one that was made for this one.
  ///
  /// Source: ld.so(8), "glibc-hwcaps".
  static func general(_ path: String) -> String {
    guard let special = path.firstRange(of: "/glibc-hwcaps/") else { return path }
    let rest = path[special.upperBound...].split(separator: "/").dropFirst().joined(separator: "/")
    let general = "\(path[..<special.lowerBound])/\(rest)"
    return FileSystem.exists(general) ? general : path
  }

  /// The oldest glibc that has all versions of symbols that files need, as `2.36`; `nil` if they need none.
  static func oldestGlibc(for files: [ELFFile]) -> String? {
    let versions = files.flatMap(\.versionNeeds).filter { isOfGlibc($0.library) }.compactMap { release($0.version) }
    return versions.max { $0.lexicographicallyPrecedes($1) }?.map(String.init).joined(separator: ".")
  }

  private static func release(_ version: String) -> [Int]? {
    // Packed relocations are asked for by a name without a number.
    if version == "GLIBC_ABI_DT_RELR" { return [2, 36] }
    guard version.hasPrefix("GLIBC_") else { return nil }
    let numbers = version.dropFirst("GLIBC_".count).split(separator: ".").map { Int($0) }
    return numbers.contains(nil) ? nil : numbers.compactMap(\.self)
  }
}
