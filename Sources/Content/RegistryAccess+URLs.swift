public import Diagnostics
public import HTTPTransport

extension RegistryAccess {
  /// Whether what the configuration names may be fetched from there: somebody vouches for the server, or need not.
  public func allows(_ url: HTTPURL) -> Bool { url.scheme == "https" || !verifiesTLS }

  /// Refuses to fetch what the configuration names from a server that nobody vouches for, unless that is allowed.
  ///
  /// - Throws: `usage` for an `http` URL while certificates are checked.
  public func requireAllowed(_ url: HTTPURL) throws(SealiftError) {
    guard allows(url) else {
      throw SealiftError(
        .usage, "\(url) is not an https URL",
        nextStep: "name an https URL, or pass --src-tls-verify=false if the network is to be trusted")
    }
  }
}
