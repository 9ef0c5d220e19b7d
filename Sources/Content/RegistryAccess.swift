public import Diagnostics
public import HTTPTransport
public import Registry
public import SystemIO

/// How the registries of one side are reached.
public struct RegistryAccess: Sendable {
  /// The variables that say where credentials, proxies and temporary files are.
  public var environment: [String: String]
  /// The file with credentials; where it is `nil`, the usual places are looked at.
  public var authFile: String?
  /// Whether TLS certificates are checked; `false` also allows plain HTTP.
  public var verifiesTLS = true
  /// A file with further CA certificates.
  public var caFile: String?
  /// The paths of a client certificate and its key.
  public var clientCertificate: (certificate: String, key: String)?
  /// A file with settings of registries, of which mirrors are the most wanted; where it is `nil`, the usual places are
  /// looked at.
  public var registriesFile: String?
  /// How often a request is tried again.
  public var retries = 5
  /// How long a registry or a server that has answered before is waited for when it is away.
  public var patience: Duration = .seconds(300)
  /// How many requests that move no content each registry is sent at once, at most.
  public var requestsAtOnce = Lanes.manyRequests
  private let requests = RequestCount()
  /// The size of upload chunks; `nil` sends each blob as a whole where the registry takes it.
  public var chunkBytes: Int?

  /// - Parameter environment: The variables of the process.
  public init(environment: [String: String]) { self.environment = environment }

  /// How many requests were sent so far, to all servers.
  public var requestsSent: Int { requests.value }

  /// A client for one registry.
  ///
  /// - Parameters:
  ///   - verifiesTLS: Whether its certificate is checked; where it is `nil`, as it is for all.
  ///   - isTarget: Whether images go there.
  public func client(
    for host: String, verifiesTLS: Bool? = nil, isTarget: Bool = false, pool: BlockingPool, reporter: any Reporter
  ) throws(SealiftError) -> RegistryClient {
    let verifiesTLS = verifiesTLS ?? self.verifiesTLS
    var options = RegistryOptions(pool: pool)
    let certificate = clientCertificate.map { TLSOptions.ClientCertificate(certificate: $0.certificate, key: $0.key) }
    options.tls = TLSOptions(
      verify: verifiesTLS, systemFile: systemFile, caFile: caFile, clientCertificate: certificate)
    options.plainHTTPAllowed = !verifiesTLS
    options.credentials = try Credentials(authFile: authFile, environment: environment)
    options.isTarget = isTarget
    options.reporter = reporter
    options.persistence = Persistence(retries: retries, patience: patience)
    options.chunkBytes = chunkBytes
    options.requestsAtOnce = requestsAtOnce
    options.count = requests
    options.proxies = ProxySettings(environment: environment)
    options.userAgent = "sealift/\(Version.current)"
    return RegistryClient(host, options: options)
  }

  /// Source: openssl-verification-options(1), `SSL_CERT_FILE`.
  private var systemFile: String? { environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 } }

  /// What fetches plain documents, without credentials.
  public func fetcher(pool: BlockingPool, reporter: any Reporter) -> HTTPFetcher {
    let options = HTTPOptions(
      tls: TLSOptions(verify: verifiesTLS, systemFile: systemFile, caFile: caFile),
      proxies: ProxySettings(environment: environment), userAgent: "sealift/\(Version.current)",
      requestsAtOnce: requestsAtOnce, count: requests)
    return HTTPFetcher(
      options, Persistence(retries: retries, patience: patience), pool: pool, reporter: reporter)
  }
}
