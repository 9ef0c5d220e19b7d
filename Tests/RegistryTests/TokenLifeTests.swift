import Diagnostics
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// A registry whose tokens become void all at once, as when its token server is restarted.
private final class VoidingRegistry: Sendable {
  struct State {
    var issued = 0
    var good: Set<String> = []
    var seen = 0
    /// The tokens that were refused, one for each request.
    var refused: [String] = []
  }

  let double: HTTPDouble
  let state: Shared<State>

  /// - Parameter moment: The number of the request for content before which all tokens become void.
  init(at moment: Int) throws {
    let state = Shared(State())
    self.state = state
    double = try HTTPDouble { request in
      if request.path == "/v2/" { return .whole(200) }
      if request.path == "/token" {
        let token = state.with { state in
          state.issued += 1
          state.good.insert("Bearer t\(state.issued)")
          return "t\(state.issued)"
        }
        return .whole(200, [:], Array(#"{"token":"\#(token)","expires_in":300}"#.utf8))
      }
      let isGood = state.with { state in
        if request.headers["authorization"] != nil { state.seen += 1 }
        if state.seen == moment { state.good = [] }
        if let token = request.headers["authorization"], !state.good.contains(token) { state.refused.append(token) }
        return request.headers["authorization"].map(state.good.contains) ?? false
      }
      if isGood { return .whole(404) }
      let realm = "http://\(request.headers["host"] ?? "")/token"
      return .whole(401, ["WWW-Authenticate": #"Bearer realm="\#(realm)",error="invalid_token""#])
    }
  }
}

/// How long tokens are used, and which are never used again.
@Suite(.timeLimit(.minutes(20)))
struct TokenLifeTests {
  private func client(_ address: String, isTarget: Bool = false) -> RegistryClient {
    var options = doubleOptions(retries: 0)
    options.isTarget = isTarget
    return RegistryClient(address, options: options)
  }

  @Test(arguments: 1...8) func noTokenFromBeforeA401IsUsedAgain(moment: Int) async throws {
    let registry = try VoidingRegistry(at: moment)
    let client = client(registry.double.address)
    let blob = SampleBlob.random(5)
    // Two kinds of tokens for one repository, the older of which may both push and pull.
    for _ in 0..<2 {
      _ = try await client.mountBlob(blob.descriptor, from: "base", into: "app")
      #expect(try await client.hasManifest(.tag("v1"), in: "app") == nil)
      #expect(try await !client.hasBlob(blob.descriptor, in: "app"))
    }
    let refused = registry.state.with { $0.refused }
    #expect(refused.count <= 1, "\(refused)")
  }

  @Test func manyRequestsFetchOneToken() async throws {
    // Before the fifth request all tokens become void, with many requests on their way.
    let registry = try VoidingRegistry(at: 5)
    let client = client(registry.double.address)
    #expect(try await client.hasManifest(.tag("v1"), in: "app") == nil)
    try await Array(0..<24).forEachConcurrently(limit: 4) { _ in
      let found = try await client.hasManifest(.tag("v1"), in: "app")
      #expect(found == nil)
    }
    #expect(registry.state.with { $0.issued } == 2)
  }

  @Test(arguments: [
    ("1", true), ("\"1\"", true), ("1.5", true), ("300", false), ("\"300\"", false), ("3e2", false), ("0", false),
    ("-5", false), ("null", false), ("\"soon\"", false), ("1e99", false),
  ])
  func theStatedLifeIsBelieved(life: String, isOver: Bool) async throws {
    let registry = try TokenRegistry(reply: #"{"token":"token-1","expires_in":\#(life)}"#) { _ in .whole(404) }
    let client = client(registry.double.address)
    #expect(try await client.hasManifest(.tag("v1"), in: "a") == nil)
    // The least life that can be told is a second.
    if isOver { try await Task.sleep(for: .seconds(1.5)) }
    #expect(try await client.hasManifest(.tag("v1"), in: "a") == nil)
    #expect(registry.tokenRequests.count == (isOver ? 2 : 1))
  }

  @Test func aTargetIsAskedForPushFromTheFirstRequestOn() async throws {
    let registry = try TokenRegistry { _ in .whole(404) }
    let client = client(registry.double.address, isTarget: true)
    let blob = SampleBlob.random(5)
    #expect(try await client.hasManifest(.tag("v1"), in: "a") == nil)
    #expect(try await !client.hasBlob(blob.descriptor, in: "a"))
    #expect(try await client.manifest(.tag("v1"), in: "a") == nil)
    #expect(try await client.referrers(of: blob.descriptor.digest, in: "a") == nil)
    #expect(try await client.tags(in: "a") == [])
    #expect(
      registry.tokenRequests.map(\.target) == [
        "/token?service=the+%22service%22&scope=repository%3aa%3apull%2cpush"
      ])
  }

  @Test func whatARegistryAsksForIsAskedForThatRepositoryAlone() async throws {
    let double = try HTTPDouble { request in
      if request.path == "/v2/" { return .whole(200) }
      if request.path == "/token" { return .whole(200, [:], Array(#"{"token":"good"}"#.utf8)) }
      if request.headers["authorization"] != nil { return .whole(404) }
      let realm = "http://\(request.headers["host"] ?? "")/token"
      let scopes = "repository:a:pull repository:inner/a:pull"
      return .whole(401, ["WWW-Authenticate": #"Bearer realm="\#(realm)",scope="\#(scopes)""#])
    }
    let client = client(double.address)
    for repository in ["a", "b"] { #expect(try await client.hasManifest(.tag("v1"), in: repository) == nil) }
    #expect(
      double.requests.filter { $0.path == "/token" }.map(\.target) == [
        "/token?scope=repository%3aa%3apull&scope=repository%3ainner%2fa%3apull", "/token?scope=repository%3ab%3apull",
      ])
  }
}
