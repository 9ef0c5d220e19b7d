import Diagnostics
import Digests
import HTTPTransport
import OCI
@testable import Registry
import SystemIO
import TestSupport
import Testing

/// One user name and password for every registry.
struct FixedCredentials: CredentialSource {
  var user = "user"
  var password = "canary-password"
  /// The registries it is for; all of them where it is `nil`.
  var registries: Set<String>?

  func credential(for registry: String, repository: String) throws(SealiftError) -> Credential? {
    registries?.contains(registry) == false ? nil : .password(user: user, Secret(password))
  }
}

/// Where a registry may send us, and what goes along.
@Suite(.timeLimit(.minutes(20)))
struct RedirectTests {
  private let blob = SampleBlob.random(50_000)

  private func client(_ double: HTTPDouble) -> RegistryClient {
    var options = doubleOptions(retries: 0)
    options.credentials = FixedCredentials()
    return RegistryClient(double.address, options: options)
  }

  /// A registry that wants a password and redirects blobs.
  private func redirecting(to location: @escaping @Sendable (HTTPDouble.Request) -> String) throws -> HTTPDouble {
    try HTTPDouble { request in
      guard request.headers["authorization"] != nil else {
        return .whole(401, ["WWW-Authenticate": "Basic realm=\"test\""])
      }
      return .whole(307, ["Location": location(request)])
    }
  }

  private func fetch(_ double: HTTPDouble) async throws -> [UInt8] {
    let collector = Collector()
    try await client(double).blob(blob.descriptor, in: "app", from: 0) { collector.take($0) }
    return collector.bytes
  }

  @Test func credentialsDoNotFollowToAnotherOrigin() async throws {
    let bytes = blob.bytes
    let store = try HTTPDouble { _ in .whole(200, [:], bytes) }
    let address = store.address
    let double = try redirecting { _ in "http://\(address)/store/blob?signature=canary" }
    #expect(try await fetch(double) == bytes)
    #expect(double.requests.last?.headers["authorization"] != nil)
    #expect(store.requests.map(\.target) == ["/store/blob?signature=canary"])
    #expect(store.requests.first?.headers["authorization"] == nil)
  }

  @Test func aChallengeOfAnotherOriginIsNotAnswered() async throws {
    let store = try HTTPDouble { _ in .whole(401, ["WWW-Authenticate": "Basic realm=\"other\""]) }
    let address = store.address
    let double = try redirecting { _ in "http://\(address)/blob?signature=canary" }
    let error = await #expect(throws: SealiftError.self) { try await fetch(double) }
    #expect(error?.code == .denied)
    #expect(error?.description.contains("canary") == false)
    #expect(store.requests.count == 1)
    #expect(store.requests.first?.headers["authorization"] == nil)
  }

  @Test(arguments: [
    "file:///etc/passwd", "ftp://127.0.0.1/blob", "gopher://127.0.0.1/", "http://user:canary@127.0.0.1/blob", "//",
    "http://",
  ])
  func placesThatAreNotAllowedAreRefused(location: String) async throws {
    let double = try redirecting { _ in location }
    let error = await #expect(throws: SealiftError.self) { try await fetch(double) }
    #expect(error?.code == .protocol)
    #expect(error?.description.contains("canary") == false)
  }

  @Test func redirectsWithoutEndAreRefused() async throws {
    let double = try redirecting { $0.path + "x" }
    let error = await #expect(throws: SealiftError.self) { try await fetch(double) }
    #expect(error?.problem.contains("more than 5 times") == true)
    // The probe of the scheme is the first one, the challenge the second one.
    #expect(double.requests.filter { $0.path.contains("blobs") }.count == 7)
  }

