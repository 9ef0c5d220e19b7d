internal import Catalog
internal import Configuration
public import Content
public import Diagnostics
internal import SystemIO
internal import Versions

/// What `list operators` is asked for.
public struct ListOperatorsOptions: Sendable {
  /// The catalog: a reference, `oci:DIR[:NAME]` or `dir:DIR`.
  public var catalog: String
  /// The only package that is wanted.
  public var package: String?
  /// The only channel that is wanted, of that package.
  public var channel: String?
  /// How the network is reached.
  public var registry: RegistryAccess

  /// - Parameters:
  ///   - catalog: The catalog.
  ///   - registry: How the network is reached.
  public init(catalog: String, registry: RegistryAccess) {
    self.catalog = catalog
    self.registry = registry
  }
}

/// What an operator catalog has. Texts are as the catalog has them, not escaped.
public struct OperatorListing: Sendable {
  /// One package.
  public struct Package: Sendable {
    /// The name.
    public let name: String
    /// The channel that is taken where none is asked for.
    public let defaultChannel: String
    /// Sorted by name.
    public let channels: [Channel]
    /// What is deprecated, in the order of the catalog.
    public let deprecations: [Deprecation]
    /// How many bundles there are in all channels together.
    public let bundleCount: Int
  }

  /// One channel.
  public struct Channel: Sendable {
    /// The name.
    public let name: String
    /// Those that nothing replaces; more than one, or none, is a flaw of the catalog.
    public let heads: [OperatorVersion]
    /// The versions of its bundles, the newest first.
    public let versions: [String]
    /// From the head down.
    public let entries: [Entry]
  }

  /// A bundle: one version of an operator.
  public struct OperatorVersion: Sendable {
    /// The name.
    public let name: String
    /// The version as it is written; empty if there is none.
    public let version: String
  }

  /// One bundle's place in a channel.
  public struct Entry: Sendable {
    /// The bundle.
    public let bundle: OperatorVersion
    /// The bundle that it replaces.
    public let replaces: String?
    /// The bundles that are passed over on the way to it.
    public let skips: [String]
    /// A range of versions that update to it directly; empty for none.
    public let skipRange: String
  }

  /// Something that should not be used any more.
  public struct Deprecation: Sendable {
    /// `package`, `channel` or `bundle`.
    public let kind: String
    /// The channel or the bundle; empty for the package.
    public let name: String
    /// What users are told.
    public let message: String
  }

  /// The catalog.
  public let catalog: String
  /// Sorted by name; one if only one was wanted, with one channel if only one was wanted.
  public let packages: [Package]
}

/// Lists what an operator catalog has.
///
/// - Throws: `notFound` for a catalog, a package or a channel that does not exist; `corrupt` and `protocol` for what is no
///   catalog.
public func listOperators(
  _ options: ListOperatorsOptions, reporter: any Reporter
) async throws -> OperatorListing {
  let pool = BlockingPool(threads: 2)
  let place = try OperatorRequest.Origin(options.catalog)
  reporter.report(.phase(.resolve, bytes: 0, items: 1))
  let directory = FileSystem.temporaryDirectory(options.registry.environment)
  let source = try await OpenCatalog(
    place, SourceSet(options.registry, pool: pool, reporter: reporter), directory: directory, pool: pool)
  let catalog = try await source.read(keeping: .facts).catalog
  for problem in catalog.unreadable(of: options.package) { reporter.report(.warning("\(source.name): \(problem)")) }
  reporter.report(.finished(item: source.name, outcome: .moved))
  guard let name = options.package else {
    return OperatorListing(catalog: source.name, packages: catalog.sortedPackages.map { .init($0) })
  }
  let package = try catalog.package(named: name, source: source.name, code: .notFound)
  if let channel = options.channel, package.channel(channel) == nil {
    throw package.missing(channel, source: source.name)
  }
  return OperatorListing(
    catalog: source.name, packages: [.init(package) { options.channel == nil || $0 == options.channel }])
}

extension OperatorListing.Package {
  fileprivate init(_ package: CatalogPackage, isWanted: (String) -> Bool = { _ in true }) {
    let versions = Dictionary(package.bundles.map { ($0.name, $0) }) { first, _ in first }
    name = package.name
    defaultChannel = package.defaultChannel
    channels = package.channels.filter { isWanted($0.name) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      .map { .init($0, versions) }
    deprecations = package.deprecations.flatMap(\.entries).map { .init($0) }
    bundleCount = package.bundles.count
  }
}

extension OperatorListing.Channel {
  fileprivate init(_ channel: CatalogChannel, _ bundles: [String: OperatorBundle]) {
    func bundle(_ name: String) -> OperatorListing.OperatorVersion {
      OperatorListing.OperatorVersion(name: name, version: bundles[name]?.versionText ?? "")
    }
    let graph = ChannelGraph(channel.entries)
    name = channel.name
    heads = graph.headNames.map(bundle)
    versions = graph.entries.compactMap { bundles[$0.name] }.filter { !$0.versionText.isEmpty }
      .sorted { left, right in
        guard let first = left.version, let second = right.version else { return left.version != nil }
        return second.precedes(first)
      }.map(\.versionText)
    entries = graph.steps.map { step in
      let entry = graph.entries[step.place]
      return OperatorListing.Entry(
        bundle: bundle(entry.name), replaces: entry.replaces, skips: entry.skips, skipRange: entry.skipRange)
    }
  }
}

extension OperatorListing.Deprecation {
  fileprivate init(_ entry: DeprecationList.Entry) {
    kind = entry.schema.hasPrefix("olm.") ? String(entry.schema.dropFirst(4)) : entry.schema
    name = entry.name
    message = entry.message
  }
}

extension CatalogPackage {
  fileprivate func missing(_ channel: String, source: String) -> SealiftError {
    let near = nearestName(to: channel, in: channels.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
    return SealiftError(
      .notFound, "package '\(name)' of \(source) has no channel '\(channel)'\(near)",
      nextStep: "run `sealift list operators --catalog \(source) --package \(name)` to see its channels")
  }
}
