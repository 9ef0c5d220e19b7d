internal import Diagnostics
internal import Synchronization
public import SystemIO

/// Fetches documents from plain web servers, without credentials.
///
/// It follows redirects and tries again what may pass. One fetcher serves a whole run, from many tasks at once.
public final class HTTPFetcher: Sendable {
  private let transport: HTTPTransport
  private let retries: Int
  // The servers that have answered once.
  private let known = Mutex<Set<String>>([])

  /// - Parameters:
  ///   - options: What holds for all requests.
  ///   - retries: How often a request is tried again without any progress between the tries.
  ///   - pool: Where transfers run.
  public init(_ options: HTTPOptions, retries: Int, pool: BlockingPool) {
    // No server here is the registry that a client certificate could be meant for.
    transport = HTTPTransport(options, host: "", pool: pool)
    self.retries = retries
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
    try await withRetries(limit: { self.retries(of: url) }) {
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
    return try await withRetries(limit: { taken.withLock { $0 } == 0 ? self.retries(of: url) : 0 }) {
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
    try await RedirectPolicy.following(url) { place in
      let response = try await self.transport.send(HTTPRequest(method, place, headers: headers), receive: receive)
      _ = self.known.withLock { $0.insert(place.authority) }
      return response
    }
  }

  /// How often a request is tried again: a name that is wrong from the start need not be tried as long as a line that
  /// broke.
  func retries(of url: HTTPURL) -> Int {
    known.withLock { $0.contains(url.authority) } ? retries : min(retries, 1)
  }

  /// Whether an answer has what was asked for; `false` if the server says that it has none.
  func check(_ response: HTTPResponse, _ what: String, _ url: HTTPURL) throws -> Bool {
    switch response.status {
    case 200: return true
    case 404, 410: return false
    default: break
    }
    let failure = Self.failure(response, "\(url.authority) answered \(response.status) for \(what) (\(url))")
    throw response.mayPass ? RetryableFailure(error: failure, retryAfter: response.retryAfter) : failure
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
