package import Diagnostics

/// A failure that a retry may mend, with the server's wish for a pause.
package struct RetryableFailure: Error {
  package let error: SealiftError
  /// In seconds.
  package let retryAfter: Int?
  /// Whether the server is away, rather than that it fails at this request.
  package let isOutage: Bool

  package init(error: SealiftError, retryAfter: Int? = nil, isOutage: Bool = false) {
    self.error = error
    self.retryAfter = retryAfter
    self.isOutage = isOutage
  }

  /// What an answer that was not expected means.
  package init(_ response: HTTPResponse, _ error: SealiftError) {
    self.init(error: error, retryAfter: response.retryAfter, isOutage: response.isOutage)
  }

  /// - Throws: `error` itself if it is not to be tried again.
  fileprivate init(of error: any Error) throws {
    switch error {
    case let failure as CallerFailure: throw failure.error
    case let failure as RetryableFailure: self = failure
    case let error as SealiftError where error.isTransient: self.init(error: error, isOutage: error.code == .network)
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
///   - server: Who is asked.
///   - progress: A number that grows when something got through, which starts the count of tries again.
///   - isFinal: Whether what was done cannot be done again, asked after each failure.
///   - body: The request.
package nonisolated(nonsending) func withRetries<Value>(
  _ server: Server, progress: () -> Int = { 0 }, unless isFinal: () -> Bool = { false },
  _ body: () async throws -> Value
) async throws -> Value {
  var backoff = Backoff()
  var before = progress()
  while true {
    let failure: RetryableFailure
    do { return try await body() } catch { failure = try RetryableFailure(of: error) }
    if isFinal() { throw failure.error }
    if progress() > before { backoff.reset() }
    before = progress()
    let bounds = server.bounds
    let pause: Duration
    do { pause = try backoff.pause(after: failure, bounds) } catch {
      server.noteGivenUp()
      throw error
    }
    if backoff.isNoteworthy, failure.isOutage, bounds.patience > .zero { server.noteOutage(failure.error) }
    try await Task.sleep(for: pause)
  }
}

extension HTTPResponse {
  /// Whether the server, or what stands before it, is away or wants to be left alone.
  package var isOutage: Bool { [429, 502, 503, 504].contains(status) }

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
