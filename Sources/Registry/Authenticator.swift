internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import JSON
internal import Synchronization
internal import SystemIO

/// Knows what to put into `Authorization` for one registry: nothing, a password, or a token per scope.
actor Authenticator {
  // Token replies of real servers have 1 to 8 KiB.
  private static let maximumTokenBytes = 64 << 10
  // What a reply without `expires_in` lasts.
  //
  // Source: distribution, docs/spec/auth/token.md, "expires_in".
  private static let defaultLifetime = 60
  private static let longestLifetime = 86_400

  /// What authorises a request, and how much is known of it.
  struct Authorization: Sendable {
    let header: Secret
    /// When it runs out, if it does.
    fileprivate var deadline: ContinuousClock.Instant?
    /// In which round it was asked for: a token that is refused ends a round.
    fileprivate var round = 0
    /// Whether it was asked for just now.
    fileprivate var isFresh = true
    /// What the registry takes in place of a token that it does not take.
    fileprivate var alternative: Secret?
    // Shared by all copies.
    private let proof = Proof()

    private final class Proof: Sendable { let isGood = Atomic<Bool>(false) }

    /// Whether a 401 for it is the registry's last word: nothing else is left to try.
    var isFinal: Bool { isVoid && alternative == nil }

    /// Whether a 401 means that it was never good: it can neither have become void before nor have run out since.
    fileprivate var isVoid: Bool {
      isFresh && !proof.isGood.load(ordering: .relaxed) && deadline.map { $0 > .now } ?? true
    }

    fileprivate init(header: Secret, deadline: ContinuousClock.Instant? = nil, round: Int) {
      self.header = header
      self.deadline = deadline
      self.round = round
    }

    /// Learns that something was answered that it authorised: a 401 for others that wait means that it is good no more.
    func noteGood() { proof.isGood.store(true, ordering: .relaxed) }
  }

  private let name: String
  private let credentials: any CredentialSource
  private let pool: BlockingPool
  private let transport: HTTPTransport
  private var challenge: Challenge?
  // What the registry itself asks for, by repository: some name it otherwise on the inside.
  private var offers: [String: [String]] = [:]
  private var atRoot: Task<Challenge?, any Error>?
  private var round = 0
  private var tokens: [Scope: Authorization] = [:]
  private var fetching: [Scope: Task<Authorization, any Error>] = [:]

  /// - Parameter name: The registry as the user names it.
  init(name: String, credentials: any CredentialSource, pool: BlockingPool, transport: HTTPTransport) {
    self.name = name
    self.credentials = credentials
    self.pool = pool
    self.transport = transport
  }

  /// What to begin with: nothing before the registry has asked for something.
  func authorization(for scope: Scope, _ policy: RedirectPolicy) async throws -> Authorization? {
    guard let challenge else { return nil }
    return try await authorization(for: scope, answering: challenge, policy)
  }

  /// What to go on with after a 401.
  ///
  /// A token server that was restarted takes all of its tokens with it, so none from before the 401 is used any more.
  ///
  /// - Returns: `nil` if there is nothing better than what was rejected.
  func authorization(
    for scope: Scope, after headers: HTTPHeaders, _ policy: RedirectPolicy, rejected: Authorization?
  ) async throws -> Authorization? {
    var asked = Challenge(headers) ?? challenge
    if asked == nil { asked = try await rootChallenge(for: scope, policy) }
    guard let challenge = asked else { return nil }
    self.challenge = challenge
    if let rejected, rejected.isVoid, let alternative = rejected.alternative {
      self.challenge = .basic
      return Authorization(header: alternative, round: round)
    }
    if case .bearer(_, _, let offered?, _) = challenge { offers[scope.repository] = scope.further(in: offered) }
    if let rejected { reject(rejected, headers) }
    let better = try await authorization(for: scope, answering: challenge, policy, rejected: rejected?.header)
    return better?.header == rejected?.header ? nil : better
  }

  /// Takes a token for no good. A good one that allows too little, or nothing of what it is for, says nothing of others.
  func drop(_ rejected: Authorization) { tokens = tokens.filter { $0.value.header != rejected.header } }

  private func reject(_ rejected: Authorization, _ headers: HTTPHeaders) {
    if headers.all("WWW-Authenticate").contains(where: { $0.contains("insufficient_scope") }) { return drop(rejected) }
    guard rejected.round == round else { return }
    round += 1
    tokens = [:]
    fetching = [:]
  }

  /// What the registry asks for at its root: some hide what they have from who is nobody, and ask nothing there.
  private func rootChallenge(for scope: Scope, _ policy: RedirectPolicy) async throws -> Challenge? {
    guard try await credential(for: scope) != nil else { return nil }
    if let known = atRoot { return try await known.value }
    let transport = transport
    let task = Task {
      let response = try await transport.send(HTTPRequest(.get, try HTTPURL("/v2/", relativeTo: policy.origin)))
      return response.status == 401 ? Challenge(response.headers) : nil
    }
    atRoot = task
    return try await task.value
  }

  private func authorization(
    for scope: Scope, answering challenge: Challenge, _ policy: RedirectPolicy, rejected: Secret? = nil
  ) async throws -> Authorization? {
    guard case .bearer(let realm, let service, _, let orBasic) = challenge else { return try await basic(for: scope) }
    var basic = orBasic ? try await basic(for: scope) : nil
    do {
      var token = try await token(for: scope, realm, service, policy)
      token.alternative = basic?.header
      return token
    } catch  where basic != nil && basic?.header != rejected && !(error is CancellationError) {
      // Not asked for a token again and again; a 401 leads back to it.
      self.challenge = .basic
      basic?.isFresh = false
      return basic
    }
  }

  private func basic(for scope: Scope) async throws -> Authorization? {
    guard case .password(let user, let password) = try await credential(for: scope) else { return nil }
    return Authorization(header: Self.basic(user, password), round: round)
  }

  /// A token that is known, or a new one.
  private func token(
    for scope: Scope, _ realm: String, _ service: String?, _ policy: RedirectPolicy
  ) async throws -> Authorization {
    // A token that may push may also pull.
    for known in [scope, Scope.push(scope.repository)] where known == scope || scope.access == .pull {
      if let token = tokens[known], token.deadline.map({ $0 > .now }) ?? false { return token }
    }
    let request = TokenRequest(
      realm: try policy.place(realm, after: policy.origin, "a request for a token"), service: service,
      scopes: scope.texts + offers[scope.repository, default: []])
    return try await token(for: scope, request, policy)
  }

  /// Fetches a token once, however many transfers wait for it.
  private func token(
    for scope: Scope, _ request: TokenRequest, _ policy: RedirectPolicy
  ) async throws -> Authorization {
    if let task = fetching[scope] { return try await task.value }
    let round = round
    let task = Task { try await self.fetch(request, for: scope, policy, round) }
    fetching[scope] = task
    // Another round has tasks and tokens of its own.
    defer { if round == self.round { fetching[scope] = nil } }
    let token = try await task.value
    if round == self.round {
      tokens[scope] = token
      tokens[scope]?.isFresh = false
    }
    return token
  }

  private func fetch(
    _ request: TokenRequest, for scope: Scope, _ policy: RedirectPolicy, _ round: Int
  ) async throws -> Authorization {
    let start = ContinuousClock.now
    let credential = try await credential(for: scope)
    if credential != nil { try await checkRealm(request.realm, policy) }
    let response = try await send(request.http(credential))
    guard (200..<300).contains(response.status) else {
      throw response.error(
        "a token for \(name)/\(scope.repository)", host: request.realm.authority,
        scope.access == .push ? .push(scope.repository) : .pull)
    }
    let (token, lifetime) = try Self.token(in: response.body, from: request.realm.authority)
    // A little less than it lasts, so that it does not run out on the way.
    return Authorization(header: token, deadline: start + .seconds(Double(lifetime) * 0.9), round: round)
  }

  /// Sends a request for a token, and what may be sent again also to where it is redirected: credentials stay with the
  /// realm's host.
  private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    let receive: @Sendable (HTTPResponse.Head) -> HTTPResponse.Reception = { head in
      (200..<300).contains(head.status) ? .keep(limit: Self.maximumTokenBytes) : .excerpt
    }
    guard request.method == .get else { return try await transport.send(request, receive: receive) }
    return try await RedirectPolicy.following(request.url) { place in
      var request = request
      if place.host != request.url.host { request.authorization = nil }
      request.url = place
      return try await transport.send(request, receive: receive)
    }
  }

  private func checkRealm(_ realm: HTTPURL, _ policy: RedirectPolicy) async throws {
    if policy.mayAuthenticate(at: realm) { return }
    // Who has credentials for the realm itself knows the realm.
    let credentials = self.credentials
    let isKnown = try await pool.run { try credentials.credential(for: realm.authority, repository: "") != nil }
    guard isKnown else {
      throw SealiftError(
        .denied, "\(name) asks for its password to be sent to \(realm.authority), another host",
        nextStep: "if that host is to be trusted with it, log in to \(realm.authority) as well")
    }
  }

  private func credential(for scope: Scope) async throws -> Credential? {
    let (credentials, name) = (credentials, name)
    return try await pool.run { try credentials.credential(for: name, repository: scope.repository) }
  }

  /// The token in a reply, and how many seconds it lasts.
  private static func token(in body: [UInt8], from host: String) throws(SealiftError) -> (Secret, lifetime: Int) {
    let reply = try JSONReader.value(body, source: "the token from \(host)")
    let texts = [reply["token"]?.text, reply["access_token"]?.text].compactMap(\.self)
    guard let token = texts.first(where: { !$0.isEmpty }) else {
      throw SealiftError(.protocol, "\(host) sent no token", nextStep: "look at the token server's log")
    }
    return (Secret("Bearer \(token)"), lifetime(of: reply))
  }

  // Some write the number as text or as a fraction, and 0 where they do not know.
  private static func lifetime(of reply: JSONValue) -> Int {
    let told: Double? =
      switch reply["expires_in"] {
      case .number(let text), .string(let text): Double(text)
      default: nil
      }
    guard let told, told >= 1 else { return defaultLifetime }
    return Int(min(told, Double(longestLifetime)))
  }

  static func basic(_ user: String, _ password: Secret) -> Secret {
    Secret("Basic \(Base64.encode("\(user):\(password.value)".utf8))")
  }
}

