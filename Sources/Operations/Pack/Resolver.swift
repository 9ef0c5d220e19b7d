internal import BundleFormat
internal import Diagnostics
internal import OCI

/// Fetches the manifests and configs of images, and of what refers to them; no layer moves.
///
/// Threads: any, many at once.
struct Resolver: Sendable {
  let sources: SourceSet
  let store: MetadataStore
  let withReferrers: Bool
  let skipForeignLayers: Bool
  let reporter: any Reporter

  /// Resolves one request.
  ///
  /// - Returns: The image, then its signatures and other referrers.
  func resolve(_ request: ImageRequest) async throws -> [BundleImage] {
    let source = try await sources.source(request.origin)
    let repository = request.origin.repository
    guard let root = try await source.manifest(request.reference, in: repository) else {
      throw SealiftError(
        .notFound, "\(request.name) does not exist", nextStep: "check its name and tag, and that you may pull it")
    }
    let manifests = try await fetch(root, source, request)
    let image = BundleImage(
      source: request.source, manifest: root.descriptor, platforms: try store.platforms(of: root.descriptor),
      reason: request.reason.text,
      destination: request.destination, tags: request.tags, subject: nil)
    guard withReferrers else { return [image] }
    let finder = ReferrerFinder(resolver: self, source: source, request: request)
    return [image] + (try await finder.find(manifests))
  }

  /// Fetches all that hangs below a manifest.
  ///
  /// - Returns: All its manifests, the root first.
  func fetch(
    _ root: FetchedManifest, _ source: any ImageSource, _ request: ImageRequest, depth: Int = 0
  ) async throws -> [FetchedManifest] {
    guard depth < Manifest.maximumDepth else {
      throw SealiftError(
        .protocol, "\(request.name) nests \(depth) indexes or more",
        nextStep: "name one of the inner images")
    }
    try store.put(root.descriptor.digest, root.bytes)
    switch root.manifest.content {
    case .image(let config, let layers):
      try await fetch(config: config, source, request)
      try check(layers, request)
      return [root]
    case .index(let children):
      var manifests = [root]
      for child in children {
        guard let fetched = try await source.manifest(.digest(child.digest), in: request.origin.repository) else {
          throw SealiftError(
            .notFound, "\(request.name) names \(child.digest), which its source does not have",
            nextStep: "mirror the whole index there first, or name one platform's image by digest")
        }
        manifests += try await fetch(fetched, source, request, depth: depth + 1)
      }
      return manifests
    }
  }

  private func fetch(config: Descriptor, _ source: any ImageSource, _ request: ImageRequest) async throws {
    guard config.isSmallMetadata, try store.bytes(config.digest) == nil else { return }
    try store.put(
      config.digest, await source.config(config, in: request.origin.repository, of: request.name))
  }

  private func check(_ layers: [Descriptor], _ request: ImageRequest) throws {
    guard let foreign = layers.first(where: \.isForeign) else { return }
    guard skipForeignLayers else {
      throw SealiftError(
        .notFound, "\(request.name) has the foreign layer \(foreign.digest), which registries do not hold",
        nextStep: "pass --skip-foreign-layers if the hosts behind the gap get it another way")
    }
    reporter.report(.warning("\(request.name): the foreign layer \(foreign.digest) is left out"))
  }
}

/// The bytes of one small blob, collected by the one transfer that brings it.
final class Collected: @unchecked Sendable {
  // Not shared: appended to on the transfer's thread, read after it has ended.
  private(set) var bytes: [UInt8] = []
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
    bytes.reserveCapacity(limit)
  }

  func append(_ more: UnsafeRawBufferPointer) throws(SealiftError) {
    guard more.count <= limit - bytes.count else {
      throw SealiftError(
        .protocol, "the source sent more than the \(limit) bytes that were announced",
        nextStep: "run the same command again; if it happens again, the source is damaged")
    }
    bytes += more
  }
}
