import Diagnostics
import HTTPTransport
import SystemIO
import TestSupport
import Testing

/// Large files on web servers: how large they are, and how to go on with one.
@Suite(.timeLimit(.minutes(20)))
struct RemoteFileTests {
  private static let pool = BlockingPool(threads: 2)

  private func fetcher(retries: Int = 1) -> HTTPFetcher {
    HTTPFetcher(HTTPOptions(), retries: retries, pool: Self.pool)
  }

  private func size(_ double: HTTPDouble) async throws -> HTTPFetcher.RemoteSize {
    try await fetcher().size(of: try HTTPURL("http://\(double.address)/file?secret=canary"), what: "the file")
  }

  @Test func headTellsTheSizeOfAllBytes() async throws {
    let double = try HTTPDouble { _ in .whole(200, ["Content-Length": "123456789012"]) }
    #expect(try await size(double) == .bytes(123_456_789_012))
    #expect(double.requests.map(\.method) == ["HEAD"])
    #expect(double.requests.first?.headers["accept-encoding"] == "identity")
  }

  /// What servers do with HEAD, with a request for one byte, and what is known then.
  private static let answers: [(HTTPDouble.Reply, HTTPDouble.Reply, HTTPFetcher.RemoteSize)] = [
    (.whole(405), .whole(206, ["Content-Range": "bytes 0-0/77"], [1]), .bytes(77)),
    (.whole(403), .whole(200, [:], [1, 2, 3]), .bytes(3)),
    (.whole(404), .whole(404), .missing),
    (.whole(404), .whole(206, ["Content-Range": "bytes 0-0/77"], [1]), .bytes(77)),
    (.whole(501), .whole(416, ["Content-Range": "bytes */0"]), .bytes(0)),
    (.whole(200, ["Content-Encoding": "gzip"]), .whole(206, ["Content-Range": "bytes 0-0/77"], [1]), .bytes(77)),
    (.raw(Array("HTTP/1.1 200 OK\r\n\r\n".utf8)), .raw(Array("HTTP/1.1 200 OK\r\n\r\nabc".utf8)), .unknown),
    (.whole(405), .whole(206, ["Content-Range": "bytes 0-0/*"], [1]), .unknown),
    (.whole(405), .whole(206, ["Content-Range": "bytes 0-0/-5"], [1]), .unknown),
    (.whole(405), .whole(206, ["Content-Range": "bytes 0-0/99999999999999999999"], [1]), .unknown),
  ]

  @Test(arguments: answers.indices) func aServerThatKnowsNoHeadIsAskedForOneByte(index: Int) async throws {
    let (head, byte, size) = Self.answers[index]
    let double = try HTTPDouble { $0.method == "HEAD" ? head : byte }
    #expect(try await self.size(double) == size)
    #expect(double.requests("GET").map { $0.headers["range"] } == ["bytes=0-0"])
  }

  @Test func whatMayPassIsTriedAgainAndRedirectsAreFollowed() async throws {
    let calls = Counter()
    let double = try HTTPDouble { request in
      if request.path == "/file" { return .whole(302, ["Location": "/other"]) }
      return calls.next() == 0 ? .whole(503, ["Retry-After": "0"]) : .whole(200, ["Content-Length": "5"])
    }
    #expect(try await size(double) == .bytes(5))
    #expect(double.requests.map(\.path) == ["/file", "/other", "/file", "/other"])
  }

  @Test(arguments: [(401, SealiftError.Code.denied), (403, .denied), (500, .network), (416, .protocol)])
  func anAnswerThatNoFileHasIsAnError(status: Int, code: SealiftError.Code) async throws {
    let double = try HTTPDouble { $0.method == "HEAD" ? .whole(405) : .whole(status, ["Retry-After": "0"]) }
    let error = await #expect(throws: SealiftError.self) { try await size(double) }
    #expect(error?.code == code)
    #expect(error?.description.contains("canary") == false)
  }

