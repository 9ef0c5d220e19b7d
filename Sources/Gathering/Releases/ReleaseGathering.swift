internal import Configuration
internal import Content
internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import OCI
internal import Release
internal import SystemIO
internal import Versions

/// Finds the releases that a configuration asks for, reads their payloads, and proves their signatures.
struct ReleaseGathering: Sendable {
  private let options: PackOptions
  private let sources: SourceSet
  private let graphs: GraphSource
  private let verifier: ReleaseVerifier
  private let reporter: any Reporter

  /// One release that was chosen, before anything is known of its payload.
  private struct Wanted: Hashable {
    let payload: ImageReference
    // What an update graph says of it, which the payload must say too.
    let version: SemanticVersion?
    let architecture: ReleaseArchitecture?
  }

  init(
    options: PackOptions, sources: SourceSet, fetcher: HTTPFetcher, pool: BlockingPool, reporter: any Reporter
  ) throws {
    self.options = options
    self.sources = sources
    self.reporter = reporter
    graphs = try GraphSource(options.releases, options.registry, fetcher)
    verifier = try ReleaseVerifier(
      options.releases, environment: options.registry.environment, fetcher, pool: pool, reporter)
  }

  /// - Returns: The releases in the order in which they were asked for, each once, and what the user should know of how
  ///   they were chosen.
  func run(_ platform: PlatformRequest) async throws -> (releases: [GatheredRelease], notes: [String]) {
    let (wanted, notes) = try await choose(platform)
    reporter.report(.phase(.resolve, bytes: 0, items: wanted.count))
    let found = Monitor([GatheredRelease?](repeating: nil, count: wanted.count))
    try await Array(wanted.enumerated()).forEachConcurrently(limit: options.parallel) { number, wanted in
      let release = try await gather(wanted, platform)
      found.withLock { $0[number] = release }
      reporter.report(.finished(item: wanted.payload.description, outcome: .moved))
    }
    return (found.withLock { $0.compactMap(\.self) }, notes)
  }

  private func choose(_ platform: PlatformRequest) async throws -> (releases: [Wanted], notes: [String]) {
    var wanted: [Wanted] = []
    var notes: [String] = []
    for architecture in platform.architectures where !platform.channels.isEmpty {
      for selection in try await graphs.choose(platform.channels, for: architecture) {
        wanted += selection.releases.map {
          Wanted(payload: $0.payload, version: $0.version, architecture: architecture)
        }
        notes += selection.notes.map { platform.architectures.count > 1 ? "\(architecture.rawValue): \($0)" : $0 }
      }
    }
    if let release = platform.release, !wanted.contains(where: { $0.payload == release }) {
      wanted.append(Wanted(payload: release, version: nil, architecture: nil))
    }
    for note in notes { reporter.report(.note(note)) }
    return (wanted, notes)
  }

  private func gather(_ wanted: Wanted, _ platform: PlatformRequest) async throws -> GatheredRelease {
    let reference = wanted.payload
    let name = wanted.version.map { "\($0) (\(reference))" } ?? reference.description
    let repository = try await sources.repository(of: reference)
    guard let root = try await repository.manifest(reference.manifest) else {
      throw SealiftError(
        .notFound, "release \(name) does not exist", nextStep: "check that it is published, and that you may pull it")
    }
    let early = try await verifier.signatures(
      of: root.descriptor.digest, version: wanted.version?.description, from: reference.registry)
    let reader = PayloadReader(repository: repository)
    let payload = try await reader.read(root, release: name)
    if let version = wanted.version, version != payload.version {
      throw SealiftError(
        .protocol, "release \(name) says that it is \(payload.version)",
        nextStep: "look at where the update graph comes from: it names the wrong image")
    }
    if let architecture = wanted.architecture, architecture != payload.architecture {
      throw SealiftError(
        .protocol, "release \(name) is for \(payload.architecture.rawValue), not for \(architecture.rawValue)",
        nextStep: "look at where the update graph comes from: it names the wrong image")
    }
    let proven =
      if let early { early } else {
        try await verifier.signatures(of: .init(payload, root.descriptor.digest, registry: reference.registry))
      }
    let pinned = try ImageReference(
      registry: reference.registry, repository: reference.repository, tag: reference.tag, digest: root.descriptor.digest
    )
    return GatheredRelease(
      reference: pinned,
      proven: ProvenRelease(
        source: pinned.description, digest: root.descriptor.digest, payload: payload, signatures: proven),
      platforms: WantedPlatforms(platform.platforms),
      kubeVirtImages: try platform.kubeVirtContainer ? kubeVirtImages(of: payload, name, platform) : [])
  }

  private func kubeVirtImages(
    of payload: ReleasePayload, _ name: String, _ platform: PlatformRequest
  ) throws(SealiftError) -> [(architecture: ReleaseArchitecture, image: ImageReference)] {
    let wanted = WantedPlatforms(platform.platforms)
    let images = try (payload.bootImages?.kubeVirt(for: payload.architecture, release: name) ?? []).filter {
      wanted.contain(Platform(os: "linux", architecture: $0.architecture.rawValue))
    }
    if images.isEmpty { reporter.report(.warning("release \(name) has no disk image for nodes in KubeVirt")) }
    return images
  }
}
