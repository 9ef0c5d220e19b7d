import Diagnostics
import Digests
import Release
import SystemIO
import TestSupport
import Testing

/// Real release signatures, and files made from them that prove nothing.
@Suite(
  .enabled(if: Corpus.isPresent, "\(Corpus.reason)"), .enabled(if: GPGHome.isInstalled, "\(GPGHome.reason)"),
  .timeLimit(.minutes(20)))
struct RealSignatureTests {
  private let gpgv: GPGV

  init() throws { gpgv = try #require(GPGV(environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])) }

  private func bytes(_ name: String) throws -> [UInt8] {
    try FileSystem.read(Corpus.path("signatures/\(name)"), limit: 1 << 20)
  }

  private func keys(_ names: String...) throws -> [ReleaseKey] {
    try names.flatMap { try ReleaseKey.read(try bytes($0), name: $0) }
  }

  /// The keys that a payload hands out, of which the pinned one counts.
  private var pinned: [ReleaseKey] {
    get throws {
      let offered = try keys(
        "keys/keys/verifier-public-key-openshift-ci", "keys/keys/verifier-public-key-redhat-beta-2",
        "keys/keys/verifier-public-key-redhat-release")
      return ReleaseTrust.standard.keys(among: offered)
    }
  }

  private func stored(_ directory: String) throws -> [(digest: Digest, bytes: [UInt8])] {
    try FileSystem.list(Corpus.path("signatures/\(directory)")).map { name in
      (
        digest: try #require(Digest(hex: name.dropFirst("sha256=".count))),
        bytes: try bytes("\(directory)/\(name)/signature-1")
      )
    }
  }

  @Test func theKeysHaveTheirPublishedFingerprints() throws {
    let found = try keys(
      "keys/keys/verifier-public-key-openshift-ci", "keys/keys/verifier-public-key-openshift-ci-2",
      "keys/keys/verifier-public-key-openshift-ci-3", "keys/keys/verifier-public-key-openshift-ci-4",
      "keys/keys/verifier-public-key-redhat-beta-2", "keys/keys/verifier-public-key-redhat-release")
    #expect(
      found.map(\.fingerprint) == [
        "D04761B116203B0C0859B61628B76E05B923888E", "20CCC7AD272DCD3AA169F12A65C28371F55D29A9",
        "FE526D8F6FEDC123BE219E45CF4B45E2071F0337", "6A9588F07F2D3AE7973AD2A9193E53CCD2E2F7A4",
        "B08B659EE86AF623BC90E8DB938A80CAF21541EB", ReleaseTrust.redHatFingerprint,
      ])
    #expect(try pinned.count == 1)
    #expect(try keys("redhat-release-key.gpg").first?.fingerprint == ReleaseTrust.redHatFingerprint)
    #expect(try keys("library-go/keyrings/combined.txt").map(\.fingerprint) == [found[5], found[0]].map(\.fingerprint))
  }

  @Test func allReleasesAreProvenByThePinnedKey() throws {
    let signatures = try stored("ocp-release")
    #expect(signatures.count == 3)
    for signature in signatures {
      let verdict = try gpgv.verify(signature.bytes, for: signature.digest, keys: try pinned, source: "x")
      let proven = try verdict.get()
      #expect(proven.key.fingerprint == ReleaseTrust.redHatFingerprint)
      #expect(proven.digest == signature.digest)
      #expect(proven.bytes == signature.bytes)
      let longer = try gpgv.verify(signature.bytes + [1, 2], for: signature.digest, keys: try pinned, source: "x")
      #expect(try longer.get().bytes == signature.bytes)
      #expect(proven.reference.contains("/ocp-release:4."))
    }
  }

  @Test func noReleaseIsProvenByAnotherKey() throws {
    for signature in try stored("ocp-release") {
      let other = try keys(
        "keys/keys/verifier-public-key-redhat-beta-2", "keys/keys/verifier-public-key-openshift-ci-4")
      let verdict = try gpgv.verify(signature.bytes, for: signature.digest, keys: other, source: "x")
      let error = #expect(throws: SealiftError.self) { try verdict.get() }
      #expect(error?.problem == "x was made by the key 199E2F91FD431D51, which is not trusted")
    }
  }

  @Test func eachOfTheOlderOnesIsWorthWhatItsKeyIs() throws {
    let byRedHat = "sha256=e3f12513a4b22a2d7c0e7c9207f52128113758d9d68c7d06b11a0ac7672966f7"
    let both = try keys("library-go/keyrings/combined.txt")
    for signature in try stored("library-go/signatures") {
      let verdict = try gpgv.verify(signature.bytes, for: signature.digest, keys: both, source: "x")
      if byRedHat.hasSuffix(signature.digest.hex) {
        #expect(try verdict.get().key.fingerprint == ReleaseTrust.redHatFingerprint)
      } else {
        let error = #expect(throws: SealiftError.self) { try verdict.get() }
        #expect(error?.problem == "x was made by the key 28B76E05B923888E, which expired on 2021-04-21")
      }
    }
  }

  @Test func allThatMustFailFails() throws {
    let digest = try #require(Digest(hex: "ea0429e14dc9ff007f56d5db2b75209c2510d81e6869194e33a53352d2b6a4fa"))
    let names = try FileSystem.list(Corpus.path("signatures/must-fail")).filter { $0.hasSuffix(".sig") }
    #expect(names.count == 8)
    for name in names {
      let verdict = try gpgv.verify(try bytes("must-fail/\(name)"), for: digest, keys: try pinned, source: name)
      guard case .refused(let error) = verdict else {
        Issue.record("\(name) was not refused")
        continue
      }
      #expect(error.code == .untrusted)
    }
  }

  @Test func theSignatureOfAnotherPayloadIsCalledThat() throws {
    let signature = try #require(try stored("must-fail/wrong-digest").first)
    let verdict = try gpgv.verify(signature.bytes, for: signature.digest, keys: try pinned, source: "x")
    guard case .otherPayload(let error) = verdict else {
      Issue.record("it was taken, or refused for another reason")
      return
    }
    #expect(error.problem.contains("not for \(signature.digest)"))
    #expect(error.problem.contains("0da6316466d60a3a4535d5fed3589feb0391989982fba59d47d4c729912d6363"))
  }
}
