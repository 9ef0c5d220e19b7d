import BundleFormat
import Content
import Diagnostics
import Digests
import Gathering
import JSON
import OCI
import Packing
import Publishing
import SystemIO
import TestSupport
import Testing

/// The releases of a bundle, proven again by `unpack` and `verify`.
@Suite(.enabled(if: GPGHome.isInstalled, "\(GPGHome.reason)"), .timeLimit(.minutes(20)))
struct ReleaseTrustTests {
  private let home: GPGHome
  private let directory: TemporaryDirectory
  private let payload: Digest
  private let good: [UInt8]
  private let fingerprint: String
  private static let layers = [TinyBundle.Layer.gzip([1, 2, 3])]
  private static let programs = "/usr/local/bin:/usr/bin:/bin"

  // No test adds a key.
  private static let keys = SharedFixture {
    let home = try GPGHome()
    try home.makeKey("release@test")
    return home
  }

  init() throws {
    home = try Self.keys.get()
    directory = try TemporaryDirectory()
    try FileSystem.write(home.publicKeys(armored: true), to: directory("release.asc"))
    fingerprint = try home.fingerprint("release@test")
    payload = try #require(TinyBundle(layers: Self.layers, keys: []).index.images.first?.manifest.digest)
    good = try Self.signature(home, payload)
  }

  private static func signature(_ home: GPGHome, _ digest: Digest) throws -> [UInt8] {
    let text = """
      {"critical":{"identity":{"docker-reference":"host/release:1"},"image":{"docker-manifest-digest":"\(digest)"},\
      "type":"atomic container signature"}}
      """
    return try home.sign(Array(text.utf8), by: ["release@test"])
  }

  /// Writes a bundle of one release.
  private func write(_ signature: [UInt8]?, key: [UInt8]? = nil) throws {
    var release = TinyRelease()
    release.fingerprint = fingerprint
    release.signature = signature
    release.key = try key ?? home.publicKeys()
    try TinyBundle(layers: Self.layers, keys: [TinyBundle.exampleKey], release: release)
      .write(to: directory("a.tar.zst"))
  }

  private var trust: TrustOptions {
    var trust = TrustOptions()
    trust.keys = [Repository.path("formats/examples/tiny.pub")]
    return trust
  }

  private func releaseTrust(
    key: Bool = true, required: Bool = false, environment: [String: String] = [:], path: String = programs
  ) -> ReleaseTrustOptions {
    var options = ReleaseTrustOptions(
      environment: ["PATH": path, "TMPDIR": directory.path].merging(environment) { $1 })
    options.keys = key ? [directory("release.asc")] : []
    options.isRequired = required
    return options
  }

  /// What `verify` and `unpack` find; both must find the same.
  private func findings(
    _ releaseTrust: ReleaseTrustOptions, reporter: any Reporter = SilentReporter()
  ) async throws -> [ReleaseFinding] {
    let verified = try await verify(
      BundlePlaces(directory("a.tar.zst")), trust: trust, releaseTrust: releaseTrust, reporter: reporter)
    var options = UnpackOptions(
      bundle: BundlePlaces(directory("a.tar.zst")), target: "oci:\(directory("target"))", trust: trust,
      registry: RegistryAccess(environment: ["TMPDIR": directory.path]))
    options.releaseTrust = releaseTrust
    options.receipt = directory("receipt.json")
    let unpacked = try await unpack(options, reporter: SilentReporter())
    #expect(unpacked.releases.map(\.json) == verified.releases.map(\.json))
    #expect(unpacked.receipt?.releases.map(\.json) == verified.releases.map(\.json))
    return verified.releases
  }

