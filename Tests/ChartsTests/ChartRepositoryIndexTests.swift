import Charts
import Diagnostics
import Testing

struct ChartRepositoryIndexTests {
  private static let text = """
    apiVersion: v1
    generated: 2024-01-01
    entries:
      web:
        - {name: web, version: 1.9.0, urls: [web-1.9.0.tgz], digest: aa, description: "x", annotations: {a: [b]}}
        - {name: web, version: 2.0.0-rc.1, urls: [charts/web-2.0.0-rc.1.tgz]}
        - {name: web, version: v1.10.0, urls: ["https://example.com/web.tgz"], digest: "sha256:bb"}
        - {name: web, version: nonsense, urls: [x.tgz]}
        - {name: web, version: 9.0.0}
      helpers:
        - {name: helpers, version: 1.0.0, type: library, urls: [h.tgz]}
      early:
        - {name: early, version: 0.1.0-beta, urls: [e.tgz]}
      ../up: [{version: 1.0.0, urls: [x]}]
    """

  private func index(_ text: String = Self.text) throws -> ChartRepositoryIndex {
    try ChartRepositoryIndex(Array(text.utf8), source: "index.yaml")
  }

  @Test(
    "A version is found as it is written, without its v, or as the newest that is no pre-release",
    arguments: [
      (nil, "v1.10.0", "https://example.com/web.tgz", "bb"), ("1.9.0", "1.9.0", "web-1.9.0.tgz", "aa"),
      ("v1.9.0", "1.9.0", "web-1.9.0.tgz", "aa"), ("1.10.0", "v1.10.0", "https://example.com/web.tgz", "bb"),
      ("2.0.0-rc.1", "2.0.0-rc.1", "charts/web-2.0.0-rc.1.tgz", nil),
    ] as [(String?, String, String, String?)])
  func entries(_ wanted: String?, _ version: String, _ url: String, _ digest: String?) throws {
    let entry = try index().entry("web", version: wanted)
    #expect(entry.version == version)
    #expect(entry.url == url)
    #expect(entry.digest == digest)
  }

  @Test("All charts are the newest of each that can be installed")
  func newest() throws {
    #expect(try index().newest.map { "\($0.name) \($0.version)" } == ["early 0.1.0-beta", "web v1.10.0"])
  }

  @Test(
    "What is not there is an error with what is",
    arguments: [
      ("wen", nil, "no chart wen", "web"), ("web", "3.0.0", "no version 3.0.0", "2.0.0-rc.1, v1.10.0, 1.9.0"),
      ("web", "^1.0.0", "ranges are not supported", "v1.10.0"), ("early", nil, "only pre-releases", "0.1.0-beta"),
    ] as [(String, String?, String, String)])
  func missing(_ name: String, _ version: String?, _ problem: String, _ next: String) throws {
    let index = try index()
    let error = try #require(throws: SealiftError.self) { try index.entry(name, version: version) }
    #expect(error.code == .notFound)
    #expect(error.problem.contains(problem))
    #expect(error.nextStep.contains(next))
  }

  @Test("What is no index is refused", arguments: ["", "<html><body>", "a: b", "entries: [", "entries: [1, 2]"])
  func refused(_ text: String) throws {
    let error = try #require(throws: SealiftError.self) { try index(text) }
    #expect(error.code == .protocol)
    #expect(error.problem.contains("index.yaml"))
  }
}
