public import Content
public import Diagnostics
internal import Digests
internal import OCI
internal import Release
internal import SystemIO
internal import Versions

/// What `list releases` is asked for.
public struct ListReleasesOptions: Sendable {
  /// The architectures that there are.
  public static let architectures = ReleaseArchitecture.allCases.map(\.rawValue)
  /// The kinds of channels that there are.
  public static let kinds = ReleaseChannel.Kind.allCases.map(\.rawValue)

  /// The channel.
  public var channel: String
  /// One of `kinds`.
  public var kind = ReleaseChannel.Kind.ocp.rawValue
  /// One of `architectures`.
  public var architecture = ReleaseArchitecture.amd64.rawValue
  /// The version from which to upgrade.
  public var version: String?
  /// Whether sizes are wanted: of the head, or of all releases on the path.
  public var withSizes = false
  /// Where the graph comes from.
  public var releases = ReleaseOptions()
  /// How the network is reached.
  public var registry: RegistryAccess

  /// - Parameters:
  ///   - channel: The channel.
  ///   - registry: How the network is reached.
  public init(channel: String, registry: RegistryAccess) {
    self.channel = channel
    self.registry = registry
  }
}

/// The releases of a channel, and the upgrades from one of them.
public struct ReleaseListing: Sendable {
  /// One release.
  public struct Release: Sendable {
    /// The version.
    public let version: String
    /// The release image, by digest.
    public let payload: String
    /// Where its errata are published.
    public let url: String?
    /// The bytes of all its images, each blob once, if they were asked for and the release can be reached.
    public var size: Int?
  }

  /// One upgrade.
  public struct Upgrade: Sendable {
    /// Where it begins.
    public let from: String
    /// Where it leads.
    public let to: String
    /// `unconditional`, `conditional` or `blocked`.
    public let kind: String
    /// Why a conditional one is not for every cluster.
    public let risks: [(name: String, message: String, url: String)]
  }

  /// Where the graph came from.
  public let source: String
  /// In ascending order, the head last; never empty.
  public let releases: [Release]
  /// The upgrade path from the version that was asked for to the head; it can end before it, blocked.
  public let path: [Upgrade]
  /// The upgrades that begin at the version that was asked for, in ascending order.
  public let upgrades: [Upgrade]
  /// The bytes of all releases whose size is known, what they share counted once; `nil` if sizes were not asked for.
  public let totalSize: Int?
}

/// Lists the releases of a channel.
///
/// - Throws: `notFound` for a channel or a version that does not exist.
public func listReleases(_ options: ListReleasesOptions, reporter: any Reporter) async throws -> ReleaseListing {
  let requests = options.registry.requestsAtOnce
  let pool = BlockingPool(threads: requests + 1)
  let source = try GraphSource(
    options.releases, options.registry, options.registry.fetcher(pool: pool, reporter: reporter))
  let architecture = try options.checkedArchitecture()
  reporter.report(.phase(.resolve, bytes: 0, items: 1))
  let (graph, place) = try await source.graph(of: try options.checkedChannel(), for: architecture)
  reporter.report(.finished(item: options.channel, outcome: .moved))
  let start = try options.start(in: graph)
  let path = start.flatMap { start in graph.releases.last.map { graph.path(from: start, to: $0.version) } } ?? []
  var releases = graph.releases.map {
    ReleaseListing.Release(version: $0.version.description, payload: $0.payload.description, url: $0.url)
  }
  var total: Int?
  if options.withSizes {
    let sizes = ReleaseSizes(
      sources: SourceSet(options.registry, pool: pool, reporter: reporter), parallel: requests, reporter: reporter)
    let versions = [start ?? graph.releases.last?.version].compactMap(\.self) + path.map(\.to)
    var all: [Digest: Int] = [:]
    for (number, release) in graph.releases.enumerated() where versions.contains(release.version) {
      guard let blobs = try await sizes.blobs(of: release) else { continue }
      releases[number].size = blobs.values.reduce(0, +)
      all.merge(blobs) { first, _ in first }
    }
    total = all.values.reduce(0, +)
  }
  return ReleaseListing(
    source: place, releases: releases, path: path.map { .init($0) },
    upgrades: start.map { graph.upgrades(from: $0).reversed().map { .init($0) } } ?? [], totalSize: total)
}

extension ListReleasesOptions {
  fileprivate func checkedChannel() throws(SealiftError) -> ReleaseChannel {
    guard ReleaseChannel.isName(channel) else {
      throw Self.invalid("'\(channel)' is not the name of a channel", "name one as in stable-4.18")
    }
    guard let kind = ReleaseChannel.Kind(rawValue: kind) else {
      throw Self.invalid("'\(kind)' is no kind of channels", "name one of \(Self.kinds.joined(separator: ", "))")
    }
    return ReleaseChannel(channel, kind: kind)
  }

  fileprivate func checkedArchitecture() throws(SealiftError) -> ReleaseArchitecture {
    guard let known = ReleaseArchitecture(rawValue: architecture) else {
      throw Self.invalid(
        "'\(architecture)' is no architecture", "name one of \(Self.architectures.joined(separator: ", "))")
    }
    return known
  }

  /// The version that upgrades begin at.
  fileprivate func start(in graph: UpdateGraph) throws(SealiftError) -> SemanticVersion? {
    guard let text = version else { return nil }
    guard let version = SemanticVersion(text) else {
      throw Self.invalid("'\(text)' is not a version of three numbers", "write it as 4.18.1")
    }
    guard graph.release(version) != nil else {
      throw graph.missing(version, as: "the version", from: channel, code: .notFound)
    }
    return version
  }

  private static func invalid(_ problem: String, _ nextStep: String) -> SealiftError {
    SealiftError(.usage, problem, nextStep: nextStep)
  }
}

extension ReleaseListing.Upgrade {
  fileprivate init(_ step: UpgradeStep) {
    from = step.from.description
    to = step.to.description
    risks = step.risks.map { ($0.name, $0.message, $0.url) }
    kind =
      switch step.kind {
      case .unconditional: "unconditional"
      case .conditional: "conditional"
      case .blocked: "blocked"
      }
  }
}
