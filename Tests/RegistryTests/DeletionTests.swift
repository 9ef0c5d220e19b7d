import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// Manifests that are deleted, and the lists of tags that are looked at before.
@Suite(.timeLimit(.minutes(20)))
struct DeletionTests {
  private let digest = SHA256Hasher.emptyDigest

  @Test(.enabled(if: RegistryServer.program != nil, Comment(rawValue: RegistryServer.reason)))
  func aRealRegistryDeletesAManifestWithItsTagsOnce() async throws {
    var options = RegistryServer.Options()
    options.allowsDelete = true
    let server = try RegistryServer(options)
    let client = RegistryClient(server.address, options: plainOptions())
    try await roundTrip(client)
    #expect(try await client.tags(in: "team/app") == ["v1"])
    #expect(try await client.tags(in: "team/none") == [])
    let digest = try #require(try await client.hasManifest(.tag("v1"), in: "team/app"))
    #expect(try await client.deleteManifest(digest, in: "team/app"))
    #expect(try await client.hasManifest(.tag("v1"), in: "team/app") == nil)
    #expect(try await client.tags(in: "team/app") == [])
    #expect(try await !client.deleteManifest(digest, in: "team/app"))
  }

  @Test(.enabled(if: RegistryServer.program != nil, Comment(rawValue: RegistryServer.reason)))
  func aRealRegistryThatAllowsNoDeletionIsNamedAsSuch() async throws {
    let server = try RegistryServer()
    let client = RegistryClient(server.address, options: plainOptions())
    let error = await #expect(throws: SealiftError.self) { try await client.deleteManifest(digest, in: "team/app") }
    #expect(error?.code == .denied)
    #expect(error?.nextStep.contains("REGISTRY_STORAGE_DELETE_ENABLED") == true)
  }

  @Test func aTokenForEverythingIsAskedForAndWhatTheRegistryAsksFor() async throws {
    let double = try HTTPDouble { request in
      switch (request.path, request.headers["authorization"]) {
      case ("/v2/", _): return .whole(200)
      case ("/token", _): return .whole(200, [:], Array(#"{"token":"good"}"#.utf8))
      case (_, "Bearer good"): return .whole(202)
      default:
        let realm = "http://\(request.headers["host"] ?? "")/token"
        return .whole(401, ["WWW-Authenticate": #"Bearer realm="\#(realm)",scope="repository:app:delete""#])
      }
    }
    let client = RegistryClient(double.address, options: doubleOptions(retries: 0))
    #expect(try await client.deleteManifest(digest, in: "app"))
    let asked = try #require(double.requests.first { $0.path == "/token" }?.target)
    #expect(asked.contains("scope=repository%3aapp%3a%2a&scope=repository%3aapp%3adelete"), "\(asked)")
  }

  @Test func tagsAreReadPageByPage() async throws {
    let double = try HTTPDouble { request in
      if request.path == "/v2/" { return .whole(200) }
      if request.target.contains("last=b") { return .whole(200, [:], Array(#"{"name":"app","tags":["c"]}"#.utf8)) }
      return .whole(
        200, ["Link": #"</v2/app/tags/list?last=b&n=2>; rel="next""#], Array(#"{"name":"app","tags":["a","b"]}"#.utf8))
    }
    let client = RegistryClient(double.address, options: doubleOptions(retries: 0))
    #expect(try await client.tags(in: "app") == ["a", "b", "c"])
  }

  @Test func wrongListsOfTagsAreRefused() async throws {
    for (link, body) in [
      (#"<http://elsewhere.example/v2/app/tags/list>; rel="next""#, #"{"tags":[]}"#), ("", #"{"tags":["a/b"]}"#),
      ("", #"{"tags":["#),
    ] {
      let double = try HTTPDouble { request in
        request.path == "/v2/" ? .whole(200) : .whole(200, link.isEmpty ? [:] : ["Link": link], Array(body.utf8))
      }
      let client = RegistryClient(double.address, options: doubleOptions(retries: 0))
      let error = await #expect(throws: SealiftError.self) { try await client.tags(in: "app") }
      #expect(error?.code == .protocol, "\(body)")
    }
  }

  @Test func aDeletionThatIsNotAllowedIsDenied() async throws {
    for (status, code) in [(401, SealiftError.Code.denied), (403, .denied), (500, .network)] {
      let double = try HTTPDouble { $0.path == "/v2/" ? .whole(200) : .whole(status) }
      let client = RegistryClient(double.address, options: doubleOptions(retries: 0))
      let error = await #expect(throws: SealiftError.self) { try await client.deleteManifest(digest, in: "app") }
      #expect(error?.code == code)
    }
  }
}
