import Configuration
import Diagnostics
import Digests
import HTTPTransport
import Testing
import YAML

@Suite struct FileRequestTests {
  private static let hex = String(repeating: "ab", count: 32)

  @Test func readsFilesAsUsersWriteThem() throws {
    let files = try read(
      """
      - url: https://mirror.example/pub/4.18.1/openshift-client-linux.tar.gz?token=a
        sha256: \(Self.hex)
        profiles: [managed, hub]
      - {url: "https://mirror.example/x", sha256: "sha256:\(Self.hex.uppercased())", size: 0, name: rhcos-4.18.iso}
      - path: ../tools/oc+1~2@3=4_5-6.tar.gz
      - {path: a/b, name: c, sha256: \(Self.hex)}
      """
    ).files
    let digest = try Digest("sha256:\(Self.hex)")
    #expect(
      files.map(\.place) == [
        .url(try HTTPURL("https://mirror.example/pub/4.18.1/openshift-client-linux.tar.gz?token=a")),
        .url(try HTTPURL("https://mirror.example/x")), .path("../tools/oc+1~2@3=4_5-6.tar.gz"), .path("a/b"),
      ])
    #expect(
      files.map(\.name) == ["openshift-client-linux.tar.gz", "rhcos-4.18.iso", "oc+1~2@3=4_5-6.tar.gz", "c"])
    #expect(files.map(\.digest) == [digest, digest, nil, digest])
    #expect(files.map(\.size) == [nil, 0, nil, nil])
    #expect(files.map(\.profiles) == [["hub", "managed"], [], [], []])
    #expect(files.map(\.position.line) == [5, 8, 9, 10])
    #expect(files.first?.place.description.contains("token") == false)
  }

  @Test(arguments: [
    ("- {}", "5:4: mirror.files[] has neither url nor path"),
    ("- {url: 'https://a/b', path: c}", "5:4: mirror.files[] has both url and path, and a file lies in one place"),
    ("- {path: ''}", "5:4: mirror.files[] has neither url nor path"),
    ("- {path: 'a/'}", "5:4: '' cannot be the name of a file in a bundle"),
    ("- {path: .hidden}", "5:4: '.hidden' cannot be the name of a file in a bundle"),
    ("- {path: a, name: b/c}", "5:20: 'b/c' cannot be the name of a file in a bundle"),
    ("- {path: a, name: ..}", "5:20: '..' cannot be the name of a file in a bundle"),
    ("- {path: a, name: 'b c'}", "5:20: 'b c' cannot be the name of a file in a bundle"),
    ("- {path: a, size: 1}", "5:20: size belongs to a url: that of a local file is looked up"),
    ("- {path: a, sha256: abc}", "5:22: 'abc' is not a SHA-256"),
    (
      "- {path: a, profiles: [Hub]}",
      "5:25: the profile 'Hub' is not made of up to 63 lower-case letters, digits and '-'"
    ),
    (
      "- {path: a, executable: true}",
      "5:14: mirror.files[] has no field 'executable'; its fields are url, path, name, "
        + "sha256, size, profiles"
    ),
    ("- {url: 'ftp://a/b'}", "5:10: 'ftp://a/b' is neither an https nor an http URL"),
    ("- {url: 'https://user:canary@a/b'}", "5:10: a URL holds a user name, or is no URL"),
    (
      "- {url: 'https://a/b?canary'}",
      "5:4: https://a/b has no sha256, and what comes from a web server is only taken if that is known"
    ),
    ("- {url: 'https://a/', sha256: \(hex)}", "5:4: '' cannot be the name of a file in a bundle"),
    ("- {url: 'https://a/b', sha256: \(hex), size: -1}", "5:105: -1 is not the size of a file in bytes"),
    (
      "- {url: 'https://a/b', sha256: \(hex), size: 9223372036854775807}",
      "5:105: 9223372036854775807 is not the size of a file in bytes"
    ),
    (
      "- {url: 'https://a/b', sha256: \(hex), size: 5 GiB}", "5:105: a whole number is wanted here, and this is '5 GiB'"
    ),
    (
      "- path: a/b\n- {path: c, name: B}",
      "6:4: the name 'B' is that of another file too, in line 5, or differs only in capital letters"
    ),
  ])
  func refusesWithThePlace(body: String, problem: String) {
    let error = #expect(throws: SealiftError.self) { try read(body) }
    #expect(error?.problem == "isc.yaml:\(problem)")
    #expect(error?.code == .configuration)
    #expect(error?.description.contains("canary") == false)
  }

  @Test func refusesMoreThanABundleTakes() {
    let body = (0...4096).map { "- path: f\($0)" }.joined(separator: "\n")
    let error = #expect(throws: SealiftError.self) { try read(body) }
    #expect(error?.problem == "isc.yaml:4101:4: there are more than 4096 files")
  }

  private func read(_ files: String) throws(SealiftError) -> ImageSetConfiguration {
    let text = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n files:\n"
    let indented = files.split(separator: "\n", omittingEmptySubsequences: false).map { " \($0)\n" }.joined()
    return try ImageSetConfiguration(Array((text + indented).utf8), source: "isc.yaml")
  }
}
