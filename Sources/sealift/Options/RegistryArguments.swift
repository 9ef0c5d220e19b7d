internal import Arguments
internal import Content

/// How registries are reached: the same options for the sources of `pack` and the target of `unpack`.
struct RegistryArguments: Sendable {
  static let source = RegistryArguments(prefix: "src", side: "the source registries")
  static let target = RegistryArguments(prefix: "dest", side: "the target registry")

  private static let defaults = RegistryAccess(environment: [:])

  static let authFile = Option(
    "authfile", .file(),
    help: "Credentials as podman and docker write them (default: $REGISTRY_AUTH_FILE, then "
      + "${XDG_RUNTIME_DIR}/containers/auth.json, ~/.docker/config.json and others).")
  static let registriesFile = Option(
    "registries-conf", .file(),
    help: "Mirrors and other settings of registries, as podman has them (default: $CONTAINERS_REGISTRIES_CONF, then "
      + "~/.config/containers/registries.conf, then /etc/containers/registries.conf, with registries.conf.d).")
  static let retries = Option(
    "retries", .integer(in: 0...100),
    help: "How often a request is tried again without progress (default \(defaults.retries)).")
  static let patience = Option(
    "patience", .duration(upTo: 24),
    help: "How long a server that has answered before is waited for (default 5m; none with --retries alone).")

  static let requests = Option(
    "requests", .integer(in: 1...256),
    help: "Requests without content at once, at most, at each server (default \(defaults.requestsAtOnce)); fewer where "
      + "it answers no sooner for more.")

  let verifyTLS: Option<Bool>
  let authority: Option<String>
  let certificate: Option<String>
  let certificateKey: Option<String>
  private let isSource: Bool

  private init(prefix: String, side: String) {
    isSource = prefix == "src"
    verifyTLS = Option(
      boolean: "\(prefix)-tls-verify",
      help: "Whether \(side) must have a valid certificate (default true); false allows plain HTTP too.")
    authority = Option(
      "\(prefix)-ca", .file(),
      help: "PEM file of the certificate authority of \(side), beside /etc/containers/certs.d.")
    certificate = Option("\(prefix)-cert", .file(), help: "Client certificate in PEM for \(side).")
    certificateKey = Option("\(prefix)-cert-key", .file(), help: "The private key of the client certificate.")
  }

  /// The group of the help screen; `more` stands last.
  func group(_ more: any Declaration...) -> Group {
    Group(
      "Connection",
      [Self.authFile, verifyTLS, authority, certificate, certificateKey] + (isSource ? [Self.registriesFile] : [])
        + [Self.retries, Self.patience, Self.requests] + more)
  }

  var rules: [Rule] { [.needs(certificate, certificateKey), .needs(certificateKey, certificate)] }

  func access(_ arguments: ParsedArguments, _ context: Context) -> RegistryAccess {
    var access = RegistryAccess(environment: context.environment)
    access.authFile = arguments[Self.authFile]
    access.retries = arguments[Self.retries] ?? access.retries
    // Who counts the tries wants no more than these.
    access.requestsAtOnce = arguments[Self.requests] ?? access.requestsAtOnce
    access.patience = arguments[Self.patience] ?? (arguments[Self.retries] == nil ? access.patience : .zero)
    access.verifiesTLS = arguments[verifyTLS] ?? access.verifiesTLS
    access.caFile = arguments[authority]
    if isSource { access.registriesFile = arguments[Self.registriesFile] }
    if let certificate = arguments[certificate], let key = arguments[certificateKey] {
      access.clientCertificate = (certificate, key)
    }
    return access
  }
}
