/// How the objects of a directory are applied to a cluster.
public struct ApplyOptions: Sendable, Equatable {
  /// Who only pretends.
  public enum DryRun: String, Sendable, CaseIterable {
    case client, server
  }

  /// Whether what somebody changed at the cluster is set back; where it is `nil`, the tool decides.
  public var overwrite: Bool?
  /// Whether nothing is to be changed.
  public var dryRun: DryRun?

  /// Applies everything, as the tool does it by itself.
  public init() {}
}
