internal import Diagnostics

/// How long to wait before the next try of one request.
struct Backoff {
  private static let longestPause = Duration.seconds(15)
  // A server that asks for more time than this wants us gone for the day.
  private static let longestRequestedPause = 300
  // By then it is no slip, and a person begins to wonder.
  private static let triesBeforeWord = 3

  private var tries = 0
  private var start: ContinuousClock.Instant?

  /// Starts counting again, because something got through.
  mutating func reset() { self = Backoff() }

  /// Whether it is time to say what is waited for.
  var isNoteworthy: Bool { tries == Self.triesBeforeWord }

  /// The pause before the next try.
  ///
  /// - Parameter bounds: How long to go on without any progress between the tries.
  /// - Throws: The failure's error if there have been enough.
  mutating func pause(after failure: RetryableFailure, _ bounds: Persistence) throws(SealiftError) -> Duration {
    let start = start ?? .now
    self.start = start
    let left = failure.isOutage ? bounds.patience - (.now - start) : .zero
    guard tries < bounds.retries || left > .zero else { throw failure.error }
    let doubled = bounds.firstPause * (1 << min(tries, 16))
    tries += 1
    if let requested = failure.retryAfter {
      guard requested <= Self.longestRequestedPause else {
        throw SealiftError(
          failure.error.code, failure.error.problem, nextStep: "run the command again in \(requested) seconds")
      }
      return .seconds(requested)
    }
    // Jitter, so that parallel transfers that broke together do not come back together.
    return min(Self.longestPause, doubled) * Double.random(in: 0.5...1)
  }
}
