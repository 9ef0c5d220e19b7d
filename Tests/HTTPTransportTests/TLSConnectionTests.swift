import Diagnostics
import HTTPTransport
import SystemIO
import TestSupport
import Testing

/// What many TLS connections of one run have in common.
@Suite(.enabled(if: NginxServer.isInstalled, "nginx is not installed"), .timeLimit(.minutes(20)))
struct TLSConnectionTests {
  private let certificates: TestCertificates
  private let server: NginxServer
  private let directory: TemporaryDirectory

  init() throws {
    certificates = try TestCertificates.shared()
    directory = try TemporaryDirectory()
    // Each request has a connection of its own, and is told how that came about.
    let settings = """
      keepalive_timeout 0;
      ssl_session_cache builtin;
      location = /how { return 200 "$server_protocol $ssl_session_reused"; }
      """
    server = try NginxServer(before: "127.0.0.1:1", tls: certificates.server, settings: settings)
  }

  private func fetcher(_ tls: TLSOptions) -> HTTPFetcher {
    HTTPFetcher(HTTPOptions(tls: tls), retries: 0, pool: BlockingPool(threads: 4))
  }

  private var place: HTTPURL { get throws { try HTTPURL("https://\(server.address)/how") } }

  private func answer(_ fetcher: HTTPFetcher) async throws -> String {
    String(decoding: try await fetcher.get(try place, limit: 100, what: "it") ?? [], as: UTF8.self)
  }

  @Test func aServerThatHasHTTP2IsSpokenToInHTTP1() async throws {
    #expect(try await answer(fetcher(TLSOptions(caFile: certificates.ca))).hasPrefix("HTTP/1.1 "))
  }

  @Test func aNewConnectionResumesTheSessionOfAnother() async throws {
    let fetcher = fetcher(TLSOptions(caFile: certificates.ca))
    #expect(try await answer(fetcher) == "HTTP/1.1 .")
    // While one holds its handle, the next one needs another.
    let (begun, signal) = AsyncStream.makeStream(of: Void.self)
    let isOver = Monitor(false)
    async let held = fetcher.download(try place, what: "it") { _ in
      signal.yield()
      isOver.withLock(when: { $0 }, isNews: false) { _ in }
    }
    for await _ in begun { break }
    #expect(try await answer(fetcher) == "HTTP/1.1 r")
    isOver.withLock { $0 = true }
    _ = try await held
  }

  @Test func aCertificateThatIsNoCAsIsTrustedWhereItIsNamed() async throws {
    #expect(try await answer(fetcher(TLSOptions(caFile: certificates.server.certificate))) == "HTTP/1.1 .")
  }

  @Test(arguments: [
    ("", "holds no PEM certificate"), ("-----BEGIN NOTHING-----", "holds no certificates, or one that cannot be read"),
    (
      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
      "holds no certificates, or one that cannot be read"
    ),
  ])
  func aFileWithoutCAsIsAnError(text: String, problem: String) async throws {
    try FileSystem.write(Array(text.utf8), to: directory("ca.crt"))
    let error = await #expect(throws: SealiftError.self) {
      try await answer(fetcher(TLSOptions(caFile: directory("ca.crt"))))
    }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
  }

  @Test func aSystemWhoseCAsCannotBeReadIsToldSo() async throws {
    let error = await #expect(throws: SealiftError.self) {
      try await answer(fetcher(TLSOptions(systemFile: directory("missing.crt"))))
    }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains(directory("missing.crt")) == true)
    #expect(error?.nextStep.contains("SSL_CERT_FILE") == true)
  }

  @Test func anUnknownCAIsNotTrusted() async throws {
    let error = await #expect(throws: SealiftError.self) { try await answer(fetcher(TLSOptions())) }
    #expect(error?.problem.contains("is not trusted") == true)
  }
}
