public import Diagnostics
public import HTTPTransport
public import SystemIO

/// How a registry is spoken to.
public struct RegistryOptions: Sendable {
  /// Where transfers run; one pool serves all clients of a run.
  public var pool: BlockingPool
  /// Where credentials come from.
  public var credentials: any CredentialSource
  /// Whom TLS connections trust.
  public var tls: TLSOptions
  /// Whether plain HTTP is used where the registry has no TLS; it takes effect only where `tls.verify` is `false`.
  public var plainHTTPAllowed: Bool
  /// Whether images go there: all tokens are then asked for with the right to push.
  public var isTarget: Bool
  /// Who is told what the registry does in a way of its own.
  public var reporter: any Reporter
  /// How long the registry is tried before it is given up.
  public var persistence: Persistence
  /// The size of upload chunks in bytes; `nil` sends a blob as a whole where the registry takes it.
  public var chunkBytes: Int?
  /// Which requests go through a proxy.
  public var proxies: ProxySettings
  /// The `User-Agent` header.
  public var userAgent: String
  /// How long a connection may take to stand, in seconds.
  public var connectSeconds: Double
  /// After how many seconds without progress a transfer fails and is tried again.
  public var stallSeconds: Double
  /// How many requests that move no content may be under way at once.
  public var requestsAtOnce: Int
  /// Counts the requests, if somebody wants to know.
  public var count: RequestCount?

  /// Makes options: anonymous, TLS that the system trusts, no proxy, five retries.
  public init(pool: BlockingPool) {
    self.pool = pool
    credentials = NoCredentials()
    tls = TLSOptions()
    plainHTTPAllowed = false
    isTarget = false
    reporter = SilentReporter()
    persistence = Persistence(retries: 5)
    proxies = ProxySettings(environment: [:])
    userAgent = "sealift"
    connectSeconds = 30
    stallSeconds = 60
    requestsAtOnce = Lanes.manyRequests
  }
}
