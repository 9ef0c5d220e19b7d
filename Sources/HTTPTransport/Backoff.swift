internal import Diagnostics

/// How long to wait before the next try of one request.
struct Backoff {
  private static let firstPause = 0.5
  private static let longestPause = 30.0
  // A server that asks for more time than this wants us gone for the day.
  private static let longestRequestedPause = 300

  private var tries = 0

  /// Starts counting again, because something got through.
  mutating func reset() { tries = 0 }

  /// The pause before the next try.
  ///
  /// - Parameter limit: The number of retries without any progress between them.
  /// - Throws: The failure's error if there have been enough.
  mutating func pause(after failure: RetryableFailure, limit: Int) throws(SealiftError) -> Duration {
    guard tries < limit else { throw failure.error }
    if let requested = failure.retryAfter {
      guard requested <= Self.longestRequestedPause else {
        throw SealiftError(
          failure.error.code, failure.error.problem, nextStep: "run the command again in \(requested) seconds")
      }
      tries += 1
      return .seconds(requested)
    }
    let longest = min(Self.longestPause, Self.firstPause * Double(1 << min(tries, 16)))
    tries += 1
    // Jitter, so that parallel transfers that broke together do not come back together.
    return .milliseconds(Int(Double.random(in: 0.5...1) * longest * 1000))
  }
}
