internal import Diagnostics
public import Digests
internal import Synchronization
public import SystemIO

/// A directory from which `oc image mirror --from-dir` pushes, as a target.
///
/// Each repository has its own blobs; one that several need is one file with several names. A tag is a link, which
/// `commit()` makes after everything that it leads to is on the disk: a killed run leaves the tags that were there, and
/// blobs that the next run finds.
///
/// A directory has no referrers API, so referrers lie there by digest, and are listed under the fallback tag
/// `sha256-<hex>` of their subject: `oc` carries that like any tag.
public final class MirrorDirectoryTarget: ImageTarget {
  private struct Tag: Hashable {
    let name: String
    let repository: String
  }

  private struct State {
    /// The repositories whose directories are there.
    var repositories: [String: MirrorRepository] = [:]
    /// The tags that `commit()` sets.
    var tags: [Tag: Digest] = [:]
  }

  /// The directory.
  public let path: String
  /// Whether a file can have several names here; where it cannot, each repository gets copies.
  public var sharesBlobs: Bool { abilities.hardLinks }

  private let pool: BlockingPool
  private let abilities: FileSystem.NamingAbilities
  private let lock: File?
  private let intact: IntactFiles
  private let state = Mutex(State())

  /// Opens a directory that need not exist.
  ///
  /// - Parameters:
  ///   - abilities: What the file system can do; `nil` tries it out.
  ///   - warn: Takes one sentence for each file in it that turns out to be damaged, and is written again.
  /// - Throws: `usage` if the directory holds something else; `again` if another run writes to it; `storage` if it
  ///   cannot be written, or its file system cannot hold such a directory.
  public init(
    _ path: String, pool: BlockingPool, abilities: FileSystem.NamingAbilities? = nil,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws {
    let (lock, known) = try await pool.run { () throws -> (File?, FileSystem.NamingAbilities) in
      let lock = try Self.prepare(path)
      return (lock, try abilities ?? FileSystem.namingAbilities(in: "\(path)/v2"))
    }
    guard known.colons, known.symbolicLinks else {
      throw SealiftError(
        .storage,
        "\(path) is on a file system that has no "
          + (known.colons ? "symbolic links" : "names with a colon") + ", and the directory of `oc` needs them",
        nextStep: "write it to a disk with a Linux file system and carry it as a tar file, or write oci:\(path)")
    }
    self.path = path
    self.pool = pool
    self.abilities = known
    self.lock = lock
    intact = IntactFiles(warn: warn)
  }

  /// Reads a manifest that is there whole already or was sent; see `ImageSource`.
  public func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest? {
    try await pool.run { [self] in
      let repository = try self.repository(repository)
      guard let digest = try digest(of: reference, in: repository) else { return nil }
      return try repository.manifest(digest, intact)
    }
  }

  /// Reads a blob; see `ImageSource`.
  public func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    try await pool.runCancellable { [self] flag in
      try self.repository(repository).file(descriptor.digest).read(descriptor, from: offset, flag, consume)
    }
  }

  /// Whether the repository has a file that holds the blob; all of it is read. To ask makes no repository.
  public func hasBlob(_ descriptor: Descriptor, in repository: String) async throws -> Bool {
    try await pool.runCancellable { [self] flag in
      guard try FileSystem.isDirectory(MirrorRepository(repository, in: path).blobs) else { return false }
      return try intact.has(self.repository(repository).file(descriptor.digest), descriptor, flag)
    }
  }

  /// Gives the file of another repository a name in this one, or copies it where that cannot be.
  public func mountBlob(_ descriptor: Descriptor, from other: String, into repository: String) async throws -> Bool {
    try await pool.runCancellable { [self] flag in
      let source = try self.repository(other).file(descriptor.digest)
      let repository = try self.repository(repository)
      guard try intact.has(source, descriptor, flag) else { return false }
      let file = repository.file(descriptor.digest)
      if try intact.has(file, descriptor, flag) { return true }
      if abilities.hardLinks, try FileSystem.replace(file.path, withHardLinkTo: source.path) { return true }
      let partial = try repository.partial(descriptor.digest)
      try source.read(descriptor, from: 0, flag) { try partial.write($0) }
      try partial.finish(as: file.path)
      return try intact.has(file, descriptor, flag)
    }
  }