  @Test(arguments: [
    ("https://registry.example", "https://cdn.example/x", true),
    ("https://registry.example", "http://cdn.example", false),
    ("https://registry.example", "http://registry.example", false),
    ("http://r.example:5000", "http://r.example/x", true),
    ("http://r.example:5000", "http://other.example/x", false),
    ("http://r.example:5000", "https://cdn.example/x", true),
    ("https://registry.example", "https://169.254.169.254/latest", false),
    ("https://registry.example", "https://localhost/", false),
    ("https://registry.example", "https://a.localhost", false),
    ("https://registry.example", "https://127.1/", false), ("https://registry.example", "https://2130706433/", false),
    ("https://registry.example", "https://0x7f000001/", false), ("https://registry.example", "https://[::1]/", false),
    ("https://registry.example", "https://[::ffff:10.0.0.1]/", false),
    ("https://registry.example", "https://[fe80::1]/", false), ("https://registry.example", "https://10.1.2.3/", false),
    ("https://registry.example", "https://172.16.0.1/", false),
    ("https://registry.example", "https://172.32.0.1/", true),
    ("https://registry.example", "https://192.168.1.1/", false),
    ("https://registry.example", "https://[fd00::1]/", false),
    ("https://registry.example", "https://8.8.8.8/", true), ("https://10.0.0.5:5000", "https://10.0.0.9/", true),
    ("https://localhost:5000", "https://127.0.0.1:9000/", true),
  ])
  func theRulesOfRedirects(registry: String, target: String, isAllowed: Bool) throws {
    let policy = RedirectPolicy(origin: try HTTPURL(registry))
    let target = try HTTPURL(target)
    if isAllowed {
      try policy.check(target, "a request")
    } else {
      #expect(throws: SealiftError.self) { try policy.check(target, "a request") }
    }
  }

  @Test(arguments: [
    ("https://registry.example", "http://cdn.example/x", true), ("https://10.0.0.5", "http://10.0.0.9:9000/x", true),
    ("https://registry.example", "http://10.0.0.9:9000/x", false),
    ("https://registry.example", "http://169.254.169.254/", false),
    ("http://127.0.0.1:5000", "http://169.254.169.254/", false), ("https://10.0.0.5", "http://[fe80::1]/", false),
  ])
  func whoDoesWithoutTLSMayBeSentToPlainHTTP(registry: String, target: String, isAllowed: Bool) throws {
    let (origin, target) = (try HTTPURL(registry), try HTTPURL(target))
    #expect(throws: SealiftError.self) { try RedirectPolicy(origin: origin).check(target, "a request") }
    let policy = RedirectPolicy(origin: origin, plainHTTPAllowed: true)
    #expect((try? policy.check(target, "a request")) != nil || !isAllowed)
    if !isAllowed { #expect(throws: SealiftError.self) { try policy.check(target, "a request") } }
  }

  @Test func aRedirectToPlainHTTPIsFollowedWithoutTLS() async throws {
    let bytes = blob.bytes
    let store = try HTTPDouble { _ in .whole(200, [:], bytes) }
    let port = store.port
    let double = try redirecting { _ in "http://localhost:\(port)/store/blob?signature=canary" }
    #expect(try await fetch(double) == bytes)
    #expect(store.requests.first?.headers["authorization"] == nil)
  }

  @Test(arguments: [
    ("https://r.example", "http://r.example/v2/x?state=1", "https://r.example/v2/x?state=1"),
    ("https://r.example:8443", "http://r.example:8443/v2/x", "https://r.example:8443/v2/x"),
    ("https://r.example", "/v2/x?state=1", "https://r.example/v2/x?state=1"),
    ("https://r.example", "https://cdn.example:444/x", "https://cdn.example:444/x"),
    ("https://r.example:8443", "http://r.example/v2/x", nil), ("https://r.example", "http://r.example:8080/x", nil),
  ])
  func aRegistryThatTakesItselfForAPlainOneIsAskedByTLS(registry: String, location: String, place: String?) throws {
    let origin = try HTTPURL(registry)
    let found = try? RedirectPolicy(origin: origin).place(location, after: origin, "an upload")
    #expect(found?.text == place)
  }

  @Test(arguments: [
    ("registry-1.docker.io", "auth.docker.io", true), ("quay.io", "quay.io", true),
    ("registry.connect.redhat.com", "sso.redhat.com", true), ("quay.io", "quay.io.evil.example", false),
    ("registry.a.co.uk", "auth.a.co.uk", true), ("registry.a.co.uk", "auth.b.co.uk", false),
    ("a.com.au", "b.com.au", false), ("registry.example.org", "auth.example.com", false),
    ("10.0.0.1", "10.0.0.1", true),
    ("10.0.0.1", "10.0.0.2", false), ("8.8.8.8", "9.9.8.8", false), ("localhost", "127.0.0.1", false),
    ("registry", "token", false), ("io", "docker.io", false),
  ])
  func theRulesOfTokenRealms(registry: String, realm: String, isAllowed: Bool) throws {
    let policy = RedirectPolicy(origin: try HTTPURL("https://\(registry)"))
    #expect(policy.mayAuthenticate(at: try HTTPURL("https://\(realm)/token")) == isAllowed)
  }
}
