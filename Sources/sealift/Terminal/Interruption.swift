internal import Glibc
internal import Synchronization
internal import SystemIO

/// SIGINT and SIGTERM: the first cancels the running command, the second ends the program at once.
final class Interruption: Sendable {
  private struct State {
    var signal: CInt?
    var cancel: (@Sendable (CInt) -> Void)?
    var terminal: (descriptor: CInt, mode: termios)?
  }

  private let state = Mutex(State())
  private let pool = BlockingPool(threads: 1)

  /// The signal that came, if one came.
  var signal: CInt? { state.withLock { $0.signal } }

  /// Takes over both signals; one that is ignored (as in `nohup` and in a script's background) stays so.
  ///
  /// Called before any other thread exists: threads inherit that the signals are blocked.
  static func begin() -> Interruption {
    let interruption = Interruption()
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] {
      var action = sigaction()
      sigaction(signal, nil, &action)
      if action.__sigaction_handler.sa_handler == nil { sigaddset(&signals, signal) }
    }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let waited = signals
    Task {
      try await interruption.pool.run { interruption.wait(for: waited) }
    }
    return interruption
  }

  /// Runs `body` in a task that the first signal cancels, after `announce`.
  func cancelling<Result: Sendable>(
    announce: @escaping @Sendable (CInt) -> Void, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let task = Task { try await body() }
    let isLate = state.withLock { state in
      state.cancel = { signal in
        announce(signal)
        task.cancel()
      }
      return state.signal != nil
    }
    if isLate { task.cancel() }
    return try await task.value
  }

  /// Runs `body` while the terminal is in a mode that must not be left behind: any signal then restores it and ends.
  func restoring<Result>(_ mode: termios, of descriptor: CInt, _ body: () -> Result) -> Result {
    state.withLock { $0.terminal = (descriptor, mode) }
    defer { state.withLock { $0.terminal = nil } }
    return body()
  }

  private func wait(for signals: sigset_t) {
    var signals = signals
    while true {
      var signal: CInt = 0
      guard sigwait(&signals, &signal) == 0 else { continue }
      let cancel = state.withLock { state in
        if var terminal = state.terminal {
          tcsetattr(terminal.descriptor, TCSAFLUSH, &terminal.mode)
          _exit(128 + signal)
        }
        if state.signal != nil { _exit(128 + signal) }
        state.signal = signal
        return state.cancel
      }
      cancel?(signal)
    }
  }
}
