/// Paths as they stand in layers: relative to the image's root, `/` between components, none at either end.
enum ArchivePath {
  /// The path without a leading `/`, without `.` and without empty components; the root is the empty path.
  ///
  /// Absolute paths are taken as relative to the image's root, as container runtimes do.
  ///
  /// - Returns: `nil` if a component is `..`: such a path could leave the root.
  static func normalised(_ path: String) -> String? {
    var kept: [Substring] = []
    for part in path.split(separator: "/") {
      if part == ".." { return nil }
      if part != "." { kept.append(part) }
    }
    return kept.joined(separator: "/")
  }

  /// The directory that holds `path`; the empty path is its own.
  static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(path[..<slash])
  }

  /// The last component of `path`.
  static func name(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }

  /// `name` in `directory`.
  static func joined(_ directory: String, _ name: String) -> String {
    directory.isEmpty ? name : "\(directory)/\(name)"
  }

  /// Whether `path` lies in `directory`, at any depth; a directory does not lie in itself.
  static func lies(_ path: String, in directory: String) -> Bool {
    if directory.isEmpty { return !path.isEmpty }
    let (inner, outer) = (path.utf8, directory.utf8)
    return inner.count > outer.count && inner.starts(with: outer)
      && inner[inner.index(inner.startIndex, offsetBy: outer.count)] == UInt8(ascii: "/")
  }

  /// All directories above `path`, nearest first, without the root.
  static func ancestors(of path: String) -> [String] {
    var ancestors: [String] = []
    var rest = parent(of: path)
    while !rest.isEmpty {
      ancestors.append(rest)
      rest = parent(of: rest)
    }
    return ancestors
  }
}
