/// Which files of an image are read.
public struct WantedFiles: Sendable {
  /// The directories in which they lie, at any depth; the empty path is the whole image. Where single files are wanted,
  /// those.
  public let directories: [String]
  /// The greatest size in bytes of the file at a path of these directories; `nil` for one that is not wanted.
  public let limit: @Sendable (_ path: String) -> Int?
  private let areFiles: Bool

  /// Chooses files.
  ///
  /// - Parameters:
  ///   - directories: Where they lie, with or without a leading `/`; `..` is passed over.
  ///   - limit: The greatest size in bytes of a wanted file; `nil` for one that is not wanted.
  public init(under directories: [String], limit: @escaping @Sendable (_ path: String) -> Int?) {
    self.directories = directories.compactMap(ArchivePath.normalised)
    self.limit = limit
    areFiles = false
  }

  /// Chooses all files in a directory.
  public init(under directory: String, limit: Int) {
    self.init(under: [directory]) { _ in limit }
  }

  /// Chooses single files, so that no more is remembered of an image than what stands at and above their paths.
  ///
  /// - Parameters:
  ///   - files: Their paths, with or without a leading `/`; one with `..` is passed over.
  ///   - limit: The greatest size in bytes of each.
  public init(files: [String], limit: Int) {
    directories = files.compactMap(ArchivePath.normalised)
    self.limit = { _ in limit }
    areFiles = true
  }

  /// The greatest size of the file at `path`, if it is wanted.
  func limit(at path: String) -> Int? {
    if areFiles { return directories.contains(path) ? limit(path) : nil }
    return directories.contains { ArchivePath.lies(path, in: $0) } ? limit(path) : nil
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
