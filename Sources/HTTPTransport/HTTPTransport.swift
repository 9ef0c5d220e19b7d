internal import CCurl
internal import Diagnostics
public import SystemIO
internal import Synchronization

/// What holds for all requests of one transport.
public struct HTTPOptions: Sendable {
  /// Whom TLS connections trust.
  public var tls: TLSOptions
  /// Which requests go through a proxy.
  public var proxies: ProxySettings
  /// The `User-Agent` header.
  public var userAgent: String
  /// How long a connection may take to stand, in seconds.
  public var connectSeconds: Double
  /// After how many seconds without progress a transfer fails; there is no limit to the whole.
  public var stallSeconds: Double
  /// How many requests that move no content may be under way at each host.
  public var requestsAtOnce: Int
  /// Counts the requests, if somebody wants to know.
  public var count: RequestCount?

  /// Makes options.
  public init(
    tls: TLSOptions = TLSOptions(), proxies: ProxySettings = ProxySettings(environment: [:]),
    userAgent: String = "sealift", connectSeconds: Double = 30, stallSeconds: Double = 60,
    requestsAtOnce: Int = Lanes.manyRequests, count: RequestCount? = nil
  ) {
    self.tls = tls
    self.proxies = proxies
    self.userAgent = userAgent
    self.connectSeconds = connectSeconds
    self.stallSeconds = stallSeconds
    self.requestsAtOnce = requestsAtOnce
    self.count = count
  }
}

/// Sends HTTP requests, each one as a blocking transfer on a thread of a pool.
///
/// Bodies stream both ways without buffers of our own: a slow reader or sink slows the peer. Redirects are not
/// followed and nothing is retried: that is for the caller, who knows which credentials belong where.
///
/// It speaks HTTP/1.1, and does not offer HTTP/2 to servers that have it, so that none of its faults can occur. Of 800 small
/// answers over TLS, 64 connections bring all in 1.34 s on a line of 80 ms, where 64 streams of one connection take 1.5 s;
/// on one of 20 ms it is 0.43 s against 0.38 s. And a packet that is lost holds up one answer, not 64.
public final class HTTPTransport: Sendable {
  private let options: HTTPOptions
  private let registryHost: String
  private let pool: BlockingPool
  // The handles that no request uses, by the host that they have a connection to. The last one used is taken first: its
  // connection is the freshest.
  private let idle = Mutex<[String: [CurlHandle]]>([:])
  // Made for the first handle.
  private let share = Mutex<CurlShare?>(nil)
  private let unasked = Unasked()
  private let hosts = Mutex<[String: HostTLS]>([:])
  private let windows = Mutex<[String: RequestWindow]>([:])

  /// - Parameters:
  ///   - options: What holds for all requests.
  ///   - host: `host[:port]` of the registry; only it gets to see a client certificate that was given for it.
  ///   - pool: Where transfers run.
  public init(_ options: HTTPOptions, host: String, pool: BlockingPool) {
    self.options = options
    registryHost = host.lowercased()
    self.pool = pool
  }

  /// Sends a request and waits for the answer, whatever its status is.
  ///
  /// - Parameters:
  ///   - request: The request.
  ///   - receive: Decides from the head what becomes of the body; called on the transfer's thread.
  /// - Throws: `network` for what happened on the way (`isTransient` where a retry may help), `protocol` for an answer
  ///   beyond a limit, `CancellationError`, and what `receive`, a sink or a reader threw.
  public func send(
    _ request: HTTPRequest,
    receive: @escaping @Sendable (HTTPResponse.Head) throws -> HTTPResponse.Reception = { _ in .excerpt }
  ) async throws -> HTTPResponse {
    let window = window(of: request.url)
    options.count?.add()
    let place = try await window.enter(movingContent: request.movesContent)
    do { return try await transfer(request, place, receive) } catch {
      place.leave(RequestWindow.Outcome(error))
      throw error
    }
  }

  private func window(of url: HTTPURL) -> RequestWindow {
    windows.withLock { windows in
      if let known = windows[url.authority] { return known }
      let window = RequestWindow(limit: options.requestsAtOnce)
      windows[url.authority] = window
      return window
    }
  }

  private func transfer(
    _ request: HTTPRequest, _ place: RequestWindow.Place,
    _ receive: @escaping @Sendable (HTTPResponse.Head) throws -> HTTPResponse.Reception
  ) async throws -> HTTPResponse {
    try await pool.runCancellable { flag in
      try flag.check()
      let handle = try self.takeHandle(for: request.url)
      defer { self.idle.withLock { $0[request.url.authority, default: []].append(handle) } }
      // What comes after the head may take as long as it likes.
      let receive = { @Sendable (head: HTTPResponse.Head) throws -> HTTPResponse.Reception in
        place.leave(RequestWindow.Outcome(head, handle))
        return try receive(head)
      }
      let asks = Expectation.isWorthwhile(request) && !self.unasked.contains(request.url)
      if asks, let response = try self.perform(request, asks: true, flag, receive, on: handle) { return response }
      guard let response = try self.perform(request, asks: false, flag, receive, on: handle) else {
        throw SealiftError(
          .internal, "\(request.url) refused a question that it was not asked", nextStep: "report this")
      }
      return response
    }
  }

