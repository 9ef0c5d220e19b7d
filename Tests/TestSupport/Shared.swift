internal import Synchronization

/// Something that many threads change.
public final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  /// - Parameter value: What it is at first.
  public init(_ value: Value) { self.value = Mutex(value) }

  /// Runs `body` with the value to itself.
  public func with<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { value.withLock { body(&$0) } }
}

/// Counts calls from many threads.
public final class Counter: Sendable {
  private let count = Shared(0)

  /// Makes one that has counted nothing.
  public init() {}

  /// The number of calls so far.
  public var value: Int { count.with { $0 } }

  /// The number of calls before this one.
  @discardableResult
  public func next() -> Int {
    count.with { count in
      count += 1
      return count - 1
    }
  }
}
