public import Diagnostics
internal import Synchronization
public import SystemIO

/// Fetches documents from plain web servers, without credentials.
///
/// It follows redirects and tries again what may pass. One fetcher serves a whole run, from many tasks at once.
public final class HTTPFetcher: Sendable {
  private let transport: HTTPTransport
  private let persistence: Persistence
  private let reporter: any Reporter
  private let plainHTTPAllowed: Bool
  private let servers = Mutex<[String: Server]>([:])

  /// - Parameters:
  ///   - options: What holds for all requests.
  ///   - persistence: How long a server is tried.
  ///   - pool: Where transfers run.
  ///   - reporter: Who is told which server is waited for.
  public init(
    _ options: HTTPOptions, _ persistence: Persistence, pool: BlockingPool, reporter: any Reporter = SilentReporter()
  ) {
    // No server here is the registry that a client certificate could be meant for.
    transport = HTTPTransport(options, host: "", pool: pool)
    self.persistence = persistence
    self.reporter = reporter
    plainHTTPAllowed = !options.tls.verify
  }

  /// - Parameter retries: How often a request is tried again without any progress between the tries.
  public convenience init(_ options: HTTPOptions, retries: Int, pool: BlockingPool) {
    self.init(options, Persistence(retries: retries), pool: pool)
  }

  /// Fetches a document.
  ///
  /// - Parameters:
  ///   - url: Where it lies.
  ///   - accept: The value of `Accept`, if there is one.
  ///   - limit: The greatest size in bytes.
  ///   - what: What it is, as errors name it: `the update graph`.
  /// - Returns: Its bytes, which were not looked at; `nil` if the server says that it has none (404, 410).
  /// - Throws: `network` for a server that cannot be reached or gave up, `protocol` for more than `limit` bytes or a
  ///   redirect that is not allowed, `denied` for one that asks for credentials.
  public func get(_ url: HTTPURL, accept: String? = nil, limit: Int, what: String) async throws -> [UInt8]? {
    try await withRetries(server(of: url)) {
      let response = try await self.send(url, headers: accept.map { ["Accept": $0] } ?? [:]) { head in
        head.status == 200 ? .keep(limit: limit) : .excerpt
      }
      return try self.check(response, what, url) ? response.body : nil
    }
  }

  /// Fetches something as a stream.
  ///
  /// It is tried again only until the first byte has come: what `consume` has seen, it sees once.
  ///
  /// - Parameters:
  ///   - url: Where it lies.
  ///   - what: What it is, as errors name it.
  ///   - limit: The greatest size in bytes, if there is one.
  ///   - consume: Takes each chunk on the transfer's thread, where it may block; what it throws ends the transfer.
  /// - Returns: The number of bytes; `nil` if the server says that it has none (404, 410).
  /// - Throws: As `get` does, and what `consume` throws.
  public func download(
    _ url: HTTPURL, what: String, limit: Int? = nil,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> Int? {
    let taken = Mutex(0)
    // A line that breaks half-way is not for us to mend: the caller knows whether it can begin again.
    return try await withRetries(server(of: url), unless: { taken.withLock { $0 } > 0 }) {
      let response = try await self.send(url) { head in
        guard head.status == 200 else { return .excerpt }
        return .stream { chunk in
          let total = taken.withLock { taken in
            taken += chunk.count
            return taken
          }
          if let limit, total > limit { throw Self.excess(url, what, limit) }
          do { try consume(chunk) } catch { throw CallerFailure(error: error) }
        }
      }
      return try self.check(response, what, url) ? taken.withLock { $0 } : nil
    }
  }

  /// Sends a request to a URL, and to where it is redirected.
  func send(
    _ url: HTTPURL, _ method: HTTPRequest.Method = .get, headers: HTTPHeaders = [:],
    receive: @escaping @Sendable (HTTPResponse.Head) throws -> HTTPResponse.Reception
  ) async throws -> HTTPResponse {
    try await RedirectPolicy.following(url, plainHTTPAllowed: plainHTTPAllowed) { place in
      let response = try await self.transport.send(HTTPRequest(method, place, headers: headers), receive: receive)
      self.server(of: place).note(response)
      return response
    }
  }

  /// What is known of the server of a URL.
  func server(of url: HTTPURL) -> Server {
    servers.withLock { servers in
      if let known = servers[url.authority] { return known }
      let server = Server(url.authority, persistence, reporter)
      servers[url.authority] = server
      return server
    }
  }

  /// Whether an answer has what was asked for; `false` if the server says that it has none.
  func check(_ response: HTTPResponse, _ what: String, _ url: HTTPURL) throws -> Bool {
    switch response.status {
    case 200: return true
    case 404, 410: return false
    default: break
    }
    let failure = Self.failure(response, "\(url.authority) answered \(response.status) for \(what) (\(url))")
    throw response.mayPass ? RetryableFailure(response, failure) : failure
  }

  private static func failure(_ response: HTTPResponse, _ problem: String) -> SealiftError {
    switch response.status {
    case 401, 403:
      SealiftError(.denied, problem, nextStep: "name a server that gives it to everyone, or a copy on disk")
    case 407:
      SealiftError(.denied, problem, nextStep: "put the proxy's user name and password into HTTPS_PROXY")
    case _ where response.mayPass:
      SealiftError(.network, problem, nextStep: "run the command again a little later", isTransient: true)
    default:
      SealiftError(.protocol, problem, nextStep: "check the address, and what answers there")
    }
  }

  private static func excess(_ url: HTTPURL, _ what: String, _ limit: Int) -> SealiftError {
    SealiftError(
      .protocol, "\(what) (\(url)) is larger than \(limit.asBytes)",
      nextStep: "check the address, and what answers there")
  }
}
