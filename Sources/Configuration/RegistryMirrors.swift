public import Diagnostics
internal import OCI
internal import TOML

/// What the settings of a host say of registries: what stands in for them, and how it is spoken to.
///
/// Names without a host are Docker Hub's, here as everywhere: `unqualified-search-registries`, aliases and the mode of
/// short names play no part, and credentials have settings of their own.
///
/// Source: containers-registries.conf(5), version 2, and of version 1 what says more than that.
public struct RegistryMirrors: Sendable {
  /// One place from which a repository can be fetched.
  public struct Endpoint: Sendable, Hashable {
    /// The registry, `host[:port]`.
    public let host: String
    /// The repository's path there.
    public let repository: String
    /// Whether its certificate need not be valid, and plain HTTP will do.
    public let isInsecure: Bool
    /// Whether it stands in for another.
    public let isMirror: Bool
    /// Where the settings name it: `FILE:LINE`.
    public let place: String
  }

  private var registries: [RegistrySettings] = []

  /// What the user should know of how the files are read: one sentence each.
  public private(set) var notes: [String] = []

  /// No settings.
  public init() {}

  /// Adds what a file says; of a prefix that stood in another one before, only this counts.
  ///
  /// - Throws: `configuration`, with `FILE:LINE`.
  public mutating func add(_ bytes: [UInt8], source: String) throws(SealiftError) {
    let root = try TOMLReader.table(bytes, source: source)
    var own: [RegistrySettings] = []
    for node in try root["registry"]?.elements() ?? [] { own.append(try RegistrySettings(node, &notes)) }
    let older = try Self.firstVersion(root)
    guard own.isEmpty || older.isEmpty else {
      throw SealiftError(
        .configuration, "\(source) mixes version 1 and version 2 of its format",
        nextStep: "write what stands under [registries.…] as [[registry]] with insecure or blocked")
    }
    own += older
    let prefixes = Set(own.map(\.prefix))
    registries = registries.filter { !prefixes.contains($0.prefix) } + own
  }

  /// `[registries.insecure]` and `[registries.block]`, which are lists of hosts.
  private static func firstVersion(_ root: TOMLNode) throws(SealiftError) -> [RegistrySettings] {
    var settings: [RegistrySettings] = []
    for (table, isBlocked) in [("insecure", false), ("block", true)] {
      for node in try root["registries"]?[table]?["registries"]?.elements() ?? [] {
        settings.append(try RegistrySettings(host: node, isBlocked: isBlocked))
      }
    }
    return settings
  }

  /// Whether anything is said of a repository.
  public func concerns(_ host: String, _ repository: String) -> Bool { settings(host, repository) != nil }

  /// Where a repository can be fetched from, in the order in which that is to be tried.
  ///
  /// - Parameter byDigest: Whether it is asked for what is named by its digest, of which every copy is as good.
  /// - Returns: The repository itself where nothing is said of it.
  /// - Throws: `configuration` for a repository that is blocked, or whose name there is no name.
  public func endpoints(
    _ host: String, _ repository: String, byDigest: Bool
  ) throws(SealiftError) -> [Endpoint] {
    guard let settings = settings(host, repository) else {
      return [Endpoint(host: host, repository: repository, isInsecure: false, isMirror: false, place: "")]
    }
    guard !settings.isBlocked else {
      throw settings.node.error(
        "\(host)/\(repository) is blocked here", nextStep: "leave out what comes from there, or allow it in the file")
    }
    var endpoints: [Endpoint] = []
    for mirror in settings.mirrors where byDigest ? mirror.servesDigests : mirror.servesTags {
      endpoints.append(try settings.endpoint(mirror, host, repository, isMirror: true))
    }
    return endpoints + [try settings.endpoint(settings.itself, host, repository, isMirror: false)]
  }

  /// What the longest prefix says.
  private func settings(_ host: String, _ repository: String) -> RegistrySettings? {
    registries.filter { $0.matched(host, repository) != nil }.max { $0.prefix.utf8.count < $1.prefix.utf8.count }
  }
}
