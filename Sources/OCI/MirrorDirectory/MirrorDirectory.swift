internal import Diagnostics
public import Digests
public import SystemIO

/// A directory that `oc image mirror` or `oc adm release mirror --to-dir` has made, as a source of images.
///
/// A repository is any directory below `DIR/v2` that has `manifests` and `blobs`. No media type is stored: it is what
/// the manifest itself says or looks like. `DIR/config`, the release signatures of `oc adm release mirror`, holds no
/// images and is not read. Links that lead out of a repository are refused.
public final class MirrorDirectory: ReferrerSource {
  /// One image.
  public struct Image: Hashable, Sendable {
    /// The path of its repository.
    public let repository: String
    /// Its tag, or its digest where it was asked for by that.
    public let reference: ManifestReference
  }

  /// The directory.
  public let path: String
  private let pool: BlockingPool

  /// Opens a directory.
  ///
  /// - Throws: `notFound` if there is none, or nothing was mirrored into it.
  public init(_ path: String, pool: BlockingPool) async throws {
    try await pool.run { try Self.check(path) }
    self.path = path
    self.pool = pool
  }

  /// The images that an address asks for, sorted by repository and tag.
  ///
  /// A tag that belongs to another image here (its signature, or the list of its referrers) is no image to ask for
  /// unless it is named: it travels with that image.
  ///
  /// - Throws: `notFound` if there is none.
  public func images(_ repository: String?, _ selector: MirrorDirectoryAddress.Selector) async throws -> [Image] {
    try await pool.runCancellable { [self] flag in
      let repositories = try repository.map { [try MirrorRepository($0, in: path)] } ?? allRepositories(flag)
      var images: [Image] = []
      for repository in repositories {
        try flag.check()
        try repository.refuseLinks()
        guard try repository.exists() else { throw unknown(repository.name, try allRepositories(flag).map(\.name)) }
        let references = try references(repository, selector)
        images += references.map { Image(repository: repository.name, reference: $0) }
      }
      guard !images.isEmpty else { throw empty(repository) }
      return images
    }
  }

  /// Fetches a manifest; see `ImageSource`.
  ///
  /// - Throws: `corrupt` if its bytes have another digest, or its tag leads out of the repository.
  public func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest? {
    try await pool.run { [path] in
      let repository = try MirrorRepository(repository, in: path)
      try repository.refuseLinks()
      switch reference {
      case .digest(let digest): return try repository.manifest(digest)
      case .tag(let tag): return try repository.manifest(tag: tag)
      }
    }
  }

  /// Reads a blob; see `ImageSource`.
  ///
  /// - Throws: `notFound`; `corrupt` if the file has another size than the descriptor.
  public func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    try await pool.runCancellable { [path] flag in
      let repository = try MirrorRepository(repository, in: path)
      try repository.refuseLinks()
      try repository.blob(descriptor.digest).read(descriptor, from: offset, flag, consume)
    }
  }

  /// A directory has no such API: referrers are listed under the tag `sha256-<hex>` of their subject.
  public func referrers(of digest: Digest, in repository: String) async throws -> [Descriptor]? { nil }

  private func references(
    _ repository: MirrorRepository, _ selector: MirrorDirectoryAddress.Selector
  ) throws(SealiftError) -> [ManifestReference] {
    switch selector {
    case .digest(let digest): return [.digest(digest)]
    case .tag(let tag) where !tag.contains("*"):
      guard try repository.digest(of: tag) != nil else {
        throw unknown(tag, in: repository.name, try repository.tags())
      }
      return [.tag(tag)]
    case .tag(let pattern):
      let tags = try repository.tags()
      let matching = tags.filter { MirrorDirectoryAddress.matches($0, pattern) }
      guard !matching.isEmpty else { throw unknown(pattern, in: repository.name, tags) }
      return try withoutCompanions(matching, repository)
    case .all: return try withoutCompanions(try repository.tags(), repository)
    }
  }

  private func withoutCompanions(
    _ tags: [String], _ repository: MirrorRepository
  ) throws(SealiftError) -> [ManifestReference] {
    var references: [ManifestReference] = []
    for tag in tags {
      if let subject = CompanionTag.subject(of: tag), try repository.manifest(subject) != nil,
        try repository.digest(of: tag) != subject
      {
        continue
      }
      references.append(.tag(tag))
    }
    return references
  }

  /// All repositories, sorted; links on the way are refused.
  private func allRepositories(_ cancellation: CancellationFlag) throws -> [MirrorRepository] {
    var repositories: [MirrorRepository] = []
    var queue = [""]
    while let name = queue.popLast() {
      try cancellation.check()
      let directory = name.isEmpty ? "\(path)/v2" : "\(path)/v2/\(name)"
      let names = try FileSystem.list(directory)
      let isRepository = !name.isEmpty && names.contains("blobs") && names.contains("manifests")
      if isRepository { repositories.append(try MirrorRepository(name, in: path)) }
      for inner in names where !(isRepository && (inner == "blobs" || inner == "manifests")) {
        switch try FileSystem.kind(of: "\(directory)/\(inner)") {
        case .directory: queue.append(name.isEmpty ? inner : "\(name)/\(inner)")
        case .link: throw Self.link("\(directory)/\(inner)")
        default: continue
        }
      }
    }
    return repositories.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func check(_ path: String) throws(SealiftError) {
    guard FileSystem.isDirectory(path) else {
      throw SealiftError(
        .notFound, "there is no directory \(path)", nextStep: "write \(MirrorDirectoryAddress.forms)")
    }
    switch try FileSystem.kind(of: "\(path)/v2") {
    case .directory: return
    case .link: throw link("\(path)/v2")
    default:
      throw SealiftError(
        .notFound, "nothing was mirrored into \(path): it has no directory v2",
        nextStep: "name the directory that was given to `oc` with --to-dir or --dir")
    }
  }

  private static func link(_ path: String) -> SealiftError {
    SealiftError(
      .corrupt, "\(path) is a symbolic link, where only a directory may stand",
      nextStep: "put the directory itself in its place")
  }

  private func unknown(_ repository: String, _ all: [String]) -> SealiftError {
    SealiftError(.notFound, "\(path) has no repository '\(repository)'", nextStep: Self.nextStep("repository", all))
  }

  private func unknown(_ tag: String, in repository: String, _ all: [String]) -> SealiftError {
    SealiftError(
      .notFound, "\(repository) in \(path) has no tag '\(tag)'", nextStep: Self.nextStep("tag", all))
  }

  private func empty(_ repository: String?) -> SealiftError {
    SealiftError(
      .notFound, "\(repository.map { "\($0) in " } ?? "")\(path) has no image with a tag",
      nextStep: "name one by its digest: file://DIR//REPOSITORY@sha256:…")
  }

  private static func nextStep(_ what: String, _ all: [String]) -> String {
    // More names than fit on a screen help nobody.
    let shown = 20
    let more = all.count > shown ? " and \(all.count - shown) more" : ""
    return all.isEmpty
      ? "there is no \(what): mirror again" : "it has \(all.prefix(shown).joined(separator: ", "))\(more)"
  }
}
