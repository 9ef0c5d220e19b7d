import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// Registries that are away for a time, and who waits for them.
@Suite(.timeLimit(.minutes(20)))
struct OutageTests {
  private final class Words: Reporter {
    let warnings = Shared<[String]>([])
    let notes = Shared<[String]>([])
    func report(_ event: Event) {
      switch event {
      case .warning(let text): warnings.with { $0.append(text) }
      case .note(let text): notes.with { $0.append(text) }
      default: break
      }
    }
  }

  private let words = Words()
  private let digest = SHA256Hasher.emptyDigest

  private func client(_ address: String, patience: Duration, retries: Int = 0) -> RegistryClient {
    var options = plainOptions()
    options.reporter = words
    options.persistence = Persistence(retries: retries, patience: patience, firstPause: .milliseconds(1))
    return RegistryClient(address, options: options)
  }

  /// A registry that answers the first request, then fails for a number of them, then has nothing.
  private func registry(failing count: Int, _ reply: HTTPDouble.Reply) throws -> HTTPDouble {
    let counter = Counter()
    return try HTTPDouble { request in
      if request.path == "/v2/" { return .whole(200) }
      return (1...max(1, count)).contains(counter.next()) && count > 0 ? reply : .whole(404)
    }
  }

  @Test(arguments: [502, 503, 504, 429, 0])
  func aRegistryThatHasAnsweredIsWaitedForAndThatIsSaidOnce(status: Int) async throws {
    let reply = status == 0 ? HTTPDouble.Reply.reset : .whole(status, [:], Array("try later".utf8))
    let double = try registry(failing: 8, reply)
    let client = client(double.address, patience: .seconds(600))
    for _ in 0..<3 { #expect(try await client.hasManifest(.tag("v1"), in: "app") == nil) }
    let warnings = words.warnings.with { $0 }
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains(double.address) == true)
    #expect(warnings.first?.hasSuffix("it is waited for, up to 10 minutes (--patience)") == true, "\(warnings)")
    #expect(words.notes.with { $0 } == ["\(double.address) answers again"])
  }

  @Test func manyRequestsThatWaitAreOneOutage() async throws {
    let double = try registry(failing: 60, .whole(503))
    let client = client(double.address, patience: .seconds(600))
    #expect(try await client.hasManifest(.tag("v1"), in: "app") == nil)
    try await Array(0..<12).forEachConcurrently(limit: 4) { _ in
      let found = try await client.hasManifest(.tag("v1"), in: "app")
      #expect(found == nil)
    }
    #expect(words.warnings.with { $0.count } == 1)
  }

  @Test func patienceHasAnEnd() async throws {
    let double = try registry(failing: .max, .whole(503, [:], Array("in maintenance".utf8)))
    let client = client(double.address, patience: .milliseconds(200))
    #expect(try await client.hasManifest(.tag("v1"), in: "app") == nil)
    let error = await #expect(throws: SealiftError.self) { try await client.hasManifest(.tag("v1"), in: "app") }
    #expect(error?.code == .network)
    #expect(error?.problem.contains("503") == true)
    // One more at least than without patience: how many is the machine's.
    #expect(double.requests("HEAD").count > 2)
  }

  @Test func whoHasNeverAnsweredIsNotWaitedFor() async throws {
    let client = client("127.0.0.1:\(try ClosedPort().number)", patience: .seconds(600))
    let error = await #expect(throws: SealiftError.self) { try await client.hasManifest(.tag("v1"), in: "app") }
    #expect(error?.code == .network)
    #expect(words.warnings.with { $0.isEmpty })
  }

  @Test(arguments: [500, 408, 400, 403, 501])
  func anAnswerThatIsNoOutageIsNotWaitedFor(status: Int) async throws {
    let double = try registry(failing: .max, .whole(status))
    let client = client(double.address, patience: .seconds(600))
    #expect(try await client.hasManifest(.tag("v1"), in: "app") == nil)
    await #expect(throws: SealiftError.self) { try await client.hasManifest(.tag("v1"), in: "app") }
    #expect(double.requests("HEAD").count == 2)
  }
}
