internal import Glibc

/// A value that many threads share, one at a time, and on whose changes they can wait.
///
/// Waiting blocks the thread: only threads of a `BlockingPool` may do it. A pthread mutex, not `Mutex`, as
/// `pthread_cond_wait` needs it.
public final class Monitor<State>: Sendable {
  private struct Shared {
    var mutex = pthread_mutex_t()
    var changed = pthread_cond_t()
    var state: State
  }

  // Every access to the state holds the mutex; the memory lives as long as this object.
  private nonisolated(unsafe) let shared: UnsafeMutablePointer<Shared>
  private let wakesAll: Bool

  /// - Parameters:
  ///   - state: The value at the beginning.
  ///   - wakesAll: Whether a change can be what several threads wait for; `false` if one of them, any, takes it up.
  public init(_ state: sending State, wakesAll: Bool = true) {
    self.wakesAll = wakesAll
    shared = .allocate(capacity: 1)
    shared.initialize(to: Shared(state: state))
    pthread_mutex_init(&shared.pointee.mutex, nil)
    pthread_cond_init(&shared.pointee.changed, nil)
  }

  deinit {
    pthread_cond_destroy(&shared.pointee.changed)
    pthread_mutex_destroy(&shared.pointee.mutex)
    shared.deinitialize(count: 1)
    shared.deallocate()
  }

  /// Runs `body` with the value to itself.
  ///
  /// - Parameters:
  ///   - condition: What to wait for before; it is looked at again after each change.
  ///   - isNews: Whether `body` makes a change that somebody may wait for.
  public func withLock<Result, Failure: Error>(
    when condition: (State) -> Bool = { _ in true }, isNews: Bool = true,
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(&shared.pointee.mutex)
    defer {
      if isNews { wake() }
      pthread_mutex_unlock(&shared.pointee.mutex)
    }
    while !condition(shared.pointee.state) {
      pthread_cond_wait(&shared.pointee.changed, &shared.pointee.mutex)
    }
    return try body(&shared.pointee.state)
  }

  private func wake() {
    if wakesAll {
      pthread_cond_broadcast(&shared.pointee.changed)
    } else {
      pthread_cond_signal(&shared.pointee.changed)
    }
  }
}
