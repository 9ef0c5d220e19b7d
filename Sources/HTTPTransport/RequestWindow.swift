internal import Diagnostics
internal import Synchronization

/// How many requests may wait for the answers of one host at once: more while it answers them no later for it, fewer when
/// it says that they are too many.
///
/// Content that moves takes no place, but waits as all others do when the host wants to be left alone.
///
/// Threads: any.
final class RequestWindow: Sendable {
  /// What a request tells of its host.
  enum Outcome {
    /// It answered, after so many seconds without those that the connection took.
    case answer(seconds: Double)
    /// It has too much to do, and may say for how many seconds it wants to be left alone.
    case overload(retryAfter: Int?)
    /// Nothing.
    case unknown
  }

  /// The right to send one request; it belongs to a time between two complaints of the host.
  final class Place: Sendable {
    fileprivate let era: Int
    fileprivate let isCounted: Bool
    private let window: RequestWindow
    private let isLeft = Atomic<Bool>(false)

    fileprivate init(_ window: RequestWindow, era: Int, isCounted: Bool = true) {
      self.window = window
      self.era = era
      self.isCounted = isCounted
    }

    /// Gives the place back, once, and says what the request told.
    func leave(_ outcome: Outcome) {
      guard !isLeft.exchange(true, ordering: .acquiringAndReleasing) else { return }
      window.leave(self, outcome)
    }
  }

  private struct Waiter {
    let number: Int
    let continuation: CheckedContinuation<Place, any Error>
  }

  /// Answers since the width was looked at.
  private struct Round {
    var answers = 0
    var seconds = 0.0
    /// Whether a request had to wait for its place: a width that is not used says nothing.
    var isFull = false
  }

  private struct State {
    var width: Int
    var inFlight = 0
    var era = 0
    var waiters: [Waiter] = []
    var nextNumber = 0
    var freeAt = ContinuousClock.Instant.now
    var round = Round()
    /// The mean time of an answer in the quickest round.
    var quickest = Double.infinity
  }

  private static let firstWidth = 16
  private static let fewest = 4
  // Twice as many that take less than this longer are worth it.
  private static let worthwhile = 1.5
  private static let longestPause = 300

  private let limit: Int
  private let state: Mutex<State>

  /// - Parameter limit: The greatest number of requests at once.
  init(limit: Int) {
    self.limit = limit
    state = Mutex(State(width: min(limit, Self.firstWidth)))
  }

  /// How many requests may be under way now.
  var width: Int { state.withLock(\.width) }

  private func waitUntilFree() async throws {
    while true {
      let freeAt = state.withLock(\.freeAt)
      guard freeAt > .now else { return }
      try await Task.sleep(until: freeAt)
    }
  }

  /// Waits for a place, first come, first served; content needs none.
  ///
  /// - Throws: `CancellationError`.
  func enter(movingContent: Bool) async throws -> Place {
    let place = movingContent ? Place(self, era: state.withLock(\.era), isCounted: false) : try await nextPlace()
    do { try await waitUntilFree() } catch {
      place.leave(.unknown)
      throw error
    }
    return place
  }

  private func nextPlace() async throws -> Place {
    let number = state.withLock { state in
      state.nextNumber += 1
      return state.nextNumber
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let place = state.withLock { state -> Result<Place, any Error>? in
          // Cancelling looks for the waiter under the same lock, after the task knows of it.
          if Task.isCancelled { return .failure(CancellationError()) }
          guard state.inFlight < state.width else {
            state.round.isFull = true
            state.waiters.append(Waiter(number: number, continuation: continuation))
            return nil
          }
          state.inFlight += 1
          return .success(Place(self, era: state.era))
        }
        if let place { continuation.resume(with: place) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
      }
      waiter?.continuation.resume(throwing: CancellationError())
    }
  }

  private func leave(_ place: Place, _ outcome: Outcome) {
    let next = state.withLock { state in
      state.inFlight -= place.isCounted ? 1 : 0
      learn(outcome, from: place, &state)
      let free = max(0, state.width - state.inFlight)
      let next = state.waiters.prefix(free)
      state.waiters.removeFirst(next.count)
      state.inFlight += next.count
      let era = state.era
      return next.map { ($0.continuation, Place(self, era: era)) }
    }
    for (continuation, place) in next { continuation.resume(returning: place) }
  }

  private func learn(_ outcome: Outcome, from place: Place, _ state: inout State) {
    switch outcome {
    case .answer(let seconds) where place.isCounted:
      state.round.answers += 1
      state.round.seconds += seconds
      if state.round.answers >= state.width { endRound(&state) }
    case .overload(let retryAfter):
      if let retryAfter {
        state.freeAt = max(state.freeAt, .now + .seconds(min(retryAfter, Self.longestPause)))
      }
      // All that were under way together complain together: once is enough.
      guard place.era == state.era else { return }
      state.era += 1
      state.width = max(min(limit, Self.fewest), state.width / 2)
      state.round = Round()
    case .answer, .unknown: break
    }
  }

  private func endRound(_ state: inout State) {
    let mean = state.round.seconds / Double(state.round.answers)
    if state.round.isFull, mean < Self.worthwhile * state.quickest { state.width = min(limit, state.width * 2) }
    state.quickest = min(state.quickest, mean)
    state.round = Round()
  }
}

extension RequestWindow.Outcome {
  init(_ head: HTTPResponse.Head, _ handle: CurlHandle) {
    self =
      [429, 503].contains(head.status)
      ? .overload(retryAfter: handle.retryAfter) : handle.answerSeconds.map { .answer(seconds: $0) } ?? .unknown
  }

  /// - Parameter error: What became of a request that was not answered.
  init(_ error: any Error) {
    let isReset = (error as? SealiftError).map { $0.code == .network && $0.isTransient } ?? false
    self = isReset ? .overload(retryAfter: nil) : .unknown
  }
}
