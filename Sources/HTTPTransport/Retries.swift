package import Diagnostics

/// A failure that a retry may mend, with the server's wish for a pause.
package struct RetryableFailure: Error {
  package let error: SealiftError
  /// In seconds.
  package let retryAfter: Int?

  package init(error: SealiftError, retryAfter: Int?) {
    self.error = error
    self.retryAfter = retryAfter
  }

  /// - Throws: `error` itself if it is not to be tried again.
  fileprivate init(of error: any Error) throws {
    switch error {
    case let failure as CallerFailure: throw failure.error
    case let failure as RetryableFailure: self = failure
    case let error as SealiftError where error.isTransient: self.init(error: error, retryAfter: nil)
    default: throw error
    }
  }
}

/// An error of the caller's own code, which is never retried.
package struct CallerFailure: Error {
  package let error: any Error

  package init(error: any Error) { self.error = error }
}

/// Runs a request as often as it takes, with pauses.
///
/// - Parameters:
///   - limit: The number of retries without any progress between them, asked for after each failure.
///   - progress: A number that grows when something got through, which starts the count of tries again.
///   - body: The request.
package nonisolated(nonsending) func withRetries<Value>(
  limit: () -> Int, progress: () -> Int = { 0 }, _ body: () async throws -> Value
) async throws -> Value {
  var backoff = Backoff()
  var before = progress()
  while true {
    let failure: RetryableFailure
    do { return try await body() } catch { failure = try RetryableFailure(of: error) }
    if progress() > before { backoff.reset() }
    before = progress()
    try await Task.sleep(for: try backoff.pause(after: failure, limit: limit()))
  }
}

extension HTTPResponse {
  /// Whether the server will not do it, whatever the reason: of itself, not of a proxy on the way, and not for now only.
  package var isRefusal: Bool { (400..<500).contains(status) && !mayPass && status != 407 }

  /// Whether the same request may well succeed later.
  package var mayPass: Bool {
    switch status {
    case 408, 429, 500, 502, 503, 504: true
    default: false
    }
  }
}
