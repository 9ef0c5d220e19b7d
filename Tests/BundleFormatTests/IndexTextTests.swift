import Testing

@testable import BundleFormat

/// What the texts of an index may be, at the edges of each rule.
struct IndexTextTests {
  @Test(arguments: [
    ("2026-11-01T23:59:59Z", true), ("2024-02-29T00:00:00Z", true), ("2000-02-29T00:00:00Z", true),
    ("2026-12-31T00:00:00Z", true), ("2026-02-28T00:00:00Z", true), ("0000-01-01T00:00:00Z", true),
    ("2026-02-29T00:00:00Z", false), ("2024-02-30T00:00:00Z", false), ("1900-02-29T00:00:00Z", false),
    ("2026-04-31T00:00:00Z", false), ("2026-11-00T00:00:00Z", false), ("2026-01-32T00:00:00Z", false),
    ("2026-11-01T24:00:00Z", false), ("2026-11-01T00:60:00Z", false), ("2026-11-01T00:00:60Z", false),
    ("2026-11-01T00:00:00z", false), ("2026-11-01 00:00:00Z", false), ("2026-11-01T00:00:00ZZ", false),
    ("2026-11-01T00:00:0Z", false), ("202a-11-01T00:00:00Z", false), ("2026-11-01T00:00:00+", false), ("", false),
  ])
  func times(text: String, isOne: Bool) { #expect(BundleIndex.isTime(text) == isOne) }

  private static let digest = "sha256:\(String(repeating: "ab", count: 32))"

  @Test(arguments: [
    ("r.example/a@\(digest)", true), ("a@\(digest)", true), ("@\(digest)", false), (digest, false), ("a@", false),
    ("a@sha256:ab", false), ("a@\(digest)@b", false), ("a:1", false), ("", false),
  ])
  func bases(text: String, isOne: Bool) { #expect(BundleIndex.isBase(text) == isOne) }

  @Test(arguments: [
    ("linux/amd64", true), ("linux/arm/v7", true), ("\(String(repeating: "x", count: 100))/y", true), ("!/~", true),
    ("linux", false), ("a/b/c/d", false), ("a/", false), ("/b", false), ("a//c", false), ("a b/c", false),
    ("a/\u{7F}", false), ("a/é", false), ("\(String(repeating: "x", count: 101))/y", false), ("", false),
  ])
  func platforms(text: String, isOne: Bool) { #expect(BundleIndex.isPlatform(text) == isOne) }

  @Test(arguments: [
    "requested", "graph data", "catalog", "bundle a.v1", "image of bundle a.v1", "image of manifest config/A/b.yaml",
    "chart a 1.0.0", "image of chart a 1.0.0", "release 4.18.1 amd64", "release 4.18.1-rc.1 multi",
    "component cli of release 4.18.1 arm64", "referrer of \(digest)", "signature of \(digest)", "SBOM of \(digest)",
    "attestation of \(digest)",
  ])
  func reasons(text: String) {
    #expect(ImageReason(text)?.description == text)
  }

  @Test(arguments: [
    "", "wanted", "Requested", "bundle ", "image of bundle ", "image of manifest ", "chart ", "chart a", "chart a ",
    "chart  1.0.0", "image of chart a", "image of chart ", "release 4.18.1", "release 4.18.1 ", "release  amd64",
    "release x amd64", "release 4.18.1 vax", "component cli", "component  of release 4.18.1 amd64",
    "component cli of release 4.18.1", "component cli of release 4.18 amd64", "component cli of release 4.18.1 vax",
    "referrer", "referrer of ", " of \(digest)", "referrer of sha256:ab", "friend of \(digest)",
  ])
  func whatIsNoReason(text: String) { #expect(ImageReason(text) == nil) }

  @Test(arguments: [
    ("a", true), ("team-1", true), ("0", true), (String(repeating: "z", count: 63), true), ("", false), ("-", false),
    ("-a", false), ("a-", false), ("A", false), ("a.b", false), ("a_b", false), ("a/b", false), ("a`b", false),
    ("a{b", false), ("é", false), (String(repeating: "z", count: 64), false),
  ])
  func profiles(text: String, isOne: Bool) { #expect(BundleIndex.isProfile(text) == isOne) }

  @Test(arguments: [
    (String(repeating: "A0", count: 20), true), (String(repeating: "9F", count: 32), true),
    (String(repeating: "A0", count: 26), false), (String(repeating: "a0", count: 20), false),
    (String(repeating: "G0", count: 20), false), (String(repeating: "A", count: 39), false),
    (String(repeating: "A", count: 41), false), (String(repeating: "A", count: 65), false), ("", false),
    (String(repeating: "A:", count: 20), false),
  ])
  func fingerprints(text: String, isOne: Bool) {
    #expect(BundleIndex.ReleaseSignature.isFingerprint(text) == isOne)
  }

  @Test(arguments: [
    ("config/ConfigMap/a_b.yaml", true), ("release-signatures/keys/AB.gpg", true), ("config/A/b._=:-", true),
    ("config/\(String(repeating: "k", count: 47))/\(String(repeating: "n", count: 100))", true),
    ("config/A/\(String(repeating: "n", count: 101))", false),
    ("config/\(String(repeating: "k", count: 48))/\(String(repeating: "n", count: 100))", false),
    ("config/A", false), ("config/A/b/c", false), ("config//b", false), ("config/A/", false), ("config/A/.b", false),
    ("config/A/-b", false), ("config/A/b c", false), ("config/A/b+c", false), ("config/A/..", false),
    ("/config/A/b", false), ("other/A/b", false), ("configs/A/b", false), ("release-signatures/a", false), ("", false),
  ])
  func pathsInTheHead(text: String, isOne: Bool) { #expect(BundleIndex.HeadFile.isExtraPath(text) == isOne) }

  @Test(arguments: [
    ("oc", true), ("lib/libssl.so.3", true), ("a/b/c", true), ("a/b/c/d", false), ("a//c", false), ("a/../c", false),
    ("/a", false), ("a/", false), ("", false), ("a/-c", false),
    (String(repeating: "n", count: 200), true), (String(repeating: "n", count: 201), false), ("a b", false),
  ])
  func pathsOfTools(text: String, isOne: Bool) { #expect(BundleIndex.Tool.isPath(text) == isOne) }

  private struct Member: ProfileMember { var profiles: [String] }

  @Test func whatBelongsToNoProfileBelongsToAll() {
    #expect(Member(profiles: []).applies(to: nil) && Member(profiles: []).applies(to: "a"))
    #expect(Member(profiles: ["a", "b"]).applies(to: "b"))
    #expect(!Member(profiles: ["a"]).applies(to: "b") && !Member(profiles: ["a"]).applies(to: nil))
  }
}
