internal import Diagnostics
internal import Digests
internal import HTTPTransport
public import OCI
internal import Synchronization

/// One registry, spoken to by the distribution API.
///
/// It retries what may pass, answers challenges, follows redirects, and remembers what the registry can do: one client
/// per registry serves a whole run, from many tasks at once.
///
/// Source: OCI distribution-spec 1.1.
public final class RegistryClient: ReferrerSource, ImageTarget {
  /// The registry as the user names it, `host[:port]`.
  public let name: String

  let options: RegistryOptions
  let chunking: Chunking
  // What tags stood for before they were set, as far as it was asked.
  let tagsBefore = Mutex<[String: Digest?]>([:])
  private let said = Mutex<Set<Saying>>([])
  // Whether a repository has the referrers API.
  let referrersSupport = SharedAnswers<Bool>()
  let companionTags = CompanionTags()

  private let transport: HTTPTransport
  private let authenticator: Authenticator
  private let address: String
  // The registry's URL, once it is known whether it speaks https; it is the same for all repositories.
  private let root = SharedAnswers<HTTPURL>()
  private let server: Server

  /// Makes a client; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - name: `host[:port]`; `docker.io` is spoken to where it really is.
  ///   - options: How.
  public init(_ name: String, options: RegistryOptions) {
    self.name = name
    self.options = options
    address = name == "docker.io" ? "registry-1.docker.io" : name
    server = Server(name, options.persistence, options.reporter)
    chunking = Chunking(forced: options.chunkBytes)
    let http = HTTPOptions(
      tls: options.tls, proxies: options.proxies, userAgent: options.userAgent,
      connectSeconds: options.connectSeconds, stallSeconds: options.stallSeconds,
      requestsAtOnce: options.requestsAtOnce, count: options.count)
    transport = HTTPTransport(http, host: address, pool: options.pool)
    authenticator = Authenticator(
      name: name, credentials: options.credentials, pool: options.pool, transport: transport)
  }

  /// What is said of a registry once, however often it is found.
  enum Saying { case companion, referrers }

  func say(once saying: Saying, _ finding: String) {
    guard said.withLock({ $0.insert(saying).inserted }) else { return }
    options.reporter.report(
      .note(
        "\(finding): it is taken to have none; if it has some, log in to it with an account that may see them "
          + "(--authfile), or pass --no-referrers to leave them out"))
  }

  /// Whether a target hides what it does not have, or what this account may only push to.
  func hides(_ response: HTTPResponse) -> Bool { options.isTarget && response.isRefusal }

  /// Nothing to do: a registry shows each tag at once.
  public func commit() async throws {}
}

extension RegistryClient {
  /// One request of the API, before it is known how it must be authorised.
  struct Call: Sendable {
    var method: HTTPRequest.Method
    var url: HTTPURL
    var scope: Scope
    var headers: HTTPHeaders = [:]
    var body: HTTPRequest.Body = .none
    var movesContent = false
  }

  typealias Receive = @Sendable (HTTPResponse.Head) throws -> HTTPResponse.Reception

  /// The URL of something in a repository: `manifests/v1`.
  func url(_ path: String, in repository: String) async throws -> HTTPURL {
    guard Self.staysInPlace(repository) else {
      throw SealiftError(
        .usage, "'\(repository)' is not a repository's path", nextStep: "write it in lower case, without a tag")
    }
    return try HTTPURL("/v2/\(repository)/\(path)", relativeTo: try await registryURL())
  }

  // No check of the whole grammar, which its owner has done, but of what could lead to another endpoint.
  private static func staysInPlace(_ repository: String) -> Bool {
    let isPlain = repository.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"): true
      default: false
      }
    }
    return isPlain && !repository.isEmpty && !repository.contains("..") && !repository.contains("//")
  }

  // Of tokens that last a second or so the first few can run out on the way.
  private static let maximumAnswers = 4

  /// Sends a request with what authorises it, answers a 401, and follows redirects of GET and HEAD.
  func send(_ call: Call, receive: @escaping Receive = { _ in .excerpt }) async throws -> HTTPResponse {
    let policy = RedirectPolicy(origin: try await registryURL())
    guard call.method == .get || call.method == .head else { return try await sendAuthorised(call, policy, receive) }
    return try await RedirectPolicy.following(call.url, plainHTTPAllowed: plainHTTPAllowed) { place in
      var call = call
      call.url = place
      return try await sendAuthorised(call, policy, receive)
    }
  }

  /// What a request that reads needs: a target that makes repositories on push knows nothing of one that may only be read.
  func reading(_ repository: String) -> Scope { options.isTarget ? .push(repository) : .pull(repository) }

  var plainHTTPAllowed: Bool { options.plainHTTPAllowed && !options.tls.verify }

  private func sendAuthorised(_ call: Call, _ policy: RedirectPolicy, _ receive: @escaping Receive) async throws
    -> HTTPResponse
  {
    var request = HTTPRequest(call.method, call.url, headers: call.headers, body: call.body)
    if call.movesContent { request.movesContent = true }
    // Another origin gets no credentials, and its challenges no answer.
    guard call.url.hasSameOrigin(as: policy.origin) else {
      return try await transport.send(request, receive: receive)
    }
    var authorization = try await authenticator.authorization(for: call.scope, policy)
    var answers = 0
    while true {
      request.authorization = authorization?.header
      let response = try await transport.send(request, receive: receive)
      server.note(response)
      guard response.asksForAuthorization(of: request) else {
        authorization?.noteGood()
        return response
      }
      if let refused = authorization, answers == Self.maximumAnswers || answers > 0 && refused.isFinal {
        await authenticator.drop(refused)
        return response
      }
      let better = try await authenticator.authorization(
        for: call.scope, after: response.headers, policy, rejected: authorization)
      guard let better else { return response }
      authorization = better
      answers += 1
    }
  }

  /// Runs a request as often as it takes, with pauses.
  ///
  /// - Parameters:
  ///   - progress: A number that grows when something got through, which starts the count of tries again.
  ///   - body: The request.
  nonisolated(nonsending) func retrying<Value>(
    progress: () -> Int = { 0 }, _ body: () async throws -> Value
  ) async throws -> Value {
    try await withRetries(server, progress: progress, body)
  }

  /// Runs a part of what is itself run as often as it takes: what this does not survive is not tried again there.
  nonisolated(nonsending) func finally<Value>(_ part: () async throws -> Value) async throws -> Value {
    do { return try await part() } catch let error as SealiftError { throw CallerFailure(error: error) }
  }

  /// The registry's own URL.
  func registryURL() async throws -> HTTPURL {
    try await root.value(of: "") {
      let https = try HTTPURL("https://\(address)/")
      return plainHTTPAllowed ? try await findScheme(https) : https
    }
  }

  private func findScheme(_ https: HTTPURL) async throws -> HTTPURL {
    do {
      _ = try await transport.send(HTTPRequest(.get, try HTTPURL("/v2/", relativeTo: https)))
      return https
    } catch let error as SealiftError where error.code == .network {
      let plain = try HTTPURL("http://\(address)/")
      do {
        _ = try await transport.send(HTTPRequest(.get, try HTTPURL("/v2/", relativeTo: plain)))
      } catch is SealiftError {
        throw error
      }
      return plain
    }
  }
}
