internal import Diagnostics
internal import Glibc
internal import Synchronization
internal import SystemIO

/// Shows events on stderr while a command runs, from a thread of its own: a stalled terminal delays no transfer.
final class ProgressReporter: Reporter {
  private let display: Mutex<ProgressDisplay>
  private let output: StandardStream
  private let pool = BlockingPool(threads: 1)
  private let stop: (readEnd: CInt, writeEnd: CInt)

  // Ten a second look smooth; each is one short write.
  private static let millisecondsBetweenFrames: CInt = 100

  init(_ display: ProgressDisplay, to output: StandardStream) throws(SealiftError) {
    self.display = Mutex(display)
    self.output = output
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system("cannot make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    stop = (ends[0], ends[1])
  }

  deinit { close(stop.readEnd) }

  func report(_ event: Event) {
    let now = monotonicSeconds()
    display.withLock { $0.take(event, now: now) }
  }

  /// Runs `body` and shows what it reports; when this returns, no bar is on the terminal.
  func whileShowing<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
    async let drawing: Void = pool.run { self.drawUntilStopped() }
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    close(stop.writeEnd)
    try await drawing
    let isComplete = if case .success = result { true } else { false }
    output.writeIfPossible(display.withLock { $0.end(now: monotonicSeconds(), isComplete: isComplete) })
    return try result.get()
  }

  /// Takes the bar off the terminal, before the program ends in the middle of its work.
  func clear() {
    output.writeIfPossible(display.withLock { $0.end(now: monotonicSeconds(), isComplete: false) })
  }

  private func drawUntilStopped() {
    // The pipe is readable once its other end is closed.
    var waiting = pollfd(fd: stop.readEnd, events: Int16(POLLIN), revents: 0)
    while poll(&waiting, 1, Self.millisecondsBetweenFrames) <= 0 {
      let width = output.columns
      output.writeIfPossible(display.withLock { $0.frame(now: monotonicSeconds(), width: width) })
    }
  }
}

/// Seconds on a clock that never goes back.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
