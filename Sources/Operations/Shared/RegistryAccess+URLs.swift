internal import Diagnostics
internal import HTTPTransport

extension RegistryAccess {
  /// Refuses to fetch what the configuration names from a server that nobody vouches for, unless that is allowed.
  ///
  /// - Throws: `usage` for an `http` URL while certificates are checked.
  func requireAllowed(_ url: HTTPURL) throws(SealiftError) {
    guard url.scheme == "https" || !verifiesTLS else {
      throw SealiftError(
        .usage, "\(url) is not an https URL",
        nextStep: "name an https URL, or pass --src-tls-verify=false if the network is to be trusted")
    }
  }
}
