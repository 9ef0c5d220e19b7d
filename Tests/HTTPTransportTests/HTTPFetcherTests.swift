import Diagnostics
import HTTPTransport
import SystemIO
import TestSupport
import Testing

/// Plain documents from web servers that are well, slow to start, or wrong.
@Suite(.timeLimit(.minutes(20)))
struct HTTPFetcherTests {
  private static let pool = BlockingPool(threads: 2)
  private let document = Array("a document".utf8)

  private func fetcher(retries: Int = 2, _ options: HTTPOptions = HTTPOptions()) -> HTTPFetcher {
    HTTPFetcher(options, retries: retries, pool: Self.pool)
  }

  private func get(_ double: HTTPDouble, limit: Int = 1 << 10, retries: Int = 2) async throws -> [UInt8]? {
    let url = try HTTPURL("http://\(double.address)/doc?secret=canary")
    return try await fetcher(retries: retries).get(url, accept: "text/plain", limit: limit, what: "the document")
  }

  @Test func aDocumentComesWhole() async throws {
    let double = try HTTPDouble { [document] _ in .whole(200, [:], document) }
    #expect(try await get(double) == document)
    #expect(double.requests.first?.headers["accept"] == "text/plain")
    #expect(double.requests.first?.headers["authorization"] == nil)
    #expect(double.requests.first?.target == "/doc?secret=canary")
  }

  @Test func aServerThatWouldRatherSpeakHTTP2IsNotFollowedThere() async throws {
    let double = try HTTPDouble { [document] _ in
      .whole(200, ["Upgrade": "h2,h2c", "Connection": "Upgrade"], document)
    }
    for _ in 0..<2 { #expect(try await get(double) == document) }
    #expect(double.requests.allSatisfy { $0.headers["upgrade"] == nil && $0.headers["http2-settings"] == nil })
    #expect(double.requests.count == 2)
  }

  @Test func aServerThatWasGivenUpIsTriedOnceAfterThat() async throws {
    let double = try HTTPDouble { _ in .reset }
    let (url, fetcher) = (try HTTPURL("http://\(double.address)/doc"), fetcher())
    for count in [2, 3, 4] {
      await #expect(throws: SealiftError.self) { try await fetcher.get(url, limit: 1, what: "the document") }
      #expect(double.requests.count == count)
    }
  }

  @Test(arguments: [404, 410]) func whatIsNotThereIsNil(status: Int) async throws {
    let double = try HTTPDouble { _ in .whole(status, [:], Array("<html>".utf8)) }
    #expect(try await get(double) == nil)
    #expect(double.requests.count == 1)
  }

  @Test(arguments: [429, 500, 502, 503, 504]) func whatMayPassIsTriedAgain(status: Int) async throws {
    let calls = Counter()
    let double = try HTTPDouble { [document] _ in
      calls.next() == 0 ? .whole(status, ["Retry-After": "1"]) : .whole(200, [:], document)
    }
    #expect(try await get(double) == document)
    #expect(double.requests.count == 2)
  }

  @Test func aServerThatStaysIllIsAnError() async throws {
    let double = try HTTPDouble { _ in .whole(503) }
    let error = await #expect(throws: SealiftError.self) { try await get(double, retries: 1) }
    #expect(error?.code == .network)
    #expect(error?.isTransient == true)
    #expect(error?.problem == "\(double.address) answered 503 for the document (http://\(double.address)/doc)")
    #expect(double.requests.count == 2)
  }

  @Test(arguments: [(401, SealiftError.Code.denied), (403, .denied), (204, .protocol), (400, .protocol)])
  func otherAnswersAreErrorsAtOnce(status: Int, code: SealiftError.Code) async throws {
    let double = try HTTPDouble { _ in .whole(status) }
    let error = await #expect(throws: SealiftError.self) { try await get(double) }
    #expect(error?.code == code)
    #expect(error?.description.contains("canary") == false)
    #expect(double.requests.count == 1)
  }

  @Test func aServerThatAsksForADayIsNotWaitedFor() async throws {
    let double = try HTTPDouble { _ in .whole(429, ["Retry-After": "86400"]) }
    let error = await #expect(throws: SealiftError.self) { try await get(double) }
    #expect(error?.nextStep == "run the command again in 86400 seconds")
    #expect(double.requests.count == 1)
  }

  @Test func aDocumentBeyondItsLimitIsRefusedOnce() async throws {
    let double = try HTTPDouble { _ in .endless(200, chunk: [UInt8](repeating: 0x61, count: 4096)) }
    let error = await #expect(throws: SealiftError.self) { try await get(double, limit: 1 << 16) }
    #expect(error?.code == .protocol)
    #expect(double.requests.count == 1)
  }

  @Test func aDocumentThatIsCutShortIsFetchedAgain() async throws {
    let calls = Counter()
    let double = try HTTPDouble { [document] _ in
      calls.next() == 0
        ? .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\na doc".utf8)) : .whole(200, [:], document)
    }
    #expect(try await get(double) == document)
  }

  @Test func aResetConnectionIsTriedAgain() async throws {
    let calls = Counter()
    let double = try HTTPDouble { [document] _ in calls.next() == 0 ? .reset : .whole(200, [:], document) }
    #expect(try await get(double) == document)
  }

  @Test func aServerThatIsNotThereIsAnError() async throws {
    let closed = try ClosedPort()
    let url = try HTTPURL("http://127.0.0.1:\(closed.number)/")
    let error = await #expect(throws: SealiftError.self) {
      try await fetcher(retries: 1).get(url, limit: 1, what: "the document")
    }
    #expect(error?.code == .network)
  }

