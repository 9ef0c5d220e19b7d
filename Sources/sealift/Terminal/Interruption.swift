internal import Diagnostics
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

  /// Takes over both signals; one that is ignored (as in a script's background) stays so.
  ///
  /// A handler and not `sigwait(3)`: the main thread of an asynchronous program waits with every signal unblocked.
  static func begin() throws(SealiftError) -> Interruption {
    let interruption = Interruption()
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system("cannot make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    signalPipe = ends[1]
    for signal in [SIGINT, SIGTERM] {
      var action = sigaction()
      sigaction(signal, nil, &action)
      guard action.__sigaction_handler.sa_handler == nil else { continue }
      action.__sigaction_handler.sa_handler = passOn
      action.sa_flags = SA_RESTART
      sigaction(signal, &action, nil)
    }
    let readEnd = ends[0]
    Task {
      try await interruption.pool.run { interruption.wait(on: readEnd) }
    }
    return interruption
  }

  /// Runs `body` in a task that the first signal cancels, after `announce`.
  func cancelling<Result: Sendable>(
    announce: @escaping @Sendable (CInt) -> Void, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let task = Task { try await body() }
    let cancel = { @Sendable (signal: CInt) in
      announce(signal)
      task.cancel()
    }
    let early = state.withLock { state in
      state.cancel = cancel
      return state.signal
    }
    if let early { cancel(early) }
    return try await task.value
  }

  /// Runs `body` while the terminal is in a mode that must not be left behind: any signal then restores it and ends.
  func restoring<Result>(_ mode: termios, of descriptor: CInt, _ body: () -> Result) -> Result {
    state.withLock { $0.terminal = (descriptor, mode) }
    defer { state.withLock { $0.terminal = nil } }
    return body()
  }

  private func wait(on readEnd: CInt) {
    var byte: UInt8 = 0
    while true {
      guard read(readEnd, &byte, 1) == 1 else { continue }
      let signal = CInt(byte)
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

// Written once, before the handler that reads it is in place.
private nonisolated(unsafe) var signalPipe: CInt = -1

/// The handler: it does only what is safe in one.
///
/// Source: signal-safety(7).
private func passOn(_ signal: CInt) {
  let saved = errno
  var byte = UInt8(truncatingIfNeeded: signal)
  _ = write(signalPipe, &byte, 1)
  errno = saved
}
