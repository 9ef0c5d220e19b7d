public import Content
public import Diagnostics
internal import Publishing
internal import SystemIO

/// What both phases of `delete` are asked to do.
public struct DeletionOptions: Sendable {
  /// The path of the list of what is to be deleted.
  public var list: String
  /// `REGISTRY[:PORT][/prefix]`.
  public var target: String
  /// The paths of receipts and bundles of which nothing may be lost.
  public var kept: [String] = []
  /// Whom to trust in what bundles say.
  public var trust: TrustOptions
  /// How registries are reached.
  public var registry: RegistryAccess
  /// The greatest number of components in a repository's path, as it was unpacked; `execute` has it from the list.
  public var maxNestedPaths: Int?

  /// Makes options.
  public init(list: String, target: String, trust: TrustOptions, registry: RegistryAccess) {
    self.list = list
    self.target = target
    self.trust = trust
    self.registry = registry
  }

  /// The host and the prefix of the target.
  ///
  /// - Throws: `usage` for a directory, where nothing can be deleted by digest.
  public func address() throws(SealiftError) -> (host: String, address: TargetAddress) {
    let address = try TargetAddress(target)
    guard case .registry(let host, _) = address else {
      throw SealiftError(
        .usage, "'\(target)' is a directory, and only a registry deletes images one by one",
        nextStep: "unpack what is to stay into a new directory, and remove this one")
    }
    return (host, address)
  }

  /// All that must stay at the target.
  func keptContent(_ host: String, _ address: TargetAddress, maxNestedPaths: Int?) throws -> KeptContent {
    var kept = KeptContent()
    for path in self.kept {
      try kept.add(path, host: host) {
        try CarriedImages(path, trust, address, maxNestedPaths: maxNestedPaths, temporaryDirectory)
      }
    }
    return kept
  }

  /// Where nameless files may lie.
  public var temporaryDirectory: String { FileSystem.temporaryDirectory(registry.environment) }
}
