import Configuration
import Diagnostics
import Digests
import HTTPTransport
import Testing
import YAML

@Suite struct ClusterManifestRequestTests {
  private static let digest = String(repeating: "ab", count: 32)

  private func requests(_ list: String) throws -> [ClusterManifestRequest] {
    let text = """
      apiVersion: mirror.openshift.io/v2alpha1
      kind: ImageSetConfiguration
      mirror:
        manifests: \(list)

      """
    return try ImageSetConfiguration(Array(text.utf8), source: "isc.yaml").clusterManifests
  }

  @Test func placesAreReadAsTheyAreWritten() throws {
    let found = try requests(
      """
      [{path: hub/}, {path: "a b.yaml", profiles: [managed, hub, hub]}, {
          url: "https://example.com/a.yaml?x=1", sha256: \(Self.digest), profiles: []}]
      """)
    #expect(found.map(\.place)[..<2] == [.path("hub/"), .path("a b.yaml")])
    #expect(found.map(\.profiles) == [[], ["hub", "managed"], []])
    let url = try HTTPURL("https://example.com/a.yaml?x=1")
    #expect(found[2].place == .url(url, try #require(Digest(hex: Self.digest))))
    #expect(found.map(\.position.line) == [4, 4, 4])
  }

  @Test func noneMayBeNamed() throws {
    #expect(try requests("[]").isEmpty)
    #expect(try requests("").isEmpty)
  }

  @Test(arguments: [
    ("[{}]", "has neither path nor url"),
    ("[{profiles: [a]}]", "has neither path nor url"),
    ("[{path: a, url: 'https://a/b', sha256: \(digest)}]", "has both path and url"),
    ("[{path: a, sha256: \(digest)}]", "sha256 belongs to a url"),
    ("[{path: ''}]", "has neither path nor url"),
    ("[{path: [a]}]", "text is wanted"),
    ("[{url: 'https://example.com/a'}]", "https://example.com/a has no sha256"),
    ("[{url: 'https://example.com/a', sha256: abc}]", "'abc' is not a SHA-256"),
    ("[{url: 'ftp://example.com/a', sha256: \(digest)}]", "neither an https nor an http URL"),
    ("[{url: 'https://user:word@example.com/a', sha256: \(digest)}]", "a URL holds a user name"),
    ("[{path: a, profile: [b]}]", "did you mean profiles?"),
    ("[{path: a, profiles: [B]}]", "the profile 'B'"),
    ("[{path: a, profiles: [-b]}]", "the profile '-b'"),
    ("[{path: a, profiles: [b_c]}]", "the profile 'b_c'"),
    ("[{path: a, profiles: b}]", "a list is wanted"),
    ("[a]", "a mapping"),
    ("[\(Array(repeating: "{path: a}", count: 1001).joined(separator: ", "))]", "more than 1000 entries"),
  ])
  func whatIsWrongIsNamedWithItsPlace(list: String, words: String) {
    let error = #expect(throws: SealiftError.self) { try requests(list) }
    #expect(error?.code == .configuration)
    #expect(
      error?.problem.hasPrefix("isc.yaml:4:") == true && error?.problem.contains(words) == true,
      "\(String(describing: error))")
    #expect(error?.problem.contains("word@") == false)
  }
}
