import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// Options for a double: short pauses, so that retries do not take the tests' time.
func doubleOptions(retries: Int = 3, stallSeconds: Double = 20) -> RegistryOptions {
  var options = plainOptions()
  options.persistence.retries = retries
  options.stallSeconds = stallSeconds
  return options
}

/// Registries that break, lie or never end while a blob or a manifest is fetched.
@Suite(.timeLimit(.minutes(20)))
struct DownloadFaultTests {
  private let blob = SampleBlob.random(300_000)

  /// Fetches the blob from a double that answers `GET`s of blobs with `answer`.
  private func fetch(
    retries: Int = 3, stallSeconds: Double = 20, from offset: Int = 0,
    _ answer: @escaping @Sendable (HTTPDouble.Request, Int) -> HTTPDouble.Reply
  ) async throws -> (bytes: [UInt8], requests: [HTTPDouble.Request]) {
    let counter = Counter()
    let double = try HTTPDouble { request in
      request.path == "/v2/" ? .whole(200) : answer(request, counter.next())
    }
    let client = RegistryClient(double.address, options: doubleOptions(retries: retries, stallSeconds: stallSeconds))
    let collector = Collector()
    try await client.blob(blob.descriptor, in: "app", from: offset) { collector.take($0) }
    return (collector.bytes, double.requests.filter { $0.path != "/v2/" })
  }

  private func cut(_ bytes: ArraySlice<UInt8>, of length: Int, status: String = "200 OK", _ more: String = "")
    -> HTTPDouble.Reply
  {
    .raw(Array("HTTP/1.1 \(status)\r\nContent-Length: \(length)\r\n\(more)\r\n".utf8) + bytes)
  }

  /// What a server that knows ranges answers.
  private func ranged(_ request: HTTPDouble.Request) -> HTTPDouble.Reply {
    let start = request.headers["range"].flatMap { $0.wholeMatch(of: /bytes=([0-9]+)-/) }.flatMap { Int($0.1) }
    guard let start else { return .whole(200, [:], blob.bytes) }
    let range = "bytes \(start)-\(blob.bytes.count - 1)/\(blob.bytes.count)"
    return .whole(206, ["Content-Range": range], Array(blob.bytes[start...]))
  }

  @Test func aBrokenDownloadGoesOnWhereItStopped() async throws {
    let result = try await fetch { request, number in
      number == 0 ? cut(blob.bytes[..<100_000], of: blob.bytes.count) : ranged(request)
    }
    #expect(result.bytes == blob.bytes)
    #expect(result.requests.map { $0.headers["range"] } == [nil, "bytes=100000-"])
  }

  @Test func aServerWithoutRangesSendsTheStartInVain() async throws {
    let result = try await fetch { _, number in
      number == 0 ? cut(blob.bytes[..<100_000], of: blob.bytes.count) : .whole(200, [:], blob.bytes)
    }
    #expect(result.bytes == blob.bytes)
  }