  private func download(
    _ double: HTTPDouble, size: Int, from offset: Int = 0, retries: Int = 1, into bytes: Shared<[UInt8]>
  ) async throws -> Bool {
    let url = try HTTPURL("http://\(double.address)/file")
    return try await fetcher(retries: retries).download(url, what: "the file", size: size, from: offset) { chunk in
      let chunk = Array(chunk)
      bytes.with { $0 += chunk }
    }
  }

  /// A server that knows ranges.
  private static func reply(_ content: [UInt8], _ request: HTTPDouble.Request) -> HTTPDouble.Reply {
    guard let range = request.headers["range"], let match = range.wholeMatch(of: /bytes=([0-9]+)-/),
      let start = Int(match.1), start < content.count
    else { return .whole(200, [:], content) }
    let field = "bytes \(start)-\(content.count - 1)/\(content.count)"
    return .whole(206, ["Content-Range": field], Array(content[start...]))
  }

  @Test func aStreamThatBreaksGoesOnByRange() async throws {
    let content = SampleBlob.random(300_000).bytes
    let calls = Counter()
    let double = try HTTPDouble { request in
      guard calls.next() == 0 else { return Self.reply(content, request) }
      let head = "HTTP/1.1 200 OK\r\nContent-Length: \(content.count)\r\n\r\n"
      return .raw(Array(head.utf8) + content.prefix(100_000))
    }
    let bytes = Shared<[UInt8]>([])
    #expect(try await download(double, size: content.count, into: bytes))
    #expect(bytes.with { $0 } == content)
    #expect(double.requests.map { $0.headers["range"] } == [nil, "bytes=100000-"])
  }

  @Test(arguments: [true, false]) func aStreamBeginsWhereAnEarlierOneStopped(knowsRanges: Bool) async throws {
    let content = SampleBlob.random(50_000).bytes
    let double = try HTTPDouble { knowsRanges ? Self.reply(content, $0) : .whole(200, [:], content) }
    let bytes = Shared<[UInt8]>([])
    #expect(try await download(double, size: content.count, from: 20_000, into: bytes))
    #expect(bytes.with { $0 } == Array(content[20_000...]))
    #expect(double.requests.map { $0.headers["range"] } == ["bytes=20000-"])
  }

  @Test(arguments: [9, 11]) func aFileOfAnotherSizeIsRefusedBeforeItsBytesCome(size: Int) async throws {
    let double = try HTTPDouble { _ in .whole(200, [:], [UInt8](repeating: 1, count: size)) }
    let bytes = Shared<[UInt8]>([])
    let error = await #expect(throws: SealiftError.self) { try await download(double, size: 10, into: bytes) }
    #expect(error?.code == .protocol)
    #expect(
      error?.problem == "the file (http://\(double.address)/file) has \(size) bytes, and 10 are expected")
    #expect(bytes.with { $0.isEmpty })
    #expect(double.requests.count == 1)
  }

  @Test func aServerThatSendsMoreThanItSaysIsStopped() async throws {
    let double = try HTTPDouble { _ in .endless(200, chunk: [UInt8](repeating: 0, count: 4096)) }
    let bytes = Shared<[UInt8]>([])
    let error = await #expect(throws: SealiftError.self) { try await download(double, size: 10_000, into: bytes) }
    #expect(error?.problem.hasSuffix("is longer than the 10000 bytes that are expected") == true)
    #expect(bytes.with { $0.count } <= 10_000)
  }

  @Test func anotherRangeThanTheOneAskedForIsRefused() async throws {
    let double = try HTTPDouble { _ in .whole(206, ["Content-Range": "bytes 0-9/10"], [UInt8](repeating: 0, count: 10))
    }
    let bytes = Shared<[UInt8]>([])
    let error = await #expect(throws: SealiftError.self) { try await download(double, size: 10, from: 5, into: bytes) }
    #expect(error?.problem.hasSuffix("came as another range than the one asked for") == true)
    #expect(bytes.with { $0.isEmpty })
  }

  @Test func whatIsGoneIsNotThere() async throws {
    let double = try HTTPDouble { _ in .whole(404) }
    let bytes = Shared<[UInt8]>([])
    #expect(try await !download(double, size: 10, into: bytes))
  }
}
