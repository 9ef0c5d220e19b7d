import Diagnostics
import Digests
import OCI
import TestSupport
import Testing

private let hex = String(repeating: "a", count: 64)

@Suite struct ImageReferenceTests {
  @Test(arguments: [
    ("nginx:1.27", "docker.io/library/nginx:1.27"),
    ("docker.io/nginx:1.27", "docker.io/library/nginx:1.27"),
    ("index.docker.io/nginx:1.27", "docker.io/library/nginx:1.27"),
    ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
    ("docker.io/bitnami/redis:7", "docker.io/bitnami/redis:7"),
    ("docker://quay.io/a/b:c", "quay.io/a/b:c"),
    ("quay.io/a/b/c/d:v1_2.3-4", "quay.io/a/b/c/d:v1_2.3-4"),
    ("localhost/a:1", "localhost/a:1"),
    ("localhost:5000/a:1", "localhost:5000/a:1"),
    ("localhost:5000", "docker.io/library/localhost:5000"),
    ("host:5000/a/b:1", "host:5000/a/b:1"),
    ("127.0.0.1:5000/a:1", "127.0.0.1:5000/a:1"),
    ("[::1]:5000/a:1", "[::1]:5000/a:1"),
    ("[2001:db8::1]/a:1", "[2001:db8::1]/a:1"),
    ("Quay.IO/a:1", "Quay.IO/a:1"),
    ("q.io/a@sha256:\(hex)", "q.io/a@sha256:\(hex)"),
    ("q.io/a:t@sha256:\(hex)", "q.io/a:t@sha256:\(hex)"),
    ("host:5000/a@sha256:\(hex)", "host:5000/a@sha256:\(hex)"),
    ("q.io/a__b/c-d/e.f/g---h:T", "q.io/a__b/c-d/e.f/g---h:T"),
    ("q.io/a:\(String(repeating: "t", count: 128))", "q.io/a:\(String(repeating: "t", count: 128))"),
  ])
  func readsReferencesAsUsersWriteThem(text: String, expected: String) throws {
    let reference = try ImageReference(text)
    #expect(reference.description == expected)
    #expect(try ImageReference(reference.description) == reference)
  }

  @Test(arguments: [
    "", ":", "/", "@", ":1", "/a:1", "q.io/:1", "q.io//a:1", "q.io/a/:1", "q.io/a:", "q.io/a:t@", "q.io/A:1",
    "q.io/a b:1",
    "q.io/a:t t", "q.io/a:-t", "q.io/a:.t", "q.io/a:tä", "q.io/ä:1", "q.io/a..b:1", "q.io/-a:1", "q.io/a-:1",
    "q.io/a___b:1",
    "q.io/_a:1", "q.io/a/../b:1", "https://q.io/a:1", "q.io/a:1\n", "q.io:/a:1", "q.io:123456/a:1", "q.io:70000/a:1",
    "q.io:x/a:1", "-q.io/a:1", "q-.io/a:1", "q_x.io/a:1", "q..io/a:1", "[::1/a:1", "[]:1/a:1", "[::g]/a:1",
    "q.io/a@sha256:\(hex)x",
    "q.io/a@sha256:\(hex.uppercased())", "q.io/a@sha256:\(hex)@sha256:\(hex)", "q.io/a@sha512:\(hex)\(hex)",
    "q.io/a@\(hex)",
    "q.io/a:\u{212A}", "q.io/a:\(String(repeating: "t", count: 129))", "q.io/\(String(repeating: "a", count: 256)):1",
    "q.io/a:1?x", "q.io/a%2e:1", "q.io/a\u{301}:1", "q.io/a:1\u{301}", "oci:dir:name:x",
  ])
  func refusesWhatTheGrammarDoesNotAllow(text: String) {
    let error = #expect(throws: SealiftError.self) { try ImageReference(text) }
    #expect(error?.code == .usage)
    #expect(error?.problem.contains(text) == true)
  }

  @Test(arguments: ["nginx", "quay.io/a/b", "localhost:5000/a", "docker://q.io/a"])
  func neverTakesLatestForGranted(text: String) {
    let error = #expect(throws: SealiftError.self) { try ImageReference(text) }
    #expect(error?.code == .usage)
    #expect(error?.nextStep.contains("\(text):TAG") == true)
  }

  @Test func theDigestCountsMoreThanTheTag() throws {
    let digest = try Digest("sha256:" + hex)
    #expect(try ImageReference("q.io/a:t").manifest == .tag("t"))
    #expect(try ImageReference("q.io/a:t@\(digest)").manifest == .digest(digest))
    #expect(try ImageReference("q.io/a@\(digest)").tag == nil)
  }

  @Test func partsAreCheckedOneByOne() {
    for (registry, repository, tag) in [("q io", "a", "t"), ("q.io", "A", "t"), ("q.io", "a", "t t"), ("", "a", "t")] {
      #expect(throws: SealiftError.self) {
        try ImageReference(registry: registry, repository: repository, tag: tag, digest: nil)
      }
    }
  }

  @Test(arguments: ["--", "a_", "a."]) func aHostileTextCostsLittle(piece: String) {
    let growth = Cost.growth(to: 1 << 19) { count in
      let text = "a" + String(repeating: piece, count: count)
      return Cost.of {
        #expect(throws: SealiftError.self) { try ImageReference(text + "!:1") }
        #expect(throws: SealiftError.self) { try ImageReference(text + "/a!:1") }
        #expect(!ImageReference.isTag(text))
      }
    }
    #expect(growth < Cost.linear)
  }
}
