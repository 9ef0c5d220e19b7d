internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import JSON
internal import SystemIO

/// Knows what to put into `Authorization` for one registry: nothing, a password, or a token per scope.
actor Authenticator {
  // Token replies of real servers have 1 to 8 KiB.
  private static let maximumTokenBytes = 64 << 10
  // What a reply without `expires_in` lasts.
  //
  // Source: distribution, docs/spec/auth/token.md, "expires_in".
  private static let defaultLifetime = 60

  private struct Token {
    let header: Secret
    let deadline: ContinuousClock.Instant
  }

  private let name: String
  private let credentials: any CredentialSource
  private let pool: BlockingPool
  private let transport: HTTPTransport
  private var challenge: Challenge?
  private var tokens: [Scope: Token] = [:]
  private var fetching: [Scope: Task<Token, any Error>] = [:]

  /// - Parameter name: The registry as the user names it.
  init(name: String, credentials: any CredentialSource, pool: BlockingPool, transport: HTTPTransport) {
    self.name = name
    self.credentials = credentials
    self.pool = pool
    self.transport = transport
  }

  /// The header to begin with: none before the registry has asked for something.
  func header(for scope: Scope, _ policy: RedirectPolicy) async throws -> Secret? {
    guard let challenge else { return nil }
    return try await header(for: scope, answering: challenge, policy, rejected: nil)
  }

  /// The header after a 401.
  ///
  /// - Returns: `nil` if there is nothing better than what was rejected.
  func header(for scope: Scope, after headers: HTTPHeaders, _ policy: RedirectPolicy, rejected: Secret?) async throws
    -> Secret?
  {
    guard let challenge = Challenge(headers) else { return nil }
    self.challenge = challenge
    let header = try await header(for: scope, answering: challenge, policy, rejected: rejected)
    return header == rejected ? nil : header
  }

  private func header(for scope: Scope, answering challenge: Challenge, _ policy: RedirectPolicy, rejected: Secret?)
    async throws -> Secret?
  {
    switch challenge {
    case .basic:
      guard case .password(let user, let password) = try await credential(for: scope) else { return nil }
      return Self.basic(user, password)
    case .bearer(let realm, let service, let offered):
      // A token that may push may also pull.
      for known in [scope, Scope.push(scope.repository)] where known == scope || scope.access == .pull {
        if let token = tokens[known], token.header != rejected, token.deadline > .now { return token.header }
      }
      let request = TokenRequest(
        realm: try HTTPURL(realm, relativeTo: policy.origin), service: service,
        scopes: scope.texts + Self.further(offered, than: scope))
      return try await token(for: scope, request, policy).header
    }
  }

  /// Fetches a token once, however many transfers wait for it.
  private func token(for scope: Scope, _ request: TokenRequest, _ policy: RedirectPolicy) async throws -> Token {
    if let task = fetching[scope] { return try await task.value }
    let task = Task { try await self.fetch(request, for: scope, policy) }
    fetching[scope] = task
    defer { fetching[scope] = nil }
    let token = try await task.value
    tokens[scope] = token
    return token
  }

  private func fetch(_ request: TokenRequest, for scope: Scope, _ policy: RedirectPolicy) async throws -> Token {
    try policy.check(request.realm, "a request for a token")
    let credential = try await credential(for: scope)
    if credential != nil { try await checkRealm(request.realm, policy) }
    let response = try await transport.send(try request.http(credential)) { head in
      head.status == 200 ? .keep(limit: Self.maximumTokenBytes) : .excerpt
    }
    guard response.status == 200 else {
      throw response.error("a token for \(name)/\(scope.repository)", host: request.realm.authority)
    }
    return try Self.token(in: response.body, from: request.realm.authority)
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

  private static func token(in body: [UInt8], from host: String) throws(SealiftError) -> Token {
    let reply = try JSONReader.value(body, source: "the token from \(host)")
    guard let token = reply["token"]?.text ?? reply["access_token"]?.text, !token.isEmpty else {
      throw SealiftError(.protocol, "\(host) sent no token", nextStep: "look at the token server's log")
    }
    // A little less than it lasts, so that it does not run out on the way.
    let lifetime = Double(min(max(reply["expires_in"]?.integer ?? defaultLifetime, defaultLifetime), 86_400)) * 0.9
    return Token(header: Secret("Bearer \(token)"), deadline: .now + .seconds(lifetime))
  }

  static func basic(_ user: String, _ password: Secret) -> Secret {
    Secret("Basic \(Base64.encode("\(user):\(password.value)".utf8))")
  }

  // Registries that rename repositories on the way ask for scopes by the inner name.
  private static func further(_ offered: String?, than scope: Scope) -> [String] {
    (offered ?? "").split(separator: " ").map(String.init).filter { !scope.texts.contains($0) }
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
