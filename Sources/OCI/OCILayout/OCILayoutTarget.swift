internal import Diagnostics
public import Digests
internal import Synchronization
public import SystemIO

/// A directory in the OCI image layout, as a target.
///
/// All repositories share one store of blobs; a tag becomes the index entry `repository:tag`. `index.json` is written by
/// `commit()` alone, after everything that it names is on the disk: a killed run leaves the images that were there, and
/// blobs that the next run finds. The layout is locked against a second writer as long as this object lives.
///
/// A layout needs no fallback tags for referrers: a manifest with a subject gets an entry, without a name where it has
/// no tag, in which `OCILayout` and other readers of layouts find it.
///
/// Source: OCI image-spec, image-layout.md.
public final class OCILayoutTarget: ImageTarget {
  /// The directory.
  public let path: String

  private struct Index {
    /// What each name stands for, before and after `commit()`.
    var names: [String: Descriptor]
    /// Entries that `commit()` adds.
    var staged: [String: Descriptor] = [:]
    /// Referrers without a tag that `commit()` adds, by their own digest.
    var stagedReferrers: [Digest: Descriptor] = [:]
    /// The referrers among these entries.
    var entered: Set<Digest> = []
  }

  private let blobs: OCILayoutBlobs
  private let intact: IntactFiles
  private let pool: BlockingPool
  private let lock: File
  private let entries: [Descriptor]
  private let index: Mutex<Index>
  private let graph = OCILayoutLazyGraph(passesOverDamage: true)

  /// Opens a layout, or makes one, in a directory that need not exist.
  ///
  /// - Parameter warn: Takes one sentence for each file in it that turns out to be damaged, and is written again.
  /// - Throws: `usage` if the directory holds something else; `again` if another run writes to it; `storage` if it
  ///   cannot be written; `corrupt` for a layout of another version or with a bad index.
  public init(
    _ path: String, pool: BlockingPool, warn: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws {
    let blobs = OCILayoutBlobs(layout: path)
    let (lock, entries) = try await pool.run { () throws -> (File, [Descriptor]) in
      let lock = try Self.lock(path)
      return (lock, try Self.prepare(blobs))
    }
    self.path = path
    self.pool = pool
    self.blobs = blobs
    intact = IntactFiles(warn: warn)
    self.lock = lock
    self.entries = entries
    let names = entries.compactMap { entry in entry.referenceName.map { ($0, entry) } }
    index = Mutex(Index(names: Dictionary(names) { first, _ in first }))
  }

  /// Reads a manifest that is there whole already or was sent; see `ImageSource`.
  public func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest? {
    guard let digest = digest(of: reference, in: repository) else { return nil }
    return try await pool.run { [blobs, intact] in try intact.manifest(blobs[digest], digest) }
  }

  /// Reads a blob; see `ImageSource`.
  public func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    try await pool.runCancellable { [blobs] flag in
      try blobs[descriptor.digest].read(descriptor, from: offset, flag, consume)
    }
  }

  /// Whether there is a file that holds the blob, in whatever repository; all of it is read.
  public func hasBlob(_ descriptor: Descriptor, in repository: String) async throws -> Bool {
    try await pool.runCancellable { [blobs, intact] flag in
      try intact.has(blobs[descriptor.digest], descriptor, flag)
    }
  }

  /// Whether the blob is there: all repositories share it.
  public func mountBlob(_ descriptor: Descriptor, from other: String, into repository: String) async throws -> Bool {
    try await hasBlob(descriptor, in: repository)
  }

  /// Writes a blob; its name shows it only when it is whole and synced.
  ///
  /// - Throws: `corrupt` if it has another size than its descriptor; `storage`.
  public func putBlob(_ content: any BlobContent, in repository: String) async throws {
    try await pool.runCancellable { [blobs, intact] flag in
      let digest = content.descriptor.digest
      let partial = try blobs.partial(digest)
      try partial.write(content, flag)
      try partial.finish(as: blobs.path(of: digest))
      try intact.note(blobs[digest], digest)
    }
  }

  /// Starts a blob that is written chunk by chunk.
  public func startUpload(in repository: String) async throws -> any BlobUpload {
    let partial = try await pool.run { [blobs] in try blobs.partial(nil) }
    return BlobFileUpload(partial, pool: pool, intact) { [blobs] in blobs[$0] }
  }

  /// Whether there is a manifest, present or sent, whose bytes have the right digest.
  ///
  /// A referrer counts only if an entry leads to it, now or after `commit()`: a killed run may have left one that nobody
  /// would find.
  public func hasManifest(_ reference: ManifestReference, in repository: String) async throws -> Digest? {
    guard let digest = digest(of: reference, in: repository) else { return nil }
    return try await pool.runCancellable { [self] flag in
      guard let manifest = try intact.manifest(blobs[digest], digest)?.manifest else { return nil }
      if manifest.subject == nil || index.withLock({ $0.entered.contains(digest) }) { return digest }
      return try graph.get(blobs, entries: entries, flag).manifests.contains(digest) ? digest : nil
    }
  }

