/// Which files of an image are read.
public struct WantedFiles: Sendable {
  /// The directories in which they lie, at any depth; the empty path is the whole image.
  public let directories: [String]
  /// The greatest size in bytes of the file at a path of these directories; `nil` for one that is not wanted.
  public let limit: @Sendable (_ path: String) -> Int?

  /// Chooses files.
  ///
  /// - Parameters:
  ///   - directories: Where they lie, with or without a leading `/`; `..` is passed over.
  ///   - limit: The greatest size in bytes of a wanted file; `nil` for one that is not wanted.
  public init(under directories: [String], limit: @escaping @Sendable (_ path: String) -> Int?) {
    self.directories = directories.compactMap(ArchivePath.normalised)
    self.limit = limit
  }

  /// Chooses all files in a directory.
  public init(under directory: String, limit: Int) {
    self.init(under: [directory]) { _ in limit }
  }

  /// The greatest size of the file at `path`, if it is wanted.
  func limit(at path: String) -> Int? {
    directories.contains { ArchivePath.lies(path, in: $0) } ? limit(path) : nil
  }

  /// Whether what stands at `path` decides about wanted files: in or above one of the directories, or one itself.
  func dependsOn(_ path: String) -> Bool {
    directories.contains { isAtOrAbove(path, $0) || ArchivePath.lies(path, in: $0) }
  }

  /// Whether a link at `path` leads to a directory of wanted files, or to one above.
  func isEntered(through path: String) -> Bool { directories.contains { isAtOrAbove(path, $0) } }

  private func isAtOrAbove(_ path: String, _ directory: String) -> Bool {
    path == directory || ArchivePath.lies(directory, in: path)
  }
}
