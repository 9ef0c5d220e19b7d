internal import Glibc
internal import Synchronization

/// A bounded set of threads for calls that block: transfers, file reads and writes, syncs.
///
/// The Swift concurrency pool has one thread per core and never grows, so a blocking call there stalls every other
/// task. Threads: `run` may be called from any task. A thread is started when a job would wait for one, and ends when the
/// pool is gone and all of its jobs are done.
public final class BlockingPool: Sendable {
  private struct Queue {
    // Jobs before `next` are done and dropped; what they held must not live until the queue is empty, which on a busy
    // pool is at the end of the run.
    var jobs: [(@Sendable () -> Void)?] = []
    var next = 0
    /// How many threads there may be.
    var limit: Int
    var started = 0
    /// How many threads wait for a job.
    var idle = 0
    /// Whether nobody can bring another job.
    var isClosed = false

    var waiting: Int { jobs.count - next }
    var needsThread: Bool { waiting > idle && started < limit }

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

  private let queue: Monitor<Queue>

  /// The largest number of threads.
  public var threads: Int { queue.withLock(isNews: false) { $0.limit } }

  /// - Parameter threads: The largest number of threads, at least 1; where the system gives fewer, those must do.
  public init(threads: Int) {
    precondition(threads > 0, "a pool needs a thread")
    queue = Monitor(Queue(limit: threads), wakesAll: false)
  }

  deinit { queue.withLock { $0.isClosed = true } }

  /// Starts a thread that has been counted already; where there is none at all, the program ends.
  private func startThread() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(queue)
    let failure = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        BlockingPool.work(Unmanaged<Monitor<Queue>>.fromOpaque(context).takeRetainedValue())
        return nil
      },
      context.toOpaque())
    guard failure != 0 else {
      pthread_detach(thread)
      return
    }
    context.release()
    let isAlone = queue.withLock { queue in
      queue.started -= 1
      queue.limit = max(1, queue.started)
      return queue.started == 0
    }
    if isAlone { ProcessStart.end("cannot start a thread: \(String(cString: strerror(failure)))") }
  }

  /// Runs `body` on a thread of the pool and suspends the caller until it returns.
  ///
  /// Cancelling the task does not stop `body`; give it a flag to look at.
  public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    let once = Once(body)
    return try await withCheckedThrowingContinuation { continuation in
      start { continuation.resume(with: once.run()) }
    }
  }

  /// A body that lets go of what it holds, such as the lock of a directory, before anybody hears that it is done.
  private final class Once<Result>: Sendable {
    private let body: Mutex<(@Sendable () throws -> Result)?>

    init(_ body: @escaping @Sendable () throws -> Result) { self.body = Mutex(body) }

    func run() -> Swift.Result<Result, any Error> {
      guard let body = body.withLock({ $0.take() }) else { preconditionFailure("a job ran twice") }
      return Swift.Result(catching: body)
    }
  }

  /// Runs `job` on a thread of the pool, soon, and does not wait for it.
  public func start(_ job: @escaping @Sendable () -> Void) {
    let needsThread = queue.withLock { queue in
      queue.jobs.append(job)
      guard queue.needsThread else { return false }
      queue.started += 1
      return true
    }
    if needsThread { startThread() }
  }

  private static func work(_ queue: Monitor<Queue>) {
    // A peer or a pipe that went away is an error to report (EPIPE), not a signal that ends the program.
    var pipes = sigset_t()
    sigemptyset(&pipes)
    sigaddset(&pipes, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipes, nil)
    while let job = nextJob(queue) { job() }
    // The next one ends, too.
    queue.withLock { _ in }
  }

  /// Waits for a job.
  ///
  /// - Returns: `nil` if there will be none any more.
  private static func nextJob(_ queue: Monitor<Queue>) -> (@Sendable () -> Void)? {
    queue.withLock(isNews: false) { $0.idle += 1 }
    return queue.withLock(when: { $0.waiting > 0 || $0.isClosed }, isNews: false) { queue in
      queue.idle -= 1
      return queue.take()
    }
  }
}

extension Sequence where Element: Sendable, Self: Sendable {
  /// Runs `body` for each element, at most `limit` at a time, and gives the results in order of the sequence.
  ///
  /// The first error cancels the rest, and is thrown when all have ended.
  public func mapConcurrently<Result: Sendable>(
    limit: Int = Lanes.manyRequests, _ body: @escaping @Sendable (Element) async throws -> Result
  ) async throws -> [Result] {
    let results = Monitor([Int: Result]())
    let numbered = enumerated().map { (number: $0.offset, element: $0.element) }
    try await numbered.forEachConcurrently(limit: limit) { numbered in
      let result = try await body(numbered.element)
      results.withLock(isNews: false) { $0[numbered.number] = result }
    }
    return results.withLock(isNews: false) { results in numbered.indices.compactMap { results[$0] } }
  }

  /// Runs `body` for each element in order of the sequence, at most `limit` at a time.
  ///
  /// The first error cancels the rest, is thrown when all have ended, and nothing new is started after it.
  public func forEachConcurrently(
    limit: Int, _ body: @escaping @Sendable (Element) async throws -> Void
  ) async throws {
    try await forEachConcurrently(in: Lanes(transfers: limit, requests: limit), size: { _ in 0 }, body)
  }
}
