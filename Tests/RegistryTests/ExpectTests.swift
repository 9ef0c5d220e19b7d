import Diagnostics
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// The question whether a body is wanted, and servers that do not know it.
@Suite(.timeLimit(.minutes(20)))
struct ExpectTests {
  private let large = SampleBlob.random(3 << 20)

  private func registry(_ expectation: HTTPDouble.Expectation, put: Int = 201) throws -> HTTPDouble {
    try HTTPDouble(expectation: expectation) { request in
      switch request.method {
      case "POST": .whole(202, ["Location": "/v2/app/blobs/uploads/1"])
      case "PUT": .whole(put)
      default: .whole(200)
      }
    }
  }

  private func client(_ double: HTTPDouble, chunkBytes: Int? = nil) -> RegistryClient {
    var options = doubleOptions(retries: 1)
    options.chunkBytes = chunkBytes
    return RegistryClient(double.address, options: options)
  }

  private func asked(_ double: HTTPDouble) -> Int { double.requests.count { $0.headers["expect"] != nil } }

  @Test func onlyLargeBodiesAreAskedFor() async throws {
    let double = try registry(.answered)
    let client = client(double)
    for size in [0, 10, 100_000] { try await client.putBlob(SampleBlob.random(size), in: "app") }
    let manifest = sampleManifest(config: large.descriptor, layers: [])
    try await client.putManifest(manifest, mediaType: .ociManifest, as: .tag("v1"), in: "app")
    #expect(asked(double) == 0)
    for _ in 0..<3 { try await client.putBlob(large, in: "app") }
    #expect(asked(double) == 3)
  }

  @Test(arguments: [HTTPDouble.Expectation.ignored, .final(417), .cut])
  func aServerThatDoesNotKnowTheQuestionIsAskedOnce(expectation: HTTPDouble.Expectation) async throws {
    let double = try registry(expectation)
    let client = client(double)
    for _ in 0..<4 { try await client.putBlob(large, in: "app") }
    // Where the connection ends, libcurl tries a fresh one by itself.
    #expect(asked(double) <= (expectation == .cut ? 2 : 1))
    let bodies = double.requests("PUT").filter { !$0.body.isEmpty }
    #expect(bodies.map(\.body) == [[UInt8]](repeating: large.bytes, count: 4))
  }

  @Test func chunksAreSentAgainToWhoRefusesTheQuestion() async throws {
    let content = Shared<[UInt8]>([])
    let double = try HTTPDouble(expectation: .final(417)) { request in
      content.with { $0 += request.body }
      return .whole(request.method == "PUT" ? 201 : 202, ["Location": "/v2/app/blobs/uploads/1"])
    }
    try await client(double, chunkBytes: 2 << 20).putBlob(large, in: "app")
    #expect(content.with { $0 } == large.bytes)
    #expect(asked(double) == 1)
  }

  @Test func aRefusalComesBeforeTheBody() async throws {
    let double = try registry(.final(403))
    let error = await #expect(throws: SealiftError.self) { try await client(double).putBlob(large, in: "app") }
    #expect(error?.code == .denied)
    #expect(double.requests("PUT").map(\.body.count) == [0])
  }
}
