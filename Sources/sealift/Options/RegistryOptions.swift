internal import Arguments

/// How registries are reached: the same options for the sources of `pack` and the target of `unpack`.
struct RegistryOptions: Sendable {
  static let source = RegistryOptions(prefix: "src", of: "the source registries")
  static let target = RegistryOptions(prefix: "dest", of: "the target registry")

  static let authfile = Option(
    "authfile", .file(),
    help: "Credentials, as podman and docker write them (default: $REGISTRY_AUTH_FILE, then "
      + "${XDG_RUNTIME_DIR}/containers/auth.json, then ~/.docker/config.json).")
  static let retries = Option("retries", .integer(in: 0...100), help: "How often a failed request is tried again.")
  static let parallel = Option("parallel", .integer(in: 1...64), help: "Transfers at once.")

  let verifyTLS: Option<Bool>
  let authority: Option<String>
  let certificate: Option<String>
  let certificateKey: Option<String>

  private init(prefix: String, of side: String) {
    verifyTLS = Option(
      boolean: "\(prefix)-tls-verify",
      help: "Whether \(side) must have a valid certificate (default true); false allows plain HTTP too.")
    authority = Option(
      "\(prefix)-ca", .file(),
      help: "PEM file of the certificate authority of \(side), beside those in /etc/containers/certs.d.")
    certificate = Option("\(prefix)-cert", .file(), help: "Client certificate in PEM for \(side).")
    certificateKey = Option("\(prefix)-cert-key", .file(), help: "The private key of the client certificate.")
  }

  var group: Group {
    Group(
      "Connection",
      [Self.authfile, verifyTLS, authority, certificate, certificateKey, Self.parallel, Self.retries])
  }

  var rules: [Rule] { [.needs(certificate, certificateKey), .needs(certificateKey, certificate)] }
}