  @Test(arguments: ["bytes 5-299999/300000", "bytes 100000-299998/300000", "bytes 100000-299999/1", "pages 1-2/3", ""])
  func anotherRangeThanTheOneAskedForIsRefused(range: String) async throws {
    let error = await #expect(throws: SealiftError.self) {
      try await fetch { _, number in
        number == 0
          ? cut(blob.bytes[..<100_000], of: blob.bytes.count)
          : .whole(206, ["Content-Range": range], Array(blob.bytes[100_000...]))
      }
    }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains("another range") == true)
  }

  @Test func anEndlessBodyStopsAtTheFirstByteTooMany() async throws {
    let consumed = Counter()
    let double = try HTTPDouble { request in
      request.path == "/v2/" ? .whole(200) : .endless(200, chunk: [UInt8](repeating: 7, count: 10_000))
    }
    let client = RegistryClient(double.address, options: doubleOptions())
    let error = await #expect(throws: SealiftError.self) {
      try await client.blob(blob.descriptor, in: "app", from: 0) { chunk in for _ in chunk { consumed.next() } }
    }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains("is longer than the 300000 bytes") == true)
    #expect(consumed.value <= 300_000)
    #expect(double.requests.filter { $0.path != "/v2/" }.count == 1)
  }

  @Test func aBodyThatIsAlwaysTooShortIsAnErrorAtLast() async throws {
    let counter = Counter()
    let error = await #expect(throws: SealiftError.self) {
      try await fetch(retries: 1) { _, _ in
        counter.next()
        return .whole(200, [:], Array(blob.bytes[..<1000]))
      }
    }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains("ended after 1000 of 300000 bytes") == true)
    #expect(counter.value == 2)
  }

  @Test(arguments: [500, 502, 503, 504, 429, 408])
  func whatMayPassIsTriedAgain(status: Int) async throws {
    let result = try await fetch { request, number in number == 0 ? .whole(status) : ranged(request) }
    #expect(result.bytes == blob.bytes)
  }

  @Test(arguments: [400, 403, 404, 410, 501])
  func whatWillNotPassIsNotTriedAgain(status: Int) async throws {
    let counter = Counter()
    await #expect(throws: SealiftError.self) {
      try await fetch { _, _ in
        counter.next()
        return .whole(status)
      }
    }
    #expect(counter.value == 1)
  }

  @Test func resetsAreTriedAgainAsOftenAsAllowed() async throws {
    let counter = Counter()
    let error = await #expect(throws: SealiftError.self) {
      try await fetch(retries: 2) { _, _ in
        counter.next()
        return .reset
      }
    }
    #expect(error?.code == .network)
    #expect(counter.value == 3)
  }

  @Test func retryAfterIsObeyed() async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try await fetch { request, number in
      number == 0 ? .whole(429, ["Retry-After": "2"]) : ranged(request)
    }
    #expect(result.bytes == blob.bytes)
    #expect(start.duration(to: clock.now) >= .seconds(2))
  }

  @Test func aRetryAfterOfHoursEndsTheRunWithTheTime() async throws {
    let error = await #expect(throws: SealiftError.self) {
      try await fetch { _, _ in .whole(429, ["Retry-After": "7200"]) }
    }
    #expect(error?.nextStep.contains("7200 seconds") == true)
  }

  @Test func aStalledDownloadGoesOnInAnotherConnection() async throws {
    let result = try await fetch(stallSeconds: 3) { request, number in
      guard number == 0 else { return ranged(request) }
      let head = "HTTP/1.1 200 OK\r\nContent-Length: \(blob.bytes.count)\r\n\r\n"
      return .stall(Array(head.utf8) + blob.bytes[..<100_000])
    }
    #expect(result.bytes == blob.bytes)
    #expect(result.requests.last?.headers["range"] == "bytes=100000-")
  }

  @Test func aSlowConsumerIsNoStall() async throws {
    // So few bytes that they would be a stall, if the time were the server's.
    let blob = SampleBlob.random(900)
    let double = try HTTPDouble { request in request.path == "/v2/" ? .whole(200) : .whole(200, [:], blob.bytes) }
    let client = RegistryClient(double.address, options: doubleOptions(retries: 0, stallSeconds: 5))
    let collector = Collector()
    try await client.blob(blob.descriptor, in: "app", from: 0) { chunk in
      _ = try runTool("sleep", ["6"])
      collector.take(chunk)
    }
    #expect(collector.bytes == blob.bytes)
  }

  @Test func aHugeHeadIsRefused() async throws {
    let line = "X-Filler: \(String(repeating: "x", count: 1000))\r\n"
    let error = await #expect(throws: SealiftError.self) {
      try await fetch { _, _ in
        .raw(Array("HTTP/1.1 200 OK\r\n\(String(repeating: line, count: 70))Content-Length: 0\r\n\r\n".utf8))
      }
    }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains("more than 64 KiB of header fields") == true)
  }

  @Test func theConsumersErrorEndsTheTransferAndComesBack() async throws {
    let double = try HTTPDouble { request in request.path == "/v2/" ? .whole(200) : ranged(request) }
    let client = RegistryClient(double.address, options: doubleOptions())
    let full = SealiftError(.storage, "the disk is full", nextStep: "free some space", isTransient: true)
    let error = await #expect(throws: SealiftError.self) {
      try await client.blob(blob.descriptor, in: "app", from: 0) { _ in throw full }
    }
    #expect(error?.code == .storage)
    #expect(double.requests.filter { $0.path != "/v2/" }.count == 1)
  }

  @Test func cancellingTheTaskEndsTheTransfer() async throws {
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let double = try HTTPDouble { request in
      if request.path == "/v2/" { return .whole(200) }
      start.yield()
      return .stall([])
    }
    let client = RegistryClient(double.address, options: doubleOptions())
    let blob = blob
    let task = Task { try await client.blob(blob.descriptor, in: "app", from: 0) { _ in } }
    for await _ in started { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
