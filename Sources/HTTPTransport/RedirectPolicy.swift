package import Diagnostics

/// Where a server may send us: with a redirect, with an upload's `Location`, with a token realm.
///
/// A server, or who stands between, must not be able to turn a run on the inside of a network into requests to
/// machines that only the inside can reach, nor take TLS away.
package struct RedirectPolicy: Sendable {
  /// The most redirects that one request follows.
  package static let maximumRedirects = 5

  /// The server that was asked.
  package let origin: HTTPURL
  private let plainHTTPAllowed: Bool

  /// - Parameters:
  ///   - origin: The server that was asked.
  ///   - plainHTTPAllowed: Whether the user does without TLS, so that content may come and go without it.
  package init(origin: HTTPURL, plainHTTPAllowed: Bool = false) {
    self.origin = origin
    self.plainHTTPAllowed = plainHTTPAllowed
  }

  /// The place that a server names.
  ///
  /// A registry behind a proxy that ends TLS often takes itself for a plain one: its own address is then asked by TLS.
  ///
  /// - Parameters:
  ///   - text: Its URL, or a part of one.
  ///   - url: What a part is relative to.
  ///   - what: What is sent there, as errors name it.
  /// - Throws: `protocol` for a place that is not allowed.
  package func place(_ text: String, after url: HTTPURL, _ what: String) throws(SealiftError) -> HTTPURL {
    let named = try HTTPURL(text, relativeTo: url)
    let target = isPlainOrigin(named) ? try named.moved(to: origin) : named
    try check(target, what)
    return target
  }

  private func isPlainOrigin(_ target: HTTPURL) -> Bool {
    guard origin.scheme == "https", target.scheme == "http", target.host == origin.host else { return false }
    return target.port == origin.port || (target.port == 80 && origin.port == 443 && !plainHTTPAllowed)
  }

  /// - Throws: `protocol` for a place that is not allowed.
  package func check(_ target: HTTPURL, _ what: String) throws(SealiftError) {
    if target.scheme != "https", !plainHTTPAllowed, origin.scheme == "https" || target.host != origin.host {
      throw refusal(target, what, "which is not https")
    }
    let isForeign = target.host != origin.host && NetworkAddress.isLinkLocal(target.host)
    if isForeign || NetworkAddress.isLocal(target.host) && !NetworkAddress.isLocal(origin.host) {
      throw refusal(target, what, "which is an address inside this network")
    }
  }

  /// Sends a request of GET or HEAD, and sends it again to where the answer redirects it.
  ///
  /// - Parameters:
  ///   - url: Where it goes first.
  ///   - plainHTTPAllowed: Whether a redirect may lead to plain HTTP.
  ///   - send: Sends it to a place that is allowed.
  /// - Throws: `protocol` for a place that is not allowed, and for too many of them.
  package static nonisolated(nonsending) func following(
    _ url: HTTPURL, plainHTTPAllowed: Bool = false, _ send: (HTTPURL) async throws -> HTTPResponse
  ) async throws -> HTTPResponse {
    var place = url
    for _ in 0...maximumRedirects {
      let response = try await send(place)
      guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["Location"] else {
        return response
      }
      // From the place itself: what was https once stays https, and what was public stays public.
      place = try RedirectPolicy(origin: place, plainHTTPAllowed: plainHTTPAllowed)
        .place(location, after: place, "a request for \(place.path)")
    }
    throw SealiftError(
      .protocol, "\(url.authority) redirects more than \(maximumRedirects) times",
      nextStep: "look at the server's configuration")
  }

  private func refusal(_ target: HTTPURL, _ what: String, _ why: String) -> SealiftError {
    SealiftError(
      .protocol, "\(origin.authority) answers \(what) with \(target), \(why)",
      nextStep: "name the server by the address it really has, or look at what answers there")
  }
}
