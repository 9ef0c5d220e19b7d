internal import Diagnostics

/// How long to wait before the next try of one request.
struct Backoff {
  private static let firstPause = 0.5
  private static let longestPause = 30.0
  // A server that asks for more time than this wants us gone for the day.
  private static let longestRequestedPause = 300

  var limit: Int
  private var tries = 0

  /// - Parameter limit: The number of retries without any progress between them.
  init(limit: Int) { self.limit = limit }

  /// Starts counting again, because something got through.
  mutating func reset() { tries = 0 }

  /// The pause before the next try.
  ///
  /// - Parameter requested: The seconds that the server asked for.
  /// - Throws: `error` if there have been enough.
  mutating func pause(after error: SealiftError, requested: Int?) throws(SealiftError) -> Duration {
    guard tries < limit else { throw error }
    if let requested {
      guard requested <= Self.longestRequestedPause else {
        throw SealiftError(error.code, error.problem, nextStep: "run the command again in \(requested) seconds")
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

/// A failure that a retry may mend, with the server's wish for a pause.
struct RetryableFailure: Error {
  let error: SealiftError
  let retryAfter: Int?
}

/// An error of the caller's own code, which is never retried.
struct CallerFailure: Error {
  let error: any Error
}
