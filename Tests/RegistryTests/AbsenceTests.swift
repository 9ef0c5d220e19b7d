import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// Registries that refuse to say that something is not there.
@Suite(.timeLimit(.minutes(20)))
struct AbsenceTests {
  /// Keeps the notes.
  private final class Notes: Reporter {
    let texts = Shared<[String]>([])
    func report(_ event: Event) { if case .note(let text) = event { texts.with { $0.append(text) } } }
  }

  /// How a registry refuses: with or without a question for credentials, which are no use.
  struct Refusal: CustomTestStringConvertible, Sendable {
    let status: Int
    var asks = false
    var testDescription: String { "\(status)\(asks ? " that asks" : "")" }

    func reply(_ request: HTTPDouble.Request) -> HTTPDouble.Reply {
      let realm = "http://\(request.headers["host"] ?? "")/token"
      return .whole(
        status, asks ? ["WWW-Authenticate": #"Bearer realm="\#(realm)",error="insufficient_scope""#] : [:],
        Array(#"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}"#.utf8))
    }
  }

  static let refusals = [
    Refusal(status: 401), Refusal(status: 401, asks: true), Refusal(status: 403), Refusal(status: 403, asks: true),
  ]

  private let digest = SHA256Hasher.emptyDigest
  private let notes = Notes()

  private func double(_ refusal: Refusal) throws -> HTTPDouble {
    try HTTPDouble { request in
      switch request.path {
      case "/v2/": .whole(200)
      case "/token": .whole(200, [:], Array(#"{"token":"good","expires_in":300}"#.utf8))
      default: refusal.reply(request)
      }
    }
  }

  private func client(_ double: HTTPDouble, isTarget: Bool = false, retries: Int = 0) -> RegistryClient {
    var options = doubleOptions(retries: retries)
    options.isTarget = isTarget
    options.reporter = notes
    return RegistryClient(double.address, options: options)
  }

  @Test(arguments: refusals + [Refusal(status: 400), Refusal(status: 405), Refusal(status: 422)])
  func aSignatureThatIsRefusedIsNoneAndSaidOnce(refusal: Refusal) async throws {
    let double = try double(refusal)
    let client = client(double)
    for suffix in ["sig", "att", "sbom"] {
      #expect(try await client.companion("\(digest.tag).\(suffix)", in: "team/app") == nil)
    }
    let said = notes.texts.with { $0 }
    #expect(said.count == 1)
    #expect(said.first?.contains("\(refusal.status)") == true)
    #expect(said.first?.contains("--authfile") == true && said.first?.contains("--no-referrers") == true)
    // An image that was asked for is another thing.
    await #expect(throws: SealiftError.self) { try await client.manifest(.tag("v1"), in: "team/app") }
  }

  @Test func aSignatureIsWaitedForAsAnythingElse() async throws {
    for status in [429, 500, 503] {
      let double = try double(Refusal(status: status))
      await #expect(throws: SealiftError.self) {
        try await client(double).companion("\(digest.tag).sig", in: "team/app")
      }
    }
  }

  @Test(arguments: refusals + [Refusal(status: 406), Refusal(status: 500), Refusal(status: 501)])
  func referrersThatAreRefusedAreNoneAndAskedForOnce(refusal: Refusal) async throws {
    let double = try double(refusal)
    let client = client(double, retries: 1)
    for _ in 0..<3 { #expect(try await client.referrers(of: digest, in: "team/app") == nil) }
    let asked = double.requests.count { $0.path.contains("/referrers/") }
    #expect(asked == (refusal.asks || refusal.status == 500 ? 2 : 1))
    #expect(notes.texts.with { $0.count } == (refusal.status == 501 ? 0 : 1))
  }

  @Test func referrersAreWaitedForWhereTheRegistryIsAway() async throws {
    let double = try double(Refusal(status: 503))
    await #expect(throws: SealiftError.self) { try await client(double).referrers(of: digest, in: "team/app") }
  }

  @Test(arguments: refusals + [Refusal(status: 400), Refusal(status: 405)])
  func whatATargetHidesIsNotThere(refusal: Refusal) async throws {
    let double = try double(refusal)
    let client = client(double, isTarget: true)
    let blob = SampleBlob.random(5)
    #expect(try await client.hasManifest(.tag("v1"), in: "team/app") == nil)
    #expect(try await client.hasManifest(.digest(digest), in: "team/app") == nil)
    #expect(try await !client.hasBlob(blob.descriptor, in: "team/app"))
    // What may not be sent either is an error with the registry's words.
    let error = await #expect(throws: SealiftError.self) { try await client.putBlob(blob, in: "team/app") }
    #expect(error?.code == (refusal.status == 400 ? .protocol : .denied))
    #expect(error?.problem.contains("requested access to the resource is denied") == true)
  }

  @Test(arguments: refusals) func whatASourceRefusesIsDenied(refusal: Refusal) async throws {
    let double = try double(refusal)
    let error = await #expect(throws: SealiftError.self) {
      try await client(double).hasManifest(.tag("v1"), in: "team/app")
    }
    #expect(error?.code == .denied)
  }
}
