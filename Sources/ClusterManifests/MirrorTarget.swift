/// The registry whose name stands in a cluster's objects.
public struct MirrorTarget: Sendable {
  /// The host and port.
  public let registry: String
  private let repository: @Sendable (String) -> String

  /// - Parameters:
  ///   - registry: The host and port.
  ///   - repository: The repository in it for a path of the bundle; for an empty path the prefix, which may be empty.
  public init(registry: String, repository: @escaping @Sendable (String) -> String) {
    self.registry = registry
    self.repository = repository
  }

  /// What stands in an object for a path of the bundle: `host[:port][/prefix]/path`.
  public func callAsFunction(_ path: String) -> String {
    let repository = repository(path)
    return repository.isEmpty ? registry : "\(registry)/\(repository)"
  }
}
