internal import Glibc

/// A fixed set of threads for calls that block: transfers, file reads and writes, syncs.
///
/// The Swift concurrency pool has one thread per core and never grows, so a blocking call there stalls every other
/// task. Threads: `run` may be called from any task. The threads live as long as the process.
public final class BlockingPool: Sendable {
  private struct Queue {
    var jobs: [@Sendable () -> Void] = []
    var next = 0
  }

  private let queue = Monitor(Queue())

  /// The number of threads.
  public let threads: Int

  /// - Parameter threads: Number of threads, at least 1.
  public init(threads: Int) {
    precondition(threads > 0, "a pool needs a thread")
    self.threads = threads
    for _ in 0..<threads {
      var thread = pthread_t()
      let status = pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          Unmanaged<BlockingPool>.fromOpaque(context).takeRetainedValue().work()
        },
        Unmanaged.passRetained(self).toOpaque())
      precondition(status == 0, "pthread_create failed with \(status)")
      pthread_detach(thread)
    }
  }

  /// Runs `body` on a thread of the pool and suspends the caller until it returns.
  ///
  /// Cancelling the task does not stop `body`; give it a flag to look at.
  public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      submit { continuation.resume(with: Swift.Result(catching: body)) }
    }
  }

  private func submit(_ job: @escaping @Sendable () -> Void) {
    queue.withLock { $0.jobs.append(job) }
  }

  private func work() -> Never {
    while true { nextJob()() }
  }

  private func nextJob() -> @Sendable () -> Void {
    queue.withLock(when: { $0.next < $0.jobs.count }) { queue in
      let job = queue.jobs[queue.next]
      queue.next += 1
      if queue.next == queue.jobs.count {
        queue.jobs.removeAll(keepingCapacity: true)
        queue.next = 0
      }
      return job
    }
  }
}

extension Sequence where Element: Sendable, Self: Sendable {
  /// Runs `body` for each element in order of the sequence, at most `limit` at a time.
  ///
  /// The first error cancels the rest, is thrown when all have ended, and nothing new is started after it.
  public func forEachConcurrently(
    limit: Int, _ body: @escaping @Sendable (Element) async throws -> Void
  ) async throws {
    precondition(limit > 0, "a limit of at least one")
    try await withThrowingTaskGroup(of: Void.self) { group in
      var running = 0
      for element in self {
        if running == limit {
          try await group.next()
          running -= 1
        }
        group.addTask { try await body(element) }
        running += 1
      }
      try await group.waitForAll()
    }
  }
}
