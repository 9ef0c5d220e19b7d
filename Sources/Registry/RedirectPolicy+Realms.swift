internal import HTTPTransport

extension RedirectPolicy {
  /// Whether credentials for the registry may go to a token realm.
  ///
  /// The same registrable domain will do: `registry-1.docker.io` has its realm at `auth.docker.io`. Without the list of
  /// public suffixes that means two labels in common, three below names like `co.uk`.
  func mayAuthenticate(at realm: HTTPURL) -> Bool {
    if realm.host == origin.host { return true }
    guard !NetworkAddress.isLocal(realm.host), !NetworkAddress.isLocal(origin.host) else { return false }
    guard let domain = Self.registrableDomain(of: origin.host) else { return false }
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
}