  private func takeHandle(for url: HTTPURL) throws(SealiftError) -> CurlHandle {
    if let handle = idle.withLock({ $0[url.authority]?.popLast() }) { return handle }
    return try CurlHandle(
      try share.withLock { share throws(SealiftError) in
        if let share { return share }
        let made = try CurlShare()
        share = made
        return made
      })
  }

  /// - Returns: `nil` if the server does not take the question whether the body is wanted, which was not sent then.
  private func perform(
    _ request: HTTPRequest, asks: Bool, _ flag: CancellationFlag,
    _ receive: @escaping @Sendable (HTTPResponse.Head) throws -> HTTPResponse.Reception, on handle: CurlHandle
  ) throws -> HTTPResponse? {
    let exchange = try Exchange(
      request, asks: asks, stallSeconds: options.stallSeconds, flag, receive: receive)
    handle.reset()
    // libcurl asks by itself, also for the smallest body.
    let lines = HeaderLines(try headerLines(of: request) + [asks ? "Expect: 100-continue" : "Expect:"])
    handle.set(CURLOPT_EXPECT_100_TIMEOUT_MS, Expectation.patience)
    setRequest(request, exchange, lines, on: handle)
    setConnection(for: request, on: handle)
    if request.url.scheme == "https" { try setTLS(for: request.url, on: handle) }
    let code = withExtendedLifetime(exchange) { handle.perform() }
    unasked.learn(exchange, with: request.url)
    if exchange.expectation == .refused { return nil }
    if let failure = exchange.failure { throw failure }
    guard code == CURLE_OK || exchange.hasEnough, let head = exchange.head else {
      throw SealiftError.transfer(
        code, reason: handle.failureReason, hasStalled: exchange.hasStalled, host: request.url.authority,
        usesProxy: options.proxies.proxy(for: request.url) != nil)
    }
    return HTTPResponse(head: head, body: exchange.body, retryAfter: handle.retryAfter)
  }

  private func headerLines(of request: HTTPRequest) throws(SealiftError) -> [String] {
    var lines = request.headers.lines
    if let authorization = request.authorization { lines.append("Authorization: \(authorization.value)") }
    // Parts of both can come from a server; a line break would begin a field of its own.
    guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else {
      throw SealiftError(
        .protocol, "a header for \(request.url.authority) would hold a control character",
        nextStep: "check the credentials, and what the token server sends")
    }
    return lines
  }

  private func setRequest(
    _ request: HTTPRequest, _ exchange: Exchange, _ lines: borrowing HeaderLines, on handle: CurlHandle
  ) {
    handle.set(CURLOPT_URL, request.url.text)
    handle.set(CURLOPT_HTTPHEADER, lines)
    handle.set(CURLOPT_USERAGENT, options.userAgent)
    handle.set(exchange)
    switch request.method {
    case .get: handle.set(CURLOPT_HTTPGET, 1)
    case .head: handle.set(CURLOPT_NOBODY, 1)
    default: handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
    if let length = exchange.length {
      handle.set(CURLOPT_UPLOAD, 1)
      handle.setOffset(CURLOPT_INFILESIZE_LARGE, length)
      handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
  }

  private func setConnection(for request: HTTPRequest, on handle: CurlHandle) {
    handle.set(CURLOPT_PROTOCOLS_STR, "https,http")
    handle.set(CURLOPT_FOLLOWLOCATION, 0)
    // HTTP/2 is never offered: see above.
    handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    handle.set(CURLOPT_PATH_AS_IS, 1)
    handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(options.connectSeconds * 1000))
    // Of the many that wait for small answers each would have both.
    if request.movesContent {
      handle.set(CURLOPT_BUFFERSIZE, 512 << 10)
      handle.set(CURLOPT_UPLOAD_BUFFERSIZE, 1 << 20)
    }
    handle.set(CURLOPT_TCP_KEEPALIVE, 1)
    handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    // Empty strings: libcurl reads the environment where nothing is set.
    handle.set(CURLOPT_PROXY, options.proxies.proxy(for: request.url)?.value ?? "")
    handle.set(CURLOPT_NOPROXY, options.proxies.exceptions(for: request.url))
  }

  private func setTLS(for url: HTTPURL, on handle: CurlHandle) throws(SealiftError) {
    let tls = try hostTLS(for: url)
    if let trust = tls.trust {
      try handle.set(trust)
    } else {
      handle.set(CURLOPT_SSL_VERIFYPEER, 0)
      handle.set(CURLOPT_SSL_VERIFYHOST, 0)
    }
    handle.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let client = tls.clientCertificate {
      handle.set(CURLOPT_SSLCERT, client.certificate)
      handle.set(CURLOPT_SSLKEY, client.key)
    }
  }

  private func hostTLS(for url: HTTPURL) throws(SealiftError) -> HostTLS {
    let name = "\(url.host):\(url.port)"
    let isRegistry = url.authority == registryHost || name == registryHost
    // Under the lock: many that begin at once need it once.
    return try hosts.withLock { hosts throws(SealiftError) in
      if let known = hosts[name] { return known }
      let found = try HostTLS(options.tls, host: url.host, port: url.port, isRegistry: isRegistry)
      hosts[name] = found
      return found
    }
  }
}
