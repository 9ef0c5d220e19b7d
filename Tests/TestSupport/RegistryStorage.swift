internal import Diagnostics
public import Digests
public import OCI
internal import SystemIO

/// The files of a `docker-registry`: a quick way to fill one, to see all that it has, and to damage it.
///
/// Source: distribution, registry/storage/paths.go.
public struct RegistryStorage: Sendable {
  private let root: String

  /// - Parameter server: A server that keeps its files on this machine.
  public init(_ server: RegistryServer) { self.init(server.storage) }

  /// - Parameter directory: Where a server keeps its files.
  public init(_ directory: String) { root = directory + "/docker/registry/v2" }

  /// Puts an image of a layout, with all that hangs below it, into a repository.
  ///
  /// - Parameter tag: Its tag; without one it is there by digest only.
  public func add(_ image: Descriptor, from layout: LayoutFixture, to repository: String, tag: String? = nil) throws {
    let bytes = try FileSystem.read("\(layout.path)/blobs/sha256/\(image.digest.hex)", limit: Manifest.maximumBytes)
    let manifest = try Manifest(bytes, mediaType: image.mediaType, source: "a manifest of the test")
    switch manifest.content {
    case .index(let children):
      for child in children { try add(child, from: layout, to: repository) }
    case .image(let config, let layers):
      for blob in [config] + layers {
        try copy(blob.digest, from: layout)
        try link(blob.digest, "\(repositoryPath(repository))/_layers/sha256/\(blob.digest.hex)/link")
      }
    }
    try copy(image.digest, from: layout)
    try link(image.digest, "\(revisions(repository))/\(image.digest.hex)/link")
    guard let tag else { return }
    try link(image.digest, "\(tags(repository))/\(tag)/current/link")
    try link(image.digest, "\(tags(repository))/\(tag)/index/sha256/\(image.digest.hex)/link")
  }

  /// The file that holds a blob or a manifest.
  public func path(of digest: Digest) -> String { "\(root)/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)/data" }

  /// The digest that a tag stands for.
  public func digest(of tag: String, in repository: String) -> Digest? {
    let bytes = try? FileSystem.read("\(tags(repository))/\(tag)/current/link", limit: 100)
    return bytes.flatMap { try? Digest(String(decoding: $0, as: UTF8.self)) }
  }

  /// Whether a repository has a manifest.
  public func hasManifest(_ digest: Digest, in repository: String) -> Bool {
    FileSystem.exists("\(revisions(repository))/\(digest.hex)/link")
  }

  /// All tags, each as `repository:tag digest`, sorted.
  public func allTags() throws -> [String] {
    let suffix = "/current/link"
    return try files().compactMap { path in
      guard path.hasSuffix(suffix), let split = path.firstRange(of: "/_manifests/tags/") else { return nil }
      let repository = String(path[..<split.lowerBound].dropFirst("repositories/".count))
      let tag = String(path[split.upperBound...].dropLast(suffix.count))
      return "\(repository):\(tag) \(digest(of: tag, in: repository)?.description ?? "damaged")"
    }.sorted()
  }

  /// All that clients can see: every blob by the digest of its bytes, every link. Open uploads are left out.
  public func state() throws -> [String] {
    try files().map { path in
      guard path.hasPrefix("blobs/") else { return path }
      let file = try File("\(root)/\(path)", .read)
      return "\(path) \(SHA256Hasher.digest(of: try file.bytes(at: 0, count: file.size())))"
    }
  }

  private func files() throws -> [String] {
    var found: [String] = []
    func walk(_ directory: String) throws {
      for name in try FileSystem.list("\(root)/\(directory)") where name != "_uploads" {
        let path = directory.isEmpty ? name : "\(directory)/\(name)"
        if FileSystem.isDirectory("\(root)/\(path)") { try walk(path) } else { found.append(path) }
      }
    }
    if FileSystem.exists(root) { try walk("") }
    return found
  }

  private func repositoryPath(_ repository: String) -> String { "\(root)/repositories/\(repository)" }
  private func tags(_ repository: String) -> String { "\(repositoryPath(repository))/_manifests/tags" }
  private func revisions(_ repository: String) -> String {
    "\(repositoryPath(repository))/_manifests/revisions/sha256"
  }

  private func copy(_ digest: Digest, from layout: LayoutFixture) throws {
    let destination = path(of: digest)
    guard !FileSystem.exists(destination) else { return }
    let bytes = try FileSystem.read("\(layout.path)/blobs/sha256/\(digest.hex)", limit: 1 << 30)
    try FileSystem.makeDirectory(FileSystem.parent(of: destination))
    // Nothing here must outlive the test, so nothing is synced.
    try File(destination, .replace).write(bytes)
  }

  private func link(_ digest: Digest, _ path: String) throws {
    try FileSystem.makeDirectory(FileSystem.parent(of: path))
    try File(path, .replace).write(Array(digest.description.utf8))
  }
}
