internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

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
    let repository = ImageRepository(request.origin.repository, of: source)
    guard let root = try await repository.manifest(request.reference) else {
      throw SealiftError(
        .notFound, "\(request.name) does not exist", nextStep: "check its name and tag, and that you may pull it")
    }
    let finder = withReferrers ? ReferrerFinder(resolver: self, source: source, request: request) : nil
    let fetched = try await fetch(root, repository, request, finder)
    try check(fetched, request)
    let absent = fetched.absent.sorted()
    var image = BundleImage(
      source: request.source, manifest: root.descriptor,
      platforms: try store.platforms(of: root.descriptor, without: absent), reason: request.reason,
      destination: request.destination, tags: request.tags, subject: nil)
    image.absent = absent
    return [image] + fetched.referrers
  }

  /// What was fetched of an image.
  struct Fetched {
    /// Its manifests, the root first.
    var manifests: [FetchedManifest]
    /// The images of its lists that are not wanted.
    var absent: Set<Digest> = []
    /// The platforms of all images of its lists.
    var platforms: [Platform] = []
    /// What refers to its manifests, in their order.
    var referrers: [BundleImage] = []
  }

  /// Says what of the platforms that are asked for an image does not have.
  ///
  /// - Throws: `notFound` if it has none of them.
  private func check(_ fetched: Fetched, _ request: ImageRequest) throws {
    let wanted = request.platforms
    guard !wanted.areAll, let root = fetched.manifests.first else { return }
    if case .image(let config, _) = root.manifest.content {
      // What is no list is not chosen from; the manifests of an operator run nowhere.
      guard let bytes = try store.bytes(config.digest), let platform = ImageConfig.platform(bytes),
        !wanted.contain(platform)
      else { return }
      if case .operatorBundle = request.reason { return }
      return reporter.report(
        .note("\(request.name) is one image, for \(platform), and no list: it is packed all the same"))
    }
    if let lack = try wanted.lack(of: fetched.platforms, in: request.name) { reporter.report(.note(lack)) }
  }

  /// Fetches all that hangs below a manifest and is wanted.
  ///
  /// - Parameter finder: Finds what refers to it, beside all else, if that is wanted.
  func fetch(
    _ root: FetchedManifest, _ repository: ImageRepository, _ request: ImageRequest, _ finder: ReferrerFinder? = nil,
    depth: Int = 0
  ) async throws -> Fetched {
    guard depth < Manifest.maximumDepth else {
      throw SealiftError(
        .protocol, "\(request.name) nests \(depth) indexes or more",
        nextStep: "name one of the inner images")
    }
    try store.put(root.descriptor.digest, root.bytes)
    async let referrers = finder?.find(root.descriptor.digest) ?? []
    switch root.manifest.content {
    case .image(let config, let layers):
      try await fetch(config: config, repository, request)
      try check(layers, request)
      return Fetched(manifests: [root], referrers: try await referrers)
    case .index(let children):
      var found = Fetched(manifests: [root])
      found.absent = Set(request.platforms.leaveOut(of: children).map(\.digest))
      found.platforms = children.filter { !$0.isAttestation }.compactMap(\.platform)
      let wanted = children.filter { !found.absent.contains($0.digest) }
      let all = try await wanted.mapConcurrently {
        try await fetch(child: $0, repository, request, finder, depth: depth + 1)
      }
      found.referrers = try await referrers
      for below in all {
        found.manifests += below.manifests
        found.absent.formUnion(below.absent)
        found.platforms += below.platforms
        found.referrers += below.referrers
      }
      // An image that two lists have is wanted if one of them has it for a platform that is.
      found.absent.subtract(found.manifests.map(\.descriptor.digest))
      return found
    }
  }

  private func fetch(
    child: Descriptor, _ repository: ImageRepository, _ request: ImageRequest, _ finder: ReferrerFinder?, depth: Int
  ) async throws -> Fetched {
    guard let fetched = try await repository.manifest(.digest(child.digest)) else {
      throw SealiftError(
        .notFound, "\(request.name) names \(child.digest), which its source does not have",
        nextStep: "mirror the whole index there first, or name under platforms those that it has")
    }
    return try await fetch(fetched, repository, request, finder, depth: depth)
  }

  private func fetch(config: Descriptor, _ repository: ImageRepository, _ request: ImageRequest) async throws {
    guard config.isSmallMetadata, try store.bytes(config.digest) == nil else { return }
    try store.put(config.digest, await repository.config(config, of: request.name))
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
