internal import Synchronization

/// How many requests were sent, over all servers that share it.
public final class RequestCount: Sendable {
  private let count = Atomic<Int>(0)

  /// Makes one that begins at 0.
  public init() {}

  /// The number of requests so far, those counted that were sent again.
  public var value: Int { count.load(ordering: .relaxed) }

  func add() { count.add(1, ordering: .relaxed) }
}