  @Test func redirectsAreFollowed() async throws {
    let double = try HTTPDouble { [document] request in
      request.path == "/doc" ? .whole(302, ["Location": "/other/place"]) : .whole(200, [:], document)
    }
    #expect(try await get(double) == document)
    #expect(double.requests.map(\.path) == ["/doc", "/other/place"])
  }

  @Test func redirectsWithoutEndAreRefused() async throws {
    let double = try HTTPDouble { .whole(301, ["Location": $0.path + "x"]) }
    let error = await #expect(throws: SealiftError.self) { try await get(double) }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains("more than 5 times") == true)
    #expect(double.requests.count == 6)
  }

  @Test(arguments: ["file:///etc/passwd", "http://example.com/", "http://localhost:1/", "ftp://127.0.0.1/x"])
  func placesThatAreNotAllowedAreRefused(location: String) async throws {
    let double = try HTTPDouble { _ in .whole(302, ["Location": location]) }
    let error = await #expect(throws: SealiftError.self) { try await get(double) }
    #expect(error?.code == .protocol)
    #expect(double.requests.count == 1)
  }

  @Test(.enabled(if: NginxServer.isInstalled, "nginx is not installed"))
  func httpsIsNotLeftForHTTP() async throws {
    let double = try HTTPDouble { [document] _ in .whole(200, [:], document) }
    let certificates = try TestCertificates.shared()
    let settings = "location = /doc { return 302 http://127.0.0.1:\(double.port)/doc; }"
    let server = try NginxServer(before: double.address, tls: certificates.server, settings: settings)
    let fetcher = fetcher(HTTPOptions(tls: TLSOptions(caFile: certificates.ca)))
    let other = try await fetcher.get(
      try HTTPURL("https://\(server.address)/other"), limit: 1 << 10, what: "the document")
    #expect(other == document)
    let error = await #expect(throws: SealiftError.self) {
      try await fetcher.get(try HTTPURL("https://\(server.address)/doc"), limit: 1 << 10, what: "the document")
    }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains("which is not https") == true)
    #expect(double.requests.map(\.path) == ["/other"])
  }
}

/// Streams from web servers.
@Suite(.timeLimit(.minutes(20)))
struct HTTPDownloadTests {
  private static let pool = BlockingPool(threads: 2)

  private func download(
    _ double: HTTPDouble, limit: Int? = nil, retries: Int = 1, into bytes: Shared<[UInt8]>
  ) async throws -> Int? {
    let fetcher = HTTPFetcher(HTTPOptions(), retries: retries, pool: Self.pool)
    return try await fetcher.download(try HTTPURL("http://\(double.address)/file"), what: "the file", limit: limit) {
      chunk in bytes.with { $0 += chunk }
    }
  }

  @Test func aFileStreams() async throws {
    let content = SampleBlob.random(3_000_000).bytes
    let double = try HTTPDouble { _ in .whole(200, [:], content) }
    let bytes = Shared<[UInt8]>([])
    #expect(try await download(double, limit: content.count, into: bytes) == content.count)
    #expect(bytes.with { $0 } == content)
  }

  @Test func whatIsNotThereIsNil() async throws {
    let double = try HTTPDouble { _ in .whole(404, [:], Array("<html>".utf8)) }
    let bytes = Shared<[UInt8]>([])
    #expect(try await download(double, into: bytes) == nil)
    #expect(bytes.with { $0 }.isEmpty)
  }

  @Test func itIsTriedAgainBeforeTheFirstByte() async throws {
    let calls = Counter()
    let double = try HTTPDouble { _ in calls.next() == 0 ? .whole(500) : .whole(200, [:], [1, 2, 3]) }
    let bytes = Shared<[UInt8]>([])
    #expect(try await download(double, into: bytes) == 3)
    #expect(bytes.with { $0 } == [1, 2, 3])
  }

  @Test func aStreamThatBreaksIsNotBegunAgain() async throws {
    let double = try HTTPDouble { _ in .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8)) }
    let bytes = Shared<[UInt8]>([])
    let error = await #expect(throws: SealiftError.self) { try await download(double, into: bytes) }
    #expect(error?.isTransient == true)
    #expect(bytes.with { $0 } == Array("abc".utf8))
    #expect(double.requests.count == 1)
  }

  @Test func aStreamBeyondItsLimitIsRefused() async throws {
    let double = try HTTPDouble { _ in .endless(200, chunk: [UInt8](repeating: 0, count: 4096)) }
    let bytes = Shared<[UInt8]>([])
    let error = await #expect(throws: SealiftError.self) { try await download(double, limit: 10_000, into: bytes) }
    #expect(error?.code == .protocol)
    #expect(bytes.with { $0.count } <= 10_000)
    #expect(double.requests.count == 1)
  }

  @Test func whatTheCallerThrowsEndsIt() async throws {
    let own = SealiftError(.storage, "full", nextStep: "make room", isTransient: true)
    let double = try HTTPDouble { _ in .whole(200, [:], [1]) }
    let fetcher = HTTPFetcher(HTTPOptions(), retries: 3, pool: Self.pool)
    let error = await #expect(throws: SealiftError.self) {
      try await fetcher.download(try HTTPURL("http://\(double.address)/"), what: "the file") { _ in throw own }
    }
    #expect(error?.code == .storage)
    #expect(double.requests.count == 1)
  }
}
