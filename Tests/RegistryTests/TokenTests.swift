import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)))
struct TokenTests {
  private func client(_ registry: TokenRegistry, _ credentials: any CredentialSource = NoCredentials())
    -> RegistryClient
  {
    var options = doubleOptions(retries: 1)
    options.credentials = credentials
    return RegistryClient(registry.double.address, options: options)
  }

  @Test func anonymousUsersGetATokenOncePerRepository() async throws {
    let registry = try TokenRegistry { _ in .whole(404) }
    let client = client(registry)
    for repository in ["a", "a", "b", "a", "b"] {
      #expect(try await client.hasManifest(.tag("v1"), in: repository) == nil)
    }
    #expect(
      registry.tokenRequests.map(\.target) == [
        "/token?service=the+%22service%22&scope=repository%3aa%3apull",
        "/token?service=the+%22service%22&scope=repository%3ab%3apull",
      ])
    #expect(registry.tokenRequests.allSatisfy { $0.headers["authorization"] == nil })
  }

  @Test func thePasswordGoesToTheTokenServerOnly() async throws {
    let registry = try TokenRegistry { _ in .whole(404) }
    #expect(try await client(registry, FixedCredentials()).hasManifest(.tag("v1"), in: "a") == nil)
    // base64 of user:canary-password
    #expect(registry.tokenRequests.map { $0.headers["authorization"] } == ["Basic dXNlcjpjYW5hcnktcGFzc3dvcmQ="])
    let others = registry.double.requests.filter { $0.path != "/token" }
    #expect(others.compactMap { $0.headers["authorization"] } == ["Bearer token-1"])
  }

  @Test func anIdentityTokenIsSentAsAForm() async throws {
    struct Source: CredentialSource {
      func credential(for registry: String, repository: String) throws(SealiftError) -> Credential? {
        .identityToken(Secret("a&b=c"))
      }
    }
    let registry = try TokenRegistry { _ in .whole(404) }
    #expect(try await client(registry, Source()).hasManifest(.tag("v1"), in: "a") == nil)
    let form = try #require(registry.tokenRequests.first)
    #expect(form.method == "POST")
    let body = String(decoding: form.body, as: UTF8.self)
    #expect(body.contains("grant_type=refresh_token") && body.contains("refresh_token=a%26b%3Dc"))
    #expect(body.contains("scope=repository%3Aa%3Apull"))
  }

  @Test func a401HalfWayFetchesANewToken() async throws {
    let registry = try TokenRegistry(lifetime: 3) { _ in .whole(404) }
    let client = client(registry)
    for _ in 0..<8 { #expect(try await client.hasManifest(.tag("v1"), in: "a") == nil) }
    #expect(registry.tokenRequests.count == 3)
  }

  @Test func a401HalfWayThroughAnUploadIsAnswered() async throws {
    let bytes = SampleBlob.random(3 << 20)
    let received = Shared<[UInt8]>([])
    let registry = try TokenRegistry(lifetime: 1) { request in
      switch request.method {
      case "POST": return .whole(202, ["Location": "/v2/a/blobs/uploads/1?state=x"])
      case "PUT":
        received.with { $0 = request.body }
        return .whole(201)
      default: return .whole(202)
      }
    }
    try await client(registry).putBlob(bytes, in: "a")
    #expect(received.with { $0 } == bytes.bytes)
    #expect(registry.tokenRequests.map(\.target).allSatisfy { $0.contains("repository%3aa%3apull%2cpush") })
  }

  @Test func aTokenThatIsNeverGoodIsDenied() async throws {
    let registry = try TokenRegistry(lifetime: 0) { _ in .whole(404) }
    let error = await #expect(throws: SealiftError.self) {
      try await client(registry).hasManifest(.tag("v1"), in: "a")
    }
    #expect(error?.code == .denied)
    #expect(registry.tokenRequests.count == 1)
  }

  @Test func aMountAsksForBothRepositories() async throws {
    let registry = try TokenRegistry { _ in .whole(201) }
    let blob = SampleBlob.random(5)
    #expect(try await client(registry).mountBlob(blob.descriptor, from: "base", into: "app"))
    let target = try #require(registry.tokenRequests.first?.target)
    #expect(target.contains("scope=repository%3aapp%3apull%2cpush&scope=repository%3abase%3apull"))
  }

  @Test("A token that may push may pull, and not the other way round")
  func pushServesPull() async throws {
    let registry = try TokenRegistry { request in
      switch request.method {
      case "POST": .whole(202, ["Location": "/v2/uploads/1"])
      case "PUT": .whole(201)
      default: .whole(404)
      }
    }
    let client = client(registry)
    try await client.putBlob(SampleBlob.random(5), in: "app")
    #expect(try await client.hasManifest(.tag("v1"), in: "app") == nil)
    #expect(registry.tokenRequests.count == 1)
    #expect(try await client.hasManifest(.tag("v1"), in: "other") == nil)
    try await client.putBlob(SampleBlob.random(5), in: "other")
    #expect(registry.tokenRequests.count == 3)
    #expect(registry.tokenRequests.last?.target.contains("scope=repository%3aother%3apull%2cpush") == true)
  }

  @Test(arguments: ["https://localhost:1/token", "https://auth.example.com/token"])
  func aPasswordIsNotSentToAForeignRealm(realm: String) async throws {
    let registry = try TokenRegistry(realm: realm) { _ in .whole(404) }
    let credentials = FixedCredentials(registries: [registry.double.address])
    let error = await #expect(throws: SealiftError.self) {
      try await client(registry, credentials).hasManifest(.tag("v1"), in: "a")
    }
    #expect(error?.code == .denied)
    #expect(error?.problem.contains("another host") == true)
    #expect(error?.nextStep.contains("log in to") == true)
  }

  @Test func whoIsLoggedInToTheRealmTrustsIt() async throws {
    let closed = try ClosedPort()
    let registry = try TokenRegistry(realm: "https://localhost:\(closed.number)/token") { _ in .whole(404) }
    let credentials = FixedCredentials(registries: [registry.double.address, "localhost:\(closed.number)"])
    let error = await #expect(throws: SealiftError.self) {
      try await client(registry, credentials).hasManifest(.tag("v1"), in: "a")
    }
    // It went there, where nobody listens.
    #expect(error?.code == .network)
  }

  @Test(arguments: ["http://localhost:1/token", "http://auth.example.com/token", "file:///etc/passwd"])
  func aRealmWithoutTLSElsewhereIsRefused(realm: String) async throws {
    let registry = try TokenRegistry(realm: realm) { _ in .whole(404) }
    let error = await #expect(throws: SealiftError.self) {
      try await client(registry).hasManifest(.tag("v1"), in: "a")
    }
    #expect(error?.code == .protocol)
  }

  @Test(arguments: [
    ("[]", "no token"), (#"{"token":""}"#, "no token"), (#"{"token":"a\r\nX-Evil: b"}"#, "control character"),
    ("{", "is expected"), (#"{"pad":"\#(String(repeating: "x", count: 70_000))"}"#, "more than 64 KiB"),
  ])
  func aReplyThatIsNoTokenIsRefused(reply: String, problem: String) async throws {
    let registry = try TokenRegistry(reply: reply) { _ in .whole(404) }
    let error = await #expect(throws: SealiftError.self) {
      try await client(registry).hasManifest(.tag("v1"), in: "a")
    }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains(problem) == true)
  }
}
