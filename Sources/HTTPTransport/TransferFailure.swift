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
    if let refusal = refusal(detail, host) { return refusal }
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
        nextStep: "check that it serves https",
        // The words of a connection that went away under the handshake, rather than a handshake that failed.
        isTransient: detail.contains("SSL_connect"))
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

  /// What a proxy or a server refuses for good, which libcurl tells only by its words.
  private static func refusal(_ detail: String, _ host: String) -> SealiftError? {
    // Some proxies say 401 where 407 would be right.
    let isUnknown = ["tunnel failed, response 407", "tunnel failed, response 401", "code 407 from proxy"]
    if isUnknown.contains(where: { detail.contains($0) }) {
      return SealiftError(
        .denied, "the proxy on the way to \(host) asks for a user name and a password",
        nextStep: "put them into HTTPS_PROXY, or name the host in NO_PROXY")
    }
    if detail.contains("tunnel failed, response 4") || detail.contains("code 403 from proxy") {
      return SealiftError(
        .denied, "the proxy refuses connections to \(host): \(detail)",
        nextStep: "name the host in NO_PROXY, or ask the proxy's owner to allow it")
    }
    if detail.contains("alert certificate required") || detail.contains("alert bad certificate") {
      return SealiftError(
        .denied, "\(host) asks for a client certificate: \(detail)",
        nextStep: "put one into /etc/containers/certs.d/\(host)/client.cert, and its key into client.key")
    }
    return nil
  }
}
