internal import Diagnostics
internal import HTTPTransport
internal import JSON

extension HTTPResponse {
  /// What to throw for an answer that was not expected; a retry is asked for where it may help.
  func error(_ subject: String, host: String) -> any Error {
    let failure = failure(subject, host: host)
    return mayPass ? RetryableFailure(error: failure, retryAfter: retryAfter) : failure
  }

  /// The error for an answer that was not expected.
  ///
  /// - Parameters:
  ///   - subject: What was asked for: `manifest registry/app:v1`.
  ///   - host: The registry, or who answered in its place.
  private func failure(_ subject: String, host: String) -> SealiftError {
    let said = reason.map { ": \($0)" } ?? ""
    let problem = "\(host) answered \(status) for \(subject)\(said)"
    switch status {
    case 401, 403:
      return SealiftError(.denied, problem, nextStep: "log in to \(host) with an account that may do this")
    case 404:
      return SealiftError(.notFound, problem, nextStep: "check the name, and that \(host) has it")
    case 407:
      return SealiftError(.denied, problem, nextStep: "put the proxy's user name and password into HTTPS_PROXY")
    case 413:
      return SealiftError(.network, problem, nextStep: "raise the size limit of the proxy in front of \(host)")
    case 429:
      return SealiftError(
        .network, problem, nextStep: "wait, log in for a higher limit, or lower the parallelism", isTransient: true)
    case _ where mayPass:
      return SealiftError(.network, problem, nextStep: "look at the registry's log, then run again", isTransient: true)
    default:
      return SealiftError(.protocol, problem, nextStep: "look at the registry's log")
    }
  }

  // More of a server's own words helps nobody.
  private static let maximumReasonBytes = 300

  /// The registry's own words: the first error of the list, if the body is one.
  ///
  /// Source: OCI distribution-spec, "Error Codes".
  private var reason: String? {
    guard let value = try? JSONReader.value(body, source: "error"), let first = value["errors"]?.elements?.first
    else { return nil }
    let parts = [first["code"]?.text, first["message"]?.text].compactMap(\.self)
    return parts.isEmpty ? nil : String(parts.joined(separator: ", ").prefix(Self.maximumReasonBytes))
  }
}
