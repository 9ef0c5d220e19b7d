internal import Diagnostics
internal import OCI

/// One pass over one layer: hands over the wanted files that can be seen, and notes what the layer hides below it.
struct LayerScan: Sendable {
  /// A wanted file that is another name of a file in the same layer.
  struct HardLink: Sendable, Equatable {
    let path: String
    let target: String
  }

  /// The greatest number of paths in and above the wanted directories; real catalogs have thousands.
  static let maximumPaths = 500_000
  /// The greatest number of names of one file, for each of which the layer is read again.
  static let maximumPasses = 8

  /// The layer.
  let layer: Descriptor
  /// What it hides of the layers below.
  private(set) var overlay = Overlay()
  /// The number of files handed over.
  private(set) var files = 0
  /// Symbolic links that were met.
  private(set) var links: [ImageLink] = []
  /// Wanted files whose content is elsewhere in this layer.
  private(set) var hardLinks: [HardLink] = []

  private let wanted: WantedFiles
  private let above: Overlay
  /// What stands at each path that matters, and whether it is a directory.
  private var isDirectory: [String: Bool] = [:]
  private var found: [String] = []

  /// - Parameters:
  ///   - layer: The layer.
  ///   - wanted: Which files are read.
  ///   - above: What the layers above it hide.
  init(_ layer: Descriptor, wanted: WantedFiles, above: Overlay) {
    self.layer = layer
    self.wanted = wanted
    self.above = above
  }

  /// Whether the layer has nothing that is wanted.
  var isEmpty: Bool { found.isEmpty }

  /// Reads the whole layer.
  mutating func read(_ archive: ArchiveReader, _ body: (ImageFile) throws -> Void) throws {
    while let entry = try archive.next() {
      let whiteout = Whiteout(entry.path)
      switch whiteout {
      case .path(let path): if wanted.dependsOn(path) { overlay.replace(path) }
      case .contentOf(let directory): if wanted.dependsOn(directory) { overlay.empty(directory) }
      case .bookkeeping: break
      case nil: if wanted.dependsOn(entry.path) { try take(entry, archive, body) }
      }
      guard overlay.count <= Self.maximumPaths else { throw Self.tooManyPaths(layer) }
    }
    try checkAncestors()
  }

  private mutating func take(
    _ entry: ArchiveEntry, _ archive: ArchiveReader, _ body: (ImageFile) throws -> Void
  ) throws {
    let path = entry.path
    let isDirectory = entry.kind == .directory
    if let before = self.isDirectory.updateValue(isDirectory, forKey: path), !(before && isDirectory) {
      throw error("has \(path) twice")
    }
    // A layer may leave out the directories above a file.
    for directory in ArchivePath.ancestors(of: path) where wanted.dependsOn(directory) {
      overlay.addDirectory(directory)
    }
    if isDirectory { return overlay.addDirectory(path) }
    overlay.replace(path)
    guard !above.hides(path) else { return }
    if case .symbolicLink(let target) = entry.kind {
      guard wanted.limit(at: path) != nil || wanted.isEntered(through: path) else { return }
      found.append(path)
      return links.append(ImageLink(path: path, target: target))
    }
    guard let limit = wanted.limit(at: path) else { return }
    found.append(path)
    switch entry.kind {
    case .file:
      try Self.checkSize(entry, as: path, limit, layer)
      files += 1
      try body(ImageFile(path: path, entry: entry, archive: archive))
    case .hardLink(let target): hardLinks.append(HardLink(path: path, target: target))
    case .special: throw error("has \(path), which is wanted, as a device or a pipe")
    case .symbolicLink, .directory: break
    }
  }

  /// A file that was handed over must not lie below what the same layer says is a file or a link.
  private func checkAncestors() throws(SealiftError) {
    for path in found {
      if let file = ArchivePath.ancestors(of: path).first(where: { isDirectory[$0] == false }) {
        throw error("has \(path) although \(file) is no directory")
      }
    }
  }

  /// Splits hard links into those that one pass can follow, with one name for each target, and the rest.
  static func onePerTarget(_ links: [HardLink]) -> (now: [HardLink], later: [HardLink]) {
    var targets: Set<String> = []
    var (now, later): ([HardLink], [HardLink]) = ([], [])
    for link in links {
      if targets.insert(link.target).inserted { now.append(link) } else { later.append(link) }
    }
    return (now, later)
  }

  /// Hands over the files that hard links lead to, under the links' names.
  ///
  /// - Parameter links: At most one for each target.
  /// - Returns: The number of files.
  static func readTargets(
    of links: [HardLink], in layer: Descriptor, _ archive: ArchiveReader, _ wanted: WantedFiles,
    _ body: (ImageFile) throws -> Void
  ) throws -> Int {
    var missing = Dictionary(links.map { ($0.target, $0.path) }) { first, _ in first }
    while let entry = try archive.next() {
      guard entry.kind == .file, let path = missing.removeValue(forKey: entry.path) else { continue }
      try checkSize(entry, as: path, wanted.limit(at: path) ?? 0, layer)
      try body(ImageFile(path: path, entry: entry, archive: archive))
    }
    if let (target, path) = missing.min(by: { $0.value < $1.value }) {
      throw error(layer, "has \(path) as a hard link to \(target), which is no file of the same layer")
    }
    return links.count
  }

  /// The error for too many paths to remember.
  static func tooManyPaths(_ layer: Descriptor) -> SealiftError {
    error(layer, "has more than \(maximumPaths) entries in the wanted directories")
  }

  /// The error for a file with too many names.
  static func tooManyNames(_ layer: Descriptor, _ path: String) -> SealiftError {
    error(layer, "has \(path) among more than \(maximumPasses) hard links to one file")
  }

  private static func checkSize(
    _ entry: ArchiveEntry, as path: String, _ limit: Int, _ layer: Descriptor
  ) throws(SealiftError) {
    guard entry.size <= limit else {
      throw error(layer, "has \(path) with \(entry.size.asBytes), and at most \(limit.asBytes) are read")
    }
  }

  private static func error(_ layer: Descriptor, _ problem: String) -> SealiftError {
    SealiftError(.protocol, "layer \(layer.digest) \(problem)", nextStep: "ask the publisher for a sound image")
  }

  private func error(_ problem: String) -> SealiftError { Self.error(layer, problem) }
}
