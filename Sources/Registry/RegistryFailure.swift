internal import Diagnostics
internal import HTTPTransport

extension HTTPResponse {
  /// What to throw for an answer that was not expected; a retry is asked for where it may help.
  func error(_ subject: String, host: String, _ purpose: Purpose = .pull) -> any Error {
    let failure = failure(subject, host: host, purpose)
    return mayPass ? RetryableFailure(self, failure) : failure
  }

  /// Whether credentials may change the answer: some hide what they have from who is nobody.
  func asksForAuthorization(of request: HTTPRequest) -> Bool {
    status == 401 || (request.authorization == nil && (status == 403 || status == 404))
  }

  /// The error for an answer that was not expected.
  ///
  /// - Parameters:
  ///   - subject: What was asked for: `manifest registry/app:v1`.
  ///   - host: The registry, or who answered in its place.
  private func failure(_ subject: String, host: String, _ purpose: Purpose) -> SealiftError {
    let said = reason
    let problem = "\(host) answered \(status) for \(subject)\(said.map { ": \($0)" } ?? "")"
    if let refusal = Refusal(self, said ?? "", purpose) { return error(problem, refusal, host: host) }
    switch status {
    case 401, 403:
      let depth = purpose.deepRepository.map {
        "; if \(host) takes no repository as deep as \($0), pass --max-nested-paths 2"
      }
      return SealiftError(
        .denied, problem, nextStep: "log in to \(host) with an account that may do this\(depth ?? "")")
    case 404:
      return SealiftError(.notFound, problem, nextStep: "check the name, and that \(host) has it")
    case 407:
      return SealiftError(.denied, problem, nextStep: "put the proxy's user name and password into HTTPS_PROXY")
    case 413:
      return SealiftError(
        .denied, problem,
        nextStep: "raise the size limit of the proxy in front of \(host) (client_max_body_size of nginx)")
    case 429:
      return SealiftError(
        .network, problem, nextStep: "wait, log in for a higher limit, or lower the parallelism", isTransient: true)
    case _ where mayPass:
      return SealiftError(.network, problem, nextStep: "look at the registry's log, then run again", isTransient: true)
    default:
      return SealiftError(.protocol, problem, nextStep: "look at the registry's log")
    }
  }

  private func error(_ problem: String, _ refusal: Refusal, host: String) -> SealiftError {
    switch refusal {
    case .readOnly:
      SealiftError(
        mayPass ? .network : .denied, "\(problem): it is read-only, or a pull-through cache",
        nextStep: "have \(host) made writable, or unpack into the registry that it stands before", isTransient: mayPass)
    case .full:
      SealiftError(
        mayPass ? .network : .denied, problem,
        nextStep: "make room at \(host) or have its quota raised, and run the same command again", isTransient: mayPass)
    case .immutable(let tag):
      SealiftError(
        .denied, problem,
        nextStep:
          "if \(host) lets no tag move, delete \(tag) there first, or unpack below another prefix (\(host)/PREFIX)")
    case .missingRepository:
      SealiftError(.notFound, problem, nextStep: "make the repository there first: \(host) makes none on push")
    case .tooDeep(let repository):
      SealiftError(
        .protocol, problem,
        nextStep: "if \(host) takes no repository as deep as \(repository), pass --max-nested-paths 2")
    }
  }
}