  /// The problem that `verify` and `unpack` both name; nothing must have been published.
  private func failure(_ releaseTrust: ReleaseTrustOptions) async -> SealiftError? {
    let verifying = await #expect(throws: SealiftError.self) {
      try await verify(
        BundlePlaces(directory("a.tar.zst")), trust: trust, releaseTrust: releaseTrust, reporter: SilentReporter())
    }
    var options = UnpackOptions(
      bundle: BundlePlaces(directory("a.tar.zst")), target: "oci:\(directory("target"))", trust: trust,
      registry: RegistryAccess(environment: ["TMPDIR": directory.path]))
    options.releaseTrust = releaseTrust
    options.clusterManifests = nil
    let unpacking = await #expect(throws: SealiftError.self) {
      try await unpack(options, reporter: SilentReporter())
    }
    #expect(unpacking?.problem == verifying?.problem)
    #expect(unpacking?.code == verifying?.code)
    #expect(!FileSystem.exists(directory("target")))
    return verifying
  }

  @Test func aKeyThatIsNamedHereProvesARelease() async throws {
    try write(good)
    let finding = try #require(try await findings(releaseTrust()).first)
    #expect(finding.outcome == .proven)
    #expect(finding.keys == [fingerprint])
    #expect(finding.name == "4.18.1 amd64")
    #expect(finding.digest == payload.description)
    let variable = ["OCP_SIGNATURE_VERIFICATION_PK": directory("release.asc")]
    #expect(
      try await findings(releaseTrust(key: false, required: true, environment: variable)).first?.outcome == .proven)
  }

  @Test func theBundlesOwnKeyDoesNotCountByItself() async throws {
    try write(good)
    let error = await failure(releaseTrust(key: false))
    #expect(error?.code == .untrusted)
    #expect(error?.nextStep.contains("--release-key") == true)
  }

  @Test func aKeyOfTheBundleThatIsNoKeyIsNotNeeded() async throws {
    try write(good, key: Array("no key".utf8))
    #expect(await failure(releaseTrust(key: false))?.code == .untrusted)
    #expect(try await findings(releaseTrust()).first?.outcome == .proven)
  }

  @Test func aSignatureThatWasReplacedIsRefusedAlthoughTheBundleIsSigned() async throws {
    let other = try Self.signature(home, SHA256Hasher.digest(of: []))
    for signature in [other, Array(good.dropLast(30)), Array("text".utf8), []] {
      try write(signature)
      #expect(await failure(releaseTrust())?.code == .untrusted)
    }
  }

  @Test func withoutTheProgramThatIsSaid() async throws {
    try write(good)
    let nowhere = releaseTrust(path: directory.path)
    let reporter = ReportKeeper()
    let finding = try #require(try await findings(nowhere, reporter: reporter).first)
    #expect(finding.outcome == .notProvenAgain)
    #expect(finding.keys == [fingerprint])
    #expect(reporter.notes.contains { $0.contains("4.18.1 amd64") && $0.contains("gpgv is not installed") })
  }

  @Test func withoutTheProgramNothingThatMustBeProvenPasses() async throws {
    try write(good)
    let error = await failure(releaseTrust(required: true, path: directory.path))
    #expect(error?.code == .untrusted)
    #expect(error?.nextStep.contains("gpgv") == true)
  }

  @Test func aReleaseWithoutASignatureIsAWarningOrAnError() async throws {
    try write(nil)
    #expect(await failure(releaseTrust(required: true))?.problem.contains("carries no signature") == true)
    let reporter = ReportKeeper()
    let finding = try #require(try await findings(releaseTrust(), reporter: reporter).first)
    #expect(finding.outcome == .unsigned)
    #expect(finding.keys.isEmpty)
    #expect(reporter.warnings.contains { $0.contains("4.18.1 amd64 carries no signature") })
  }

  @Test(.enabled(if: SchemaValidator.isInstalled, "\(SchemaValidator.reason)"))
  func receiptsFollowTheirSchema() async throws {
    var receipts: [[UInt8]] = []
    for (signature, path) in [(good, Self.programs), (good, directory.path), (nil, Self.programs)] {
      try write(signature)
      _ = try await findings(releaseTrust(path: path))
      receipts.append(try FileSystem.read(directory("receipt.json"), limit: 1 << 20))
    }
    let outcomes = try receipts.map { bytes in
      try JSONReader.value(bytes, source: "receipt")["releases"]?.elements?.first?["outcome"]?.text
    }
    #expect(outcomes == ["proven", "not-proven-again", "unsigned"])
    #expect(try SchemaValidator("receipt.schema.json").verdicts(receipts) == ["ok", "ok", "ok"])
  }
}
