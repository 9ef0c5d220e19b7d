internal import Diagnostics
internal import HTTPTransport

/// Where a registry may send us: with a redirect, with an upload's `Location`, with a token realm.
///
/// A registry, or who stands between, must not be able to turn a run on the inside of a network into requests to
/// machines that only the inside can reach, nor take TLS away.
struct RedirectPolicy: Sendable {
  /// The most redirects that one request follows.
  static let maximumRedirects = 5

  /// The registry itself.
  let registry: HTTPURL

  /// - Throws: `protocol` for a place that is not allowed.
  func check(_ target: HTTPURL, _ what: String) throws(SealiftError) {
    if target.scheme != "https", registry.scheme == "https" || target.host != registry.host {
      throw refusal(target, what, "which is not https")
    }
    if NetworkAddress.isLocal(target.host), !NetworkAddress.isLocal(registry.host) {
      throw refusal(target, what, "which is an address inside this network")
    }
  }

  /// Whether credentials for the registry may go to a token realm.
  ///
  /// The same registrable domain will do: `registry-1.docker.io` has its realm at `auth.docker.io`. Without the list of
  /// public suffixes that means two labels in common, three below names like `co.uk`.
  func mayAuthenticate(at realm: HTTPURL) -> Bool {
    if realm.host == registry.host { return true }
    guard !NetworkAddress.isLocal(realm.host), !NetworkAddress.isLocal(registry.host) else { return false }
    guard let domain = Self.registrableDomain(of: registry.host) else { return false }
    return Self.registrableDomain(of: realm.host) == domain
  }

  private static func registrableDomain(of host: String) -> String? {
    let labels = host.split(separator: ".")
    // An address has no domain: its last label is a number, or it has colons.
    guard labels.count >= 2, let last = labels.last, Int(last) == nil, !host.contains(":") else { return nil }
    let isCountrySuffix = last.count == 2 && labels[labels.count - 2].count <= 3
    let wanted = isCountrySuffix ? 3 : 2
    return labels.count >= wanted ? labels.suffix(wanted).joined(separator: ".") : nil
  }

  private func refusal(_ target: HTTPURL, _ what: String, _ why: String) -> SealiftError {
    SealiftError(
      .protocol, "\(registry.authority) answers \(what) with \(target), \(why)",
      nextStep: "name the registry by the address it really has, or look at what answers there")
  }
}
