import Diagnostics
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// Token servers that refuse, redirect or answer in ways of their own, and registries that ask in odd ones.
@Suite(.timeLimit(.minutes(20)))
struct TokenServiceTests {
  private let blob = SampleBlob.random(5)

  /// A registry that takes `Bearer good`, with a token server that answers as it is told.
  private func registry(
    _ answer: @escaping @Sendable (HTTPDouble.Request) -> HTTPDouble.Reply
  ) throws -> HTTPDouble {
    try HTTPDouble { request in
      switch (request.path, request.headers["authorization"]) {
      case ("/v2/", _): return .whole(200)
      case (let path, _) where path.hasPrefix("/token"): return answer(request)
      case (_, "Bearer good"): return request.method == "POST" ? .whole(202, ["Location": "/v2/a/up"]) : .whole(404)
      default:
        return .whole(401, ["WWW-Authenticate": #"Bearer realm="http://\#(request.headers["host"] ?? "")/token""#])
      }
    }
  }

  private func client(
    _ double: HTTPDouble, isTarget: Bool = false, _ credentials: any CredentialSource = NoCredentials()
  ) -> RegistryClient {
    var options = doubleOptions(retries: 0)
    options.isTarget = isTarget
    options.credentials = credentials
    return RegistryClient(double.address, options: options)
  }

  @Test(arguments: [
    #"{"token":"good"}"#, #"{"access_token":"good"}"#, #"{"token":"","access_token":"good","refresh_token":"r"}"#,
    #"{"token":null,"access_token":"good","expires_in":null,"issued_at":"yesterday"}"#,
  ])
  func repliesOfAllKindsAreTaken(reply: String) async throws {
    for status in [200, 201] {
      let double = try registry { _ in .whole(status, [:], Array(reply.utf8)) }
      #expect(try await client(double).hasManifest(.tag("v1"), in: "a") == nil)
    }
  }

  @Test(arguments: [
    (400, #"{"error":"invalid_scope","message":"Unable to decode repository"}"#, "invalid_scope, Unable to decode"),
    (400, #"{"error":"x","error_description":"no such service"}"#, "x, no such service"),
    (404, "<html><head><title>Page not found</title></head></html>", ": Page not found"),
    (403, #"{"details":"access is blocked"}"#, "access is blocked"),
    (403, #"{"errors":[{"code":"DENIED","message":"no\u001b[31m"}]}"#, "DENIED, no\\u{1B}[31m"),
    (401, "nobody knows you\nor your password", ": nobody knows you"),
    (403, #"{"error":{"code":"PERMISSION","message":"not enabled"}}"#, "PERMISSION, not enabled"),
  ])
  func theServicesOwnWordsAreInTheError(status: Int, body: String, words: String) async throws {
    let double = try registry { _ in .whole(status, [:], Array(body.utf8)) }
    for isTarget in [false, true] {
      let error = await #expect(throws: SealiftError.self) {
        try await client(double, isTarget: isTarget).hasManifest(.tag("v1"), in: "mirror/a/b")
      }
      #expect(error?.description.contains("a token for \(double.address)/mirror/a/b") == true)
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
      #expect(error?.nextStep.contains("--max-nested-paths") == (isTarget && status != 404))
    }
  }

  @Test func aServiceThatMovedIsFollowed() async throws {
    let double = try registry { request in
      request.path == "/token"
        ? .whole(308, ["Location": "/token/here?scope=x"]) : .whole(200, [:], Array(#"{"token":"good"}"#.utf8))
    }
    #expect(try await client(double, FixedCredentials()).hasManifest(.tag("v1"), in: "a") == nil)
    let asked = double.requests.filter { $0.path.hasPrefix("/token") }
    #expect(asked.map(\.path) == ["/token", "/token/here"])
    #expect(asked.allSatisfy { $0.headers["authorization"]?.hasPrefix("Basic ") == true })
  }

  @Test func aPasswordDoesNotFollowToAnotherHost() async throws {
    // No loopback name but this one can be reached, so the other host answers nothing.
    let closed = try ClosedPort()
    let double = try registry { _ in .whole(307, ["Location": "https://localhost:\(closed.number)/token"]) }
    let error = await #expect(throws: SealiftError.self) {
      try await client(double, FixedCredentials()).hasManifest(.tag("v1"), in: "a")
    }
    #expect(error?.code == .network)
  }

  @Test func aMountThatGetsNoTokenIsNone() async throws {
    let double = try registry { request in
      request.target.contains("base") ? .whole(403) : .whole(200, [:], Array(#"{"token":"good"}"#.utf8))
    }
    #expect(try await !client(double, isTarget: true).mountBlob(blob.descriptor, from: "base", into: "a"))
    #expect(try await !client(double, isTarget: true).hasBlob(blob.descriptor, in: "a"))
  }

  @Test(arguments: [401, 403, 404], [#"Basic realm="x""#, "Bearer"])
  func whoHasAPasswordAsksTheRootWhatItIsFor(status: Int, scheme: String) async throws {
    let double = try HTTPDouble { request in
      if request.path == "/token" { return .whole(200, [:], Array(#"{"token":"good"}"#.utf8)) }
      if let header = request.headers["authorization"], header.hasPrefix(scheme.prefix(5)) { return .whole(405) }
      let bearer = #"Bearer realm="http://\#(request.headers["host"] ?? "")/token""#
      return request.path == "/v2/"
        ? .whole(401, ["WWW-Authenticate": scheme == "Bearer" ? bearer : scheme]) : .whole(status)
    }
    let known = client(double, FixedCredentials())
    for tag in ["a", "b"] {
      // The answer to who is somebody.
      let error = await #expect(throws: SealiftError.self) { try await known.manifest(.tag(tag), in: "a") }
      #expect(error?.problem.contains("405") == true, "\(error?.problem ?? "")")
    }
    let before = double.requests.count
    _ = try? await client(double).manifest(.tag("v1"), in: "a")
    #expect(double.requests.dropFirst(before).count { $0.path == "/v2/" } == 1, "only the probe of the scheme")
  }

  /// What becomes of tokens where a password would do.
  enum Tokens: CaseIterable { case refused, absent, broken, bad }

  /// A registry that offers both, with a token server of which no good token comes.
  private func registry(offering tokens: Tokens, takesPassword: Bool) throws -> HTTPDouble {
    try HTTPDouble { request in
      if request.path == "/token" {
        switch tokens {
        case .refused: return .whole(403, [:], Array("no tokens here".utf8))
        case .absent: return .whole(404)
        case .broken: return .whole(503)
        case .bad: return .whole(200, [:], Array(#"{"token":"bad"}"#.utf8))
        }
      }
      if takesPassword, request.headers["authorization"]?.hasPrefix("Basic ") == true {
        return request.path == "/v2/" ? .whole(200) : .whole(404)
      }
      let bearer = #"Bearer realm="http://\#(request.headers["host"] ?? "")/token""#
      return .whole(401, ["WWW-Authenticate": #"\#(bearer), Basic realm="x""#])
    }
  }

  @Test(arguments: Tokens.allCases) func aPasswordIsTakenWhereNoTokenIsToBeHad(tokens: Tokens) async throws {
    let double = try registry(offering: tokens, takesPassword: true)
    let known = client(double, FixedCredentials())
    for tag in ["a", "b", "c"] { #expect(try await known.manifest(.tag(tag), in: "a") == nil) }
    #expect(double.requests.count { $0.path == "/token" } == 1, "it is remembered")
    // Nothing else helps who has none.
    await #expect(throws: SealiftError.self) { try await client(double).manifest(.tag("a"), in: "a") }
  }

  @Test(arguments: Tokens.allCases) func whereThePasswordDoesNotHelpTheTokenServerIsNamed(tokens: Tokens) async throws {
    let double = try registry(offering: tokens, takesPassword: false)
    let error = await #expect(throws: SealiftError.self) {
      try await client(double, FixedCredentials()).manifest(.tag("a"), in: "a")
    }
    #expect(error?.problem.contains("a token for") == (tokens != .bad), "\(error?.problem ?? "")")
    #expect(double.requests.count <= 8)
  }
}
