import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import Synchronization
import SystemIO
import TestSupport
import Testing

/// Many requests at once, to registries that are disturbed by them.
@Suite(.timeLimit(.minutes(20)))
struct ManyRequestsTests {
  private let manifest = sampleManifest(
    config: Descriptor(mediaType: .ociConfig, digest: SHA256Hasher.emptyDigest, size: 0), layers: [])

  private func client(_ double: HTTPDouble) -> RegistryClient {
    var options = plainOptions()
    options.persistence = Persistence(retries: 50, patience: .seconds(600), firstPause: .milliseconds(1))
    return RegistryClient(double.address, options: options)
  }

  /// Fetches manifests, 64 at once, and checks that each is there.
  private func fetch(_ count: Int, from client: RegistryClient) async throws {
    let found = try await Array(0..<count).mapConcurrently { number in
      try await client.manifest(.tag("v\(number)"), in: "app")?.bytes
    }
    #expect(found == Array(repeating: manifest, count: count))
  }

  private var answer: HTTPDouble.Reply {
    .whole(200, ["Content-Type": MediaType.ociManifest.rawValue], manifest)
  }

  private func registry(everyThird: HTTPDouble.Reply) throws -> HTTPDouble {
    let counter = Counter()
    return try HTTPDouble { [answer] request in
      if request.path == "/v2/" { return .whole(200) }
      return counter.next().isMultiple(of: 3) ? everyThird : answer
    }
  }

  @Test(arguments: [[:], ["Retry-After": "1"], ["Retry-After": "Fri, 01 Jan 2021 00:00:00 GMT"]])
  func aStormOfRefusalsEndsRightWithFewRequests(headers: [String: String]) async throws {
    let double = try registry(everyThird: .whole(429, headers))
    let count = headers == ["Retry-After": "1"] ? 24 : 120
    try await fetch(count, from: client(double))
    // Two of three are answered.
    #expect(double.requests("GET").count <= count * 3 / 2 * 12 / 10 + 1)
  }

  @Test func aServerThatClosesConnectionsIsAskedAgain() async throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: \(MediaType.ociManifest)\r\nContent-Length: \(manifest.count)\r\n\r\n"
    let double = try registry(everyThird: .raw(Array(head.utf8) + manifest))
    try await fetch(120, from: client(double))
    #expect(double.requests("GET").count <= 122)
  }

  @Test func resetsInBetweenEndRight() async throws {
    let double = try registry(everyThird: .reset)
    try await fetch(120, from: client(double))
    #expect(double.requests("GET").count > 120)
  }

  @Test func anOutageOfTheWholeServerHoldsAllBackAtOnce() async throws {
    let counter = Counter()
    let (start, requests) = (ContinuousClock.now, Shared<[Duration]>([]))
    let double = try HTTPDouble { [answer] request in
      if request.path == "/v2/" { return .whole(200) }
      requests.with { $0.append(.now - start) }
      return counter.next() == 0 ? .whole(503, ["Retry-After": "2"]) : answer
    }
    try await fetch(40, from: client(double))
    let times = requests.with { $0.sorted() }
    let first = try #require(times.first)
    // Those that were under way with it are not held back, and all others are.
    #expect(times.filter { $0 > first + .milliseconds(1900) }.count >= 40 - 16)
  }

  @Test func aTokenThatEndsIsRenewedOnceForAll() async throws {
    let tokens = Counter()
    let (requests, current) = (Counter(), Shared("t1"))
    let double = try HTTPDouble { [answer] request in
      switch request.path {
      case "/v2/": return .whole(200)
      case "/token":
        let token = "t\(tokens.next())"
        current.with { $0 = token }
        return .whole(200, [:], Array(#"{"token":"\#(token)","expires_in":300}"#.utf8))
      default: break
      }
      let isGood = current.with { request.headers["authorization"] == "Bearer \($0)" }
      guard isGood else {
        let realm = "http://\(request.headers["host"] ?? "")/token"
        return .whole(401, ["WWW-Authenticate": #"Bearer realm="\#(realm)",error="invalid_token""#])
      }
      if requests.next() == 60 { current.with { $0 = "none" } }
      return answer
    }
    try await fetch(150, from: client(double))
    #expect(tokens.next() == 2)
    #expect(double.requests("GET").count > 150)
  }

  @Test func oneListTakesThePlaceOfManyQuestions() async throws {
    let signature = "sha256-\(String(repeating: "7", count: 64)).sig"
    let double = try tagged(["latest", signature])
    let client = client(double)
    let found = try await Array(0..<200).mapConcurrently { number in
      try await client.companion(number == 150 ? signature : "absent-\(number)", in: "app") != nil
    }
    #expect(found.enumerated().filter(\.element).map(\.offset) == [150])
    #expect(double.requests("GET").filter { $0.path.contains("/manifests/") }.count <= 9)
    #expect(double.requests("GET").filter { $0.path.hasSuffix("/tags/list") }.count == 1)
  }

  @Test(arguments: [0, 50, 100, 1000]) func aListThatMayBeCutIsNotBelieved(count: Int) async throws {
    let double = try tagged((0..<count).map { "t\($0)" }, alsoThere: "hidden")
    let client = client(double)
    let found = try await Array(0..<60).mapConcurrently { number in
      try await client.companion(number == 59 ? "hidden" : "absent-\(number)", in: "app") != nil
    }
    #expect(found.last == true)
  }

  @Test func ofManyOneFindsOutWhetherThereIsAReferrersAPI() async throws {
    let double = try HTTPDouble { request in request.path == "/v2/" ? .whole(200) : .whole(404) }
    let client = client(double)
    let found = try await Array(0..<100).mapConcurrently { number in
      try await client.referrers(of: SHA256Hasher.digest(of: Array("\(number)".utf8)), in: "app")
    }
    #expect(found.allSatisfy { $0 == nil })
    #expect(double.requests("GET").filter { $0.path.contains("/referrers/") }.count == 1)
  }

  private func tagged(_ tags: [String], alsoThere hidden: String? = nil) throws -> HTTPDouble {
    let list = tags.map { "\"\($0)\"" }.joined(separator: ",")
    return try HTTPDouble { [answer] request in
      if request.path == "/v2/" { return .whole(200) }
      if request.path.hasSuffix("/tags/list") { return .whole(200, [:], Array(#"{"tags":[\#(list)]}"#.utf8)) }
      let tag = request.path.split(separator: "/").last.map(String.init) ?? ""
      return tags.contains(tag) || tag == hidden ? answer : .whole(404)
    }
  }
}
