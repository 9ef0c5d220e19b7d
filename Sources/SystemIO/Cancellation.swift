internal import Synchronization

/// A flag that blocking work looks at, set when its task is cancelled.
public final class CancellationFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  /// Makes a flag that is not set.
  public init() {}

  /// Whether the work should stop.
  public var isSet: Bool { flag.load(ordering: .relaxed) }

  /// Asks the work to stop; cannot be taken back.
  public func set() { flag.store(true, ordering: .relaxed) }

  /// - Throws: `CancellationError` once the flag is set.
  public func check() throws {
    if isSet { throw CancellationError() }
  }
}

extension BlockingPool {
  /// Runs `body` on a thread of the pool with a flag that is set when the calling task is cancelled.
  public func runCancellable<Result: Sendable>(
    _ body: @escaping @Sendable (CancellationFlag) throws -> Result
  ) async throws -> Result {
    let flag = CancellationFlag()
    return try await withTaskCancellationHandler {
      try await run { try body(flag) }
    } onCancel: {
      flag.set()
    }
  }
}
