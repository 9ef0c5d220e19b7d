/// Where facts about releases come from.
public struct ReleaseOptions: Sendable {
  /// The update service, in place of the public one.
  public var graphURL: String?
  /// A saved update graph, or a directory of them, in place of any service.
  public var graphFile: String?

  /// Makes options that ask the public services.
  public init() {}
}
