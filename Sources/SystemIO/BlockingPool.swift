internal import Glibc

/// A fixed set of threads for calls that block: transfers, file reads and writes, syncs.
///
/// The Swift concurrency pool has one thread per core and never grows, so a blocking call there stalls every other
/// task. Threads: `run` may be called from any task. The threads live as long as the process.
public final class BlockingPool: Sendable {
  private struct Queue {
    // Jobs before `next` are done and dropped; what they held must not live until the queue is empty, which on a busy
    // pool is at the end of the run.
    var jobs: [(@Sendable () -> Void)?] = []
    var next = 0

    mutating func take() -> (@Sendable () -> Void)? {
      guard next < jobs.count else { return nil }
      let job = jobs[next]
      jobs[next] = nil
      next += 1
      if next * 2 >= jobs.count {
        jobs.removeFirst(next)
        next = 0
      }
      return job
    }
  }

  private let queue = Monitor(Queue(), wakesAll: false)

  /// The number of threads.
  public let threads: Int

  /// Starts the threads; where the system gives fewer, those must do, and without any the program ends.
  ///
  /// - Parameter threads: Number of threads, at least 1.
  public init(threads: Int) {
    precondition(threads > 0, "a pool needs a thread")
    var started = 0
    var failure: CInt = 0
    for _ in 0..<threads where failure == 0 {
      failure = Self.startThread(queue)
      if failure == 0 { started += 1 }
    }
    guard started > 0 else {
      ProcessStart.end("cannot start a thread: \(String(cString: strerror(failure)))")
    }
    self.threads = started
  }

  /// - Returns: 0, or why there is no thread.
  private static func startThread(_ queue: Monitor<Queue>) -> CInt {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(queue)
    let failure = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        BlockingPool.work(Unmanaged<Monitor<Queue>>.fromOpaque(context).takeRetainedValue())
      },
      context.toOpaque())
    if failure == 0 { pthread_detach(thread) } else { context.release() }
    return failure
  }

  /// Runs `body` on a thread of the pool and suspends the caller until it returns.
  ///
  /// Cancelling the task does not stop `body`; give it a flag to look at.
  public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      start { continuation.resume(with: Swift.Result(catching: body)) }
    }
  }

  /// Runs `job` on a thread of the pool, soon, and does not wait for it.
  public func start(_ job: @escaping @Sendable () -> Void) {
    queue.withLock { $0.jobs.append(job) }
  }

  private static func work(_ queue: Monitor<Queue>) -> Never {
    // A peer or a pipe that went away is an error to report (EPIPE), not a signal that ends the program.
    var pipes = sigset_t()
    sigemptyset(&pipes)
    sigaddset(&pipes, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipes, nil)
    while true { nextJob(queue)() }
  }

  private static func nextJob(_ queue: Monitor<Queue>) -> @Sendable () -> Void {
    while true {
      let job = queue.withLock(when: { $0.next < $0.jobs.count }) { $0.take() }
      if let job { return job }
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
      // Not `waitForAll`: that lets the other tasks run to their end before it throws.
      while try await group.next() != nil {}
    }
  }
}
