import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// What can be learned of the releases and cluster manifests of a bundle.
@Suite struct InspectReleaseTests {
  private let directory: TemporaryDirectory
  private let bundle: String
  private let release: TinyRelease
  private static let path = "config/ImageDigestMirrorSet/idms-release-0.yaml"

  init() throws {
    directory = try TemporaryDirectory()
    bundle = directory("a.tar.zst")
    var release = TinyRelease()
    release.templates["config/ConfigMap/odd.yaml"] = """
      apiVersion: v1
      data:
        odd: before\u{202E}behind
      kind: ConfigMap
      metadata:
        name: odd

      """
    self.release = release
    try TinyBundle(layers: [.gzip([1])], keys: [TinyBundle.exampleKey], release: release).write(to: bundle)
  }

  @Test func theDocumentListsReleasesAndManifests() throws {
    let found = try inspected(bundle, "--trust", Repository.path("formats/examples/tiny.pub"))
    let listed = try #require(found["releases"]?.elements?.first)
    #expect(listed["version"]?.text == "4.18.1")
    #expect(listed["architecture"]?.text == "amd64")
    #expect(listed["digest"] == found["images"]?.elements?.first?["digest"])
    #expect(listed["signers"]?.elements?.compactMap(\.text) == [release.fingerprint])
    let manifests = found["manifests"]?.elements
    #expect(manifests?.map { $0["kind"]?.text } == ["ConfigMap", "ImageDigestMirrorSet"])
    #expect(manifests?.map { $0["name"]?.text } == ["odd", "idms-release-0"])
    #expect(manifests?.map { $0["grants"]?.text } == [nil, nil])
    #expect(manifests?.allSatisfy { $0["source"] == .null && $0["profiles"] == .array([]) } == true)
    #expect(manifests?.last?["path"]?.text == Self.path)
    #expect(manifests?.last?["size"]?.integer == release.templates[Self.path]?.utf8.count)
    #expect(found["shown"] == .null)
  }

  @Test func peopleSeeThemToo() throws {
    let output = try Program.succeed(["inspect", bundle]).output
    #expect(output.contains("4.18.1 amd64 sha256:"))
    #expect(output.contains("signed by \(release.fingerprint)"))
    #expect(output.contains("ImageDigestMirrorSet: idms-release-0\n"))
  }

  @Test func aReleaseThatNobodyHasSignedIsSaidToBeSo() throws {
    var release = TinyRelease()
    release.signature = nil
    try TinyBundle(layers: [], keys: [], release: release).write(to: bundle)
    #expect(try Program.succeed(["inspect", bundle]).output.contains("packed unsigned, by permission"))
    #expect(try inspected(bundle)["releases"]?.elements?.first?["signers"] == .array([]))
  }

  @Test func aManifestIsShownAsItIs() throws {
    for trust in [[], ["--trust", Repository.path("formats/examples/tiny.pub")]] {
      let output = try Program.succeed(["inspect", bundle, "--show", Self.path] + trust).output
      #expect(output == release.templates[Self.path])
    }
    #expect(try inspected(bundle, "--show", Self.path)["shown"]?.text == release.templates[Self.path])
  }

  @Test func itsTextCannotSteerTheTerminal() throws {
    let output = try Program.succeed(["inspect", bundle, "--show", "config/ConfigMap/odd.yaml"]).output
    #expect(output.contains("  odd: before\\u{202E}behind\n"))
  }

  @Test(arguments: ["config/ConfigMap/no.yaml", "release-signatures/keys/x.gpg", "index.json", "bundle.json", "../a"])
  func otherEntriesAreNotShown(_ path: String) throws {
    expectFailure(try Program.run(["inspect", bundle, "--show", path]), .notFound, path)
  }

  @Test func aDamagedManifestIsNotShown() throws {
    let file = try File(bundle, .update)
    // Behind the index and the signatures the head begins.
    let offset = try #require(
      FileSystem.read(bundle, limit: 1 << 20).dropFirst(66_000).firstRange(of: [0x28, 0xB5, 0x2F, 0xFD]))
    try file.write([0xFF], at: offset.lowerBound + 100)
    expectFailure(try Program.run(["inspect", bundle, "--show", Self.path]), .corrupt)
  }
}