/// A request to a token server.
///
/// Source: distribution, docs/spec/auth/token.md and oauth.md.
private struct TokenRequest: Sendable {
  let realm: HTTPURL
  let service: String?
  let scopes: [String]

  func http(_ credential: Credential?) throws(SealiftError) -> HTTPRequest {
    if case .identityToken(let token) = credential { return form(token) }
    var url = realm
    if let service { url = try url.adding("service", service) }
    for scope in scopes { url = try url.adding("scope", scope) }
    var request = HTTPRequest(.get, url)
    if case .password(let user, let password) = credential {
      request.url = try url.adding("account", user)
      request.authorization = Authenticator.basic(user, password)
    }
    return request
  }

  private func form(_ token: Secret) -> HTTPRequest {
    var fields = [("grant_type", "refresh_token"), ("client_id", "sealift"), ("refresh_token", token.value)]
    if let service { fields.append(("service", service)) }
    fields.append(("scope", scopes.joined(separator: " ")))
    let body = fields.map { "\($0)=\(Self.formEncoded($1))" }.joined(separator: "&")
    return HTTPRequest(
      .post, realm, headers: ["Content-Type": "application/x-www-form-urlencoded"], body: .bytes(Array(body.utf8)))
  }

  private static func formEncoded(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    let hex = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      encoded += plain.contains(byte) ? [byte] : [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
