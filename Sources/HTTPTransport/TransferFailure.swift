internal import CCurl
internal import Diagnostics

extension SealiftError {
  /// What a transfer that libcurl could not finish means to the person who waits for it.
  static func transfer(
    _ code: CURLcode, reason: String, hasStalled: Bool, host: String, usesProxy: Bool
  ) -> SealiftError {
    let detail = reason.isEmpty ? String(cString: curl_easy_strerror(code)) : reason
    let reach = usesProxy ? "check the proxy (HTTPS_PROXY, NO_PROXY) and the network" : "check the host and the network"
    if hasStalled {
      return SealiftError(
        .network, "\(host) stopped sending and receiving", nextStep: "check the network, then run the command again",
        isTransient: true)
    }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      return SealiftError(
        .network, "\(host) cannot be reached: \(detail)", nextStep: "check the name and this machine's DNS",
        isTransient: true)
    case CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_PROXY:
      return SealiftError(.network, "\(host) cannot be reached: \(detail)", nextStep: reach, isTransient: true)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
      return SealiftError(
        .network, "the certificate of \(host) is not trusted: \(detail)",
        nextStep: "put its CA's certificate into /etc/containers/certs.d/\(host)/ca.crt")
    case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_NOTFOUND:
      return SealiftError(
        .configuration, "a certificate or key for \(host) cannot be used: \(detail)",
        nextStep: "check that the files are PEM and belong together")
    case CURLE_SSL_CONNECT_ERROR:
      return SealiftError(
        .network, "no TLS connection to \(host): \(detail)",
        nextStep: "check that it serves https, and whether it asks for a client certificate")
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return SealiftError(.protocol, "\(host) gave a URL that cannot be used", nextStep: "look at the server")
    case CURLE_OUT_OF_MEMORY:
      return SealiftError(.internal, "out of memory", nextStep: "use fewer parallel transfers")
    default:
      // Among these: resets, bodies that end early, malformed answers.
      return SealiftError(
        .network, "the connection to \(host) broke: \(detail)", nextStep: "run the command again", isTransient: true)
    }
  }
}
