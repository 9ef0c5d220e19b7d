/// What the layers above hide of those below.
///
/// Source: OCI image-spec, layer.md, "Whiteouts" and "Opaque Whiteout"; a file hides what stands at its path and below
/// it, a directory only a file at its path.
struct Overlay {
  /// Paths that are hidden with all that lies in them: files, links, whiteouts.
  private(set) var replaced: Set<String> = []
  /// Directories, whose own content shows through.
  private(set) var directories: Set<String> = []
  /// Directories whose content is hidden.
  private(set) var emptied: Set<String> = []

  /// The number of paths that are remembered.
  var count: Int { replaced.count + directories.count + emptied.count }

  /// Whether something other than a directory at `path` is hidden.
  func hides(_ path: String) -> Bool {
    replaced.contains(path) || directories.contains(path) || hidesContent(of: ArchivePath.parent(of: path))
  }

  /// Whether all that lies in `directory` is hidden.
  func hidesContent(of directory: String) -> Bool {
    if emptied.contains("") { return true }
    return ([directory] + ArchivePath.ancestors(of: directory)).contains {
      replaced.contains($0) || emptied.contains($0)
    }
  }

  /// Notes a file, a link or a whiteout's target.
  mutating func replace(_ path: String) { replaced.insert(path) }

  /// Notes a directory.
  mutating func addDirectory(_ path: String) { directories.insert(path) }

  /// Notes an opaque directory.
  mutating func empty(_ directory: String) { emptied.insert(directory) }

  /// Adds what the next layer hides.
  mutating func add(_ layer: Overlay) {
    replaced.formUnion(layer.replaced)
    directories.formUnion(layer.directories)
    emptied.formUnion(layer.emptied)
  }
}

/// A layer's order to hide something below it.
enum Whiteout: Equatable {
  /// Hides one path and all that lies in it.
  case path(String)
  /// Hides all that lies in a directory.
  case contentOf(String)
  /// The book-keeping of a union file system; no part of the image.
  case bookkeeping

  /// The name of the entry that hides all that lies in its directory.
  static let opaqueName = ".wh..wh..opq"
  /// What the name of an entry begins with that hides its neighbour.
  static let prefix = ".wh."

  /// The whiteout that stands at a path, if one does.
  ///
  /// - Returns: `nil` for all other paths. A name that would hide `.` or `..` is book-keeping.
  init?(_ path: String) {
    let name = ArchivePath.name(of: path)
    guard name.utf8.starts(with: Self.prefix.utf8) else { return nil }
    let directory = ArchivePath.parent(of: path)
    let hidden = String(name.dropFirst(Self.prefix.count))
    if name == Self.opaqueName {
      self = .contentOf(directory)
    } else if ["", ".", ".."].contains(hidden) || hidden.utf8.starts(with: Self.prefix.utf8) {
      self = .bookkeeping
    } else {
      self = .path(ArchivePath.joined(directory, hidden))
    }
  }
}