  /// Writes a blob; its name shows it only when it is whole and synced.
  ///
  /// - Throws: `corrupt` if it has another size than its descriptor; `storage`.
  public func putBlob(_ content: any BlobContent, in repository: String) async throws {
    try await pool.runCancellable { [self] flag in
      let repository = try self.repository(repository)
      let file = repository.file(content.descriptor.digest)
      let partial = try repository.partial(content.descriptor.digest)
      try partial.write(content, flag)
      try partial.finish(as: file.path)
      try intact.note(file, content.descriptor.digest)
    }
  }

  /// Starts a blob that is written chunk by chunk.
  public func startUpload(in repository: String) async throws -> any BlobUpload {
    let (partial, repository) = try await pool.run { [self] in
      let repository = try self.repository(repository)
      return (try repository.partial(nil), repository)
    }
    return BlobFileUpload(partial, pool: pool, intact) { repository.file($0) }
  }

  /// Whether there is a manifest, present or sent, under all of its names and with the right digest.
  public func hasManifest(_ reference: ManifestReference, in repository: String) async throws -> Digest? {
    try await pool.run { [self] in
      let repository = try self.repository(repository)
      guard let digest = try digest(of: reference, in: repository) else { return nil }
      return try repository.hasManifest(digest, intact) ? digest : nil
    }
  }

  /// Writes a manifest; a tag shows after `commit()`.
  ///
  /// - Returns: `false`: nothing here lists referrers by itself.
  /// - Throws: `corrupt` if its bytes have another digest than the one given; `protocol` if it is no manifest.
  @discardableResult
  public func putManifest(
    _ bytes: [UInt8], mediaType: MediaType, as reference: ManifestReference, in repository: String
  ) async throws -> Bool {
    let digest = try FetchedManifest.sent(bytes, mediaType: mediaType, as: reference).descriptor.digest
    if case .tag(let tag) = reference, !ImageReference.isTag(tag) {
      throw SealiftError(.usage, "'\(tag)' is not a tag", nextStep: "choose another tag")
    }
    try await pool.run { [self] in
      let repository = try self.repository(repository)
      try repository.write(bytes, digest, links: abilities.hardLinks, intact)
      guard case .tag(let tag) = reference else { return }
      state.withLock { $0.tags[Tag(name: tag, repository: repository.name)] = digest }
    }
    return false
  }

  /// Sets the tags that were sent, after the names of all files are synced.
  public func commit() async throws {
    try await pool.run { [self] in
      let (repositories, tags) = state.withLock { ($0.repositories, $0.tags) }
      for repository in repositories.values { try repository.sync() }
      for (tag, digest) in tags { try repositories[tag.repository]?.set(tag.name, to: digest) }
      for name in Set(tags.keys.map(\.repository)) { try repositories[name]?.syncTags() }
    }
  }

  /// A repository with its directories.
  private func repository(_ name: String) throws(SealiftError) -> MirrorRepository {
    try state.withLock { (state) throws(SealiftError) in
      if let known = state.repositories[name] { return known }
      let repository = try MirrorRepository(name, in: path)
      try repository.prepare(removesLeftovers: lock != nil)
      state.repositories[name] = repository
      return repository
    }
  }

  private func digest(of reference: ManifestReference, in repository: MirrorRepository) throws -> Digest? {
    switch reference {
    case .digest(let digest): return digest
    case .tag(let tag):
      if let sent = state.withLock({ $0.tags[Tag(name: tag, repository: repository.name)] }) { return sent }
      return try intact.intact("\(repository.manifests)/\(tag)") { try repository.digest(of: tag) }
    }
  }

  /// Makes the directory `v2`, and locks it.
  ///
  /// - Returns: `nil` where directories cannot be locked, as on some network file systems.
  private static func prepare(_ path: String) throws(SealiftError) -> File? {
    var isOurs = FileSystem.exists("\(path)/v2") || !FileSystem.exists(path)
    if !isOurs { isOurs = try FileSystem.list(path).isEmpty }
    guard isOurs else {
      throw SealiftError(
        .usage, "\(path) is not empty, and nothing was mirrored into it: it has no directory v2",
        nextStep: "name a new directory, or an empty one")
    }
    if try FileSystem.kind(of: "\(path)/v2") == .link {
      throw SealiftError(
        .corrupt, "\(path)/v2 is a symbolic link, where only a directory may stand",
        nextStep: "put the directory itself in its place")
    }
    try FileSystem.makeDirectory("\(path)/v2")
    let lock = try File("\(path)/v2", .read)
    guard let isLocked = try? lock.lock() else { return nil }
    guard isLocked else {
      throw SealiftError(.again, "another run is writing to \(path)", nextStep: "wait until it has ended")
    }
    FileSystem.removeLeftovers(in: "\(path)/v2")
    return lock
  }
}