  /// Writes a manifest; a tag shows in the index after `commit()`.
  ///
  /// - Returns: Whether the manifest has a subject: `commit()` then gives it an entry, in which readers find it.
  /// - Throws: `corrupt` if its bytes have another digest than the one given; `protocol` if it is no manifest.
  @discardableResult
  public func putManifest(
    _ bytes: [UInt8], mediaType: MediaType, as reference: ManifestReference, in repository: String
  ) async throws -> Bool {
    let sent = try FetchedManifest.sent(bytes, mediaType: mediaType, as: reference)
    let digest = sent.descriptor.digest
    try await pool.run { [blobs, intact] in
      if try intact.manifest(blobs[digest], digest) != nil { return }
      let partial = try blobs.partial(digest)
      try bytes.withUnsafeBytes { try partial.write($0) }
      try partial.finish(as: blobs.path(of: digest))
    }
    stage(sent, as: reference, in: repository)
    return sent.manifest.subject != nil
  }

  /// Writes the index with all tags that were sent: other names in it stay, the same ones are replaced.
  ///
  /// The names of all blobs are synced before.
  public func commit() async throws {
    let (named, nameless) = index.withLock { index in
      (
        index.staged.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value),
        index.stagedReferrers.sorted { $0.key < $1.key }.map(\.value)
      )
    }
    try await pool.run { [path, blobs] in
      let indexPath = "\(path)/index.json"
      let isNew = !FileSystem.exists(indexPath)
      if !isNew, named.isEmpty, nameless.isEmpty { return }
      for name in ["\(blobs.directory)/.", "\(path)/blobs/.", indexPath] { try FileSystem.syncDirectory(of: name) }
      let old = isNew ? nil : try BlobFile(indexPath).bytes(limit: OCILayoutIndex.maximumBytes)
      let merged = try OCILayoutIndex.merged(old, path: indexPath, named: named, nameless: nameless)
      try FileSystem.write(merged, to: indexPath)
    }
  }

  private func digest(of reference: ManifestReference, in repository: String) -> Digest? {
    switch reference {
    case .digest(let digest): digest
    case .tag(let tag): index.withLock { $0.names[OCILayout.name(of: tag, in: repository)]?.digest }
    }
  }

  private func stage(_ fetched: FetchedManifest, as reference: ManifestReference, in repository: String) {
    var entry = fetched.descriptor
    entry.artifactType = fetched.manifest.artifactType
    index.withLock { index in
      if fetched.manifest.subject != nil {
        index.entered.insert(entry.digest)
        if case .digest = reference { index.stagedReferrers[entry.digest] = entry }
      }
      if case .tag(let tag) = reference {
        let name = OCILayout.name(of: tag, in: repository)
        entry.annotations = [.init(Descriptor.referenceNameAnnotation, name)]
        index.staged[name] = entry
        index.names[name] = entry
      }
    }
  }

  /// Makes the directory with its marker, and locks it.
  private static func lock(_ path: String) throws(SealiftError) -> File {
    let marker = "\(path)/\(OCILayout.markerName)"
    try FileSystem.makeDirectory(path)
    let isEmpty = try FileSystem.list(path).isEmpty
    guard isEmpty || FileSystem.exists(marker) else {
      throw SealiftError(
        .usage, "\(path) is not empty and is not an OCI layout", nextStep: "name a new directory, or an empty one")
    }
    let lock = try File(marker, .createOrUpdate)
    guard try lock.lock() else {
      throw SealiftError(.again, "another run is writing to \(path)", nextStep: "wait until it has ended")
    }
    // A run that was killed right here leaves an empty marker.
    if try lock.size() == 0 {
      try lock.write(OCILayout.markerBytes, at: 0)
      try lock.sync()
    }
    try OCILayoutIndex.checkMarker(of: path)
    return lock
  }

  /// Makes the directories, removes what a killed run has left, and reads what is there.
  private static func prepare(_ blobs: OCILayoutBlobs) throws(SealiftError) -> [Descriptor] {
    try blobs.refuseLinks()
    try FileSystem.makeDirectory(blobs.directory)
    try blobs.removeLeftovers()
    FileSystem.removeLeftovers(in: blobs.layout)
    guard FileSystem.exists("\(blobs.layout)/index.json") else { return [] }
    return try OCILayoutIndex.entries(of: blobs.layout)
  }
}
