internal import BundleFormat
internal import Content
internal import Digests
internal import OCI
internal import SystemIO

/// Finds what refers to the manifests of one image: cosign's tags, and OCI referrers.
struct ReferrerFinder: Sendable {
  let resolver: Resolver
  let source: any ReferrerSource
  let request: ImageRequest

  // A referrer can have referrers of its own, such as the signature of an SBOM.
  private static let maximumDepth = 4

  /// Finds the referrers of a manifest, and fetches them.
  func find(_ digest: Digest) async throws -> [BundleImage] {
    async let cosign = cosign(digest)
    async let referrers = referrers(digest, depth: 0)
    return try await cosign + referrers
  }

  private func cosign(_ digest: Digest) async throws -> [BundleImage] {
    try await CompanionTag.cosign.mapConcurrently { suffix, kind -> BundleImage? in
      let tag = "\(digest.tag).\(suffix)"
      guard let manifest = try await source.companion(tag, in: repository) else { return nil }
      return try await image(manifest, reason: .referrer(kind, of: digest), tags: [tag], subject: nil)
    }.compactMap(\.self)
  }

  private func referrers(_ digest: Digest, depth: Int) async throws -> [BundleImage] {
    guard depth < Self.maximumDepth else { return [] }
    return try await listed(digest).mapConcurrently { descriptor -> [BundleImage] in
      guard let manifest = try await source.manifest(.digest(descriptor.digest), in: repository),
        manifest.manifest.subject?.digest == digest
      else { return [] }
      let found = try await image(
        manifest, reason: .referrer(ImageReason.referrerKind, of: digest), tags: [], subject: digest)
      return [found] + (try await referrers(descriptor.digest, depth: depth + 1))
    }.flatMap(\.self)
  }

  /// The referrers that the source lists: by the API, else by the fallback tag.
  ///
  /// An image by digest that was mirrored under the same tag is not a list of referrers: the subject of each is checked.
  ///
  /// Source: OCI distribution-spec, "Unavailable Referrers API".
  private func listed(_ digest: Digest) async throws -> [Descriptor] {
    if let referrers = try await source.referrers(of: digest, in: repository) { return referrers }
    guard let tagged = try await source.companion(digest.tag, in: repository),
      tagged.descriptor.digest != digest
    else { return [] }
    return tagged.manifest.children
  }

  private func image(
    _ manifest: FetchedManifest, reason: ImageReason, tags: [String], subject: Digest?
  ) async throws -> BundleImage {
    // What is said of an image is wanted whole.
    var whole = request
    whole.platforms = .all
    _ = try await resolver.fetch(manifest, ImageRepository(repository, of: source), whole)
    let digest = manifest.descriptor.digest
    return BundleImage(
      source: request.origin.source(of: digest), manifest: manifest.descriptor, platforms: [], reason: reason,
      destination: request.destination, tags: tags, subject: subject)
  }

  private var repository: String { request.origin.repository }
}
