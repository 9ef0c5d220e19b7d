internal import Diagnostics
public import Digests
public import SystemIO

/// A directory in the OCI image layout, as a source of images.
///
/// Its images are the entries of `index.json`, each with or without a name (`org.opencontainers.image.ref.name`). A tag
/// in a repository is the entry whose name is `repository:tag`, or just `tag` where no entry has the full name.
/// Symbolic links within the layout are refused. The index is read once, at opening.
///
/// Source: OCI image-spec, image-layout.md.
public final class OCILayout: ReferrerSource {
  /// The version of the layout that is read and written.
  public static let version = "1.0.0"
  /// The name of the file that says what the directory is.
  public static let markerName = "oci-layout"
  /// The bytes of that file.
  public static let markerBytes = Array("{\"imageLayoutVersion\":\"\(version)\"}".utf8)

  /// The directory.
  public let path: String
  /// All entries of the index, in its order.
  public let entries: [Descriptor]

  private let blobs: OCILayoutBlobs
  private let pool: BlockingPool
  private let byName: [String: Descriptor]
  private let mediaTypes: [Digest: MediaType]
  private let graph = OCILayoutLazyGraph()

  /// Opens a layout.
  ///
  /// - Throws: `notFound` if the directory is not a layout; `corrupt` for a layout of another version or with a bad
  ///   index.
  public init(_ path: String, pool: BlockingPool) async throws {
    let blobs = OCILayoutBlobs(layout: path)
    let entries = try await pool.run {
      try Self.check(path)
      try blobs.refuseLinks()
      return try OCILayoutIndex.entries(of: path)
    }
    self.path = path
    self.pool = pool
    self.blobs = blobs
    self.entries = entries
    byName = Dictionary(entries.compactMap { entry in entry.referenceName.map { ($0, entry) } }) { first, _ in first }
    mediaTypes = Dictionary(entries.map { ($0.digest, $0.mediaType) }) { first, _ in first }
  }

  /// The entries that a user asks for.
  ///
  /// An entry without a name whose manifest refers to another one of this layout is not an image to ask for: it
  /// travels as a referrer.
  ///
  /// - Parameter name: The name of one; `nil` takes all.
  /// - Throws: `notFound` if there is no such name; `corrupt` if it, or with `nil` any name, stands for two manifests.
  public func images(named name: String?) async throws -> [Descriptor] {
    guard let name else { return try await allImages() }
    let found = entries.filter { $0.referenceName == name }
    guard let first = found.first else { throw unknown(name) }
    guard found.allSatisfy({ $0.digest == first.digest }) else { throw ambiguous(name) }
    return [first]
  }

  /// What stands under a name, which need not be there.
  public func digest(named name: String) -> Digest? { byName[name]?.digest }

  /// Fetches a manifest; see `ImageSource`.
  ///
  /// - Throws: `corrupt` if its bytes have another digest.
  public func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest? {
    let digest: Digest
    switch reference {
    case .digest(let asked): digest = asked
    case .tag(let tag):
      let names = [OCILayout.name(of: tag, in: repository), tag]
      guard let name = names.first(where: { byName[$0] != nil }) else { return nil }
      guard let entry = try await images(named: name).first else { return nil }
      digest = entry.digest
    }
    return try await pool.run { [blobs, mediaTypes] in try blobs[digest].manifest(digest, mediaType: mediaTypes[digest])
    }
  }

  /// Reads a blob; see `ImageSource`.
  ///
  /// - Throws: `notFound`; `corrupt` if the file has another size than the descriptor.
  public func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    try await pool.runCancellable { [blobs] flag in
      try blobs[descriptor.digest].read(descriptor, from: offset, flag, consume)
    }
  }

  /// The manifests that can be reached from the index and have `digest` as their subject; never `nil`.
  ///
  /// The first call reads all manifests that the index leads to.
  public func referrers(of digest: Digest, in repository: String) async throws -> [Descriptor]? {
    try await loadedGraph().referrers[digest] ?? []
  }

  /// The name that a tag of a repository has in the index of a layout.
  public static func name(of tag: String, in repository: String) -> String {
    repository.isEmpty ? tag : "\(repository):\(tag)"
  }

  private func loadedGraph() async throws -> OCILayoutGraph {
    try await pool.runCancellable { [graph, blobs, entries] flag in try graph.get(blobs, entries: entries, flag) }
  }

  private func allImages() async throws -> [Descriptor] {
    let graph = entries.contains { $0.referenceName == nil } ? try await loadedGraph() : nil
    var images: [Descriptor] = []
    for entry in entries {
      if let name = entry.referenceName {
        let first = byName[name] ?? entry
        guard first.digest == entry.digest else { throw ambiguous(name) }
      } else if let graph, let subject = graph.subjects[entry.digest], graph.manifests.contains(subject) {
        continue
      }
      images.append(entry)
    }
    return images
  }

  private static func check(_ path: String) throws(SealiftError) {
    guard FileSystem.isDirectory(path) else {
      throw SealiftError(.notFound, "there is no directory \(path)", nextStep: "name the directory of an OCI layout")
    }
    guard FileSystem.exists("\(path)/\(markerName)") else {
      throw SealiftError(
        .notFound, "\(path) is not an OCI layout: it has no file \(markerName)",
        nextStep: "name the directory of an OCI layout")
    }
    try OCILayoutIndex.checkMarker(of: path)
    guard FileSystem.exists("\(path)/index.json") else {
      throw SealiftError(
        .notFound, "the OCI layout \(path) has no index.json: what made it did not finish",
        nextStep: "run again what was to make it")
    }
  }

  private func unknown(_ name: String) -> SealiftError {
    // More names than fit on a screen help nobody.
    let shown = 20
    let names = byName.keys.sorted()
    let list = names.prefix(shown).joined(separator: ", ")
    let more = names.count > shown ? " and \(names.count - shown) more" : ""
    return SealiftError(
      .notFound, "the OCI layout \(path) has no image named '\(name)'",
      nextStep: names.isEmpty
        ? "name the layout alone, oci:\(path): no image in it has a name" : "name one that it has: \(list)\(more)")
  }

  private func ambiguous(_ name: String) -> SealiftError {
    SealiftError(
      .corrupt, "the OCI layout \(path) has more than one image named '\(name)'",
      nextStep: "give each image in \(path)/index.json a name of its own")
  }
}
