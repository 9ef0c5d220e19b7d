/// Which proxy a request goes through, by the usual variables.
///
/// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count, and before them their names in lower case.
public struct ProxySettings: Sendable {
  private let https: Secret?
  private let http: Secret?
  private let exceptions: [String]

  /// Takes the settings from an environment; an empty one means no proxy.
  public init(environment: [String: String]) {
    func variable(_ name: String) -> String? {
      let value = environment[name.lowercased()] ?? environment[name]
      return value.flatMap { $0.isEmpty ? nil : $0 }
    }
    // The URL of a proxy can hold a password.
    https = (variable("HTTPS_PROXY") ?? variable("ALL_PROXY")).map(Secret.init)
    http = (variable("HTTP_PROXY") ?? variable("ALL_PROXY")).map(Secret.init)
    exceptions = (variable("NO_PROXY") ?? "").split { $0 == "," || $0 == " " }.map(String.init)
  }

  /// The URL of the proxy for a request, before `exceptions(for:)` are looked at.
  func proxy(for url: HTTPURL) -> Secret? { url.scheme == "https" ? https : http }

  /// The hosts that are reached without a proxy, in the form in which libcurl takes them.
  ///
  /// An entry with a port counts for that port; `*.example.com` means what `.example.com` means.
  func exceptions(for url: HTTPURL) -> String {
    exceptions.compactMap { entry in
      let name = entry.hasPrefix("*.") ? String(entry.dropFirst()) : entry
      guard let colon = name.lastIndex(of: ":"), name.firstIndex(of: ":") == colon || name.contains("]:") else {
        return name
      }
      return Int(name[name.index(after: colon)...]) == url.port ? String(name[..<colon]) : nil
    }.joined(separator: ",")
  }
}
