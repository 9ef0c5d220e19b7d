public import Diagnostics
internal import Glibc

extension FileSystem {
  /// The paths of all that lies below a directory and is no directory itself, relative to it, sorted by their bytes; links
  /// are not followed.
  ///
  /// - Parameter limit: The most that are listed: one more ends the search.
  public static func contents(ofTree directory: String, limit: Int) throws(SealiftError) -> [String] {
    var found: [String] = []
    var next = [""]
    while let prefix = next.popLast(), found.count <= limit {
      for name in try list(prefix.isEmpty ? directory : "\(directory)/\(prefix)") {
        let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
        if try kind(of: "\(directory)/\(path)") == .directory {
          next.append(path)
        } else {
          found.append(path)
        }
      }
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Removes a directory with all that is in it, or a file, if it is there; links are not followed.
  public static func removeTree(_ path: String) throws(SealiftError) {
    guard try kind(of: path) == .directory else { return try remove(path) }
    for name in try list(path) { try removeTree("\(path)/\(name)") }
    guard rmdir(path) == 0 || errno == ENOENT else { throw .system("cannot remove \(path)") }
  }
}
