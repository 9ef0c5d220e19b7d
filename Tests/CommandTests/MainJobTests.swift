import Content
import Deleting
import Diagnostics
import Gathering
import OCI
import Packing
import Publishing
import SystemIO
import TestSupport
import Testing

/// The main job from end to end, on OCI layouts.
@Suite struct MainJobTests {
  private let directory: TemporaryDirectory
  private let source: LayoutFixture
  private let keys: NewKeys

  init() throws {
    directory = try TemporaryDirectory()
    source = try LayoutFixture(directory("source"))
    keys = try keygen(name: directory("signer"), passphrase: nil)
    let base = try source.layer(seed: 1, size: 5 << 20)
    try source.image([base, source.layer(seed: 2, size: 300_000)], name: "team/app:v1")
    try source.image([base, source.layer(seed: 3, size: 70_001)], name: "team/other:v1", docker: true)
    let arm = try source.image([source.layer(seed: 4, size: 10)], architecture: "arm64")
    let amd = try source.image([base, source.plainLayer(seed: 5, size: 9 << 20)])
    try source.index([arm, amd], name: "team/multi:v2")
  }

  @Test func packsVerifiesAndUnpacks() async throws {
    let bundle = try await packed("a.tar.zst")
    let verification = try await verify(
      BundlePlaces(bundle), trust: trust, releaseTrust: ReleaseTrustOptions(environment: [:]),
      reporter: SilentReporter())
    #expect(verification.signers == [keys.id])
    let report = try await unpack(
      UnpackOptions(bundle: BundlePlaces(bundle), target: "oci:\(directory("target"))", trust: trust, registry: access),
      reporter: SilentReporter())
    #expect(report.receipt?.tagCount == 3)
    try #expect(FileSystem.list(directory("target/blobs/sha256")) == FileSystem.list(source.path + "/blobs/sha256"))
    #expect(!FileSystem.exists(bundle + ".partial"))
    #expect(!FileSystem.exists(bundle + ".partial.journal"))
  }

  @Test func theSameInputsGiveTheSameBytes() async throws {
    let bundles = [try await packed("a.tar.zst", parallel: 1), try await packed("b.tar.zst", parallel: 7)]
    let bytes = try bundles.map { try FileSystem.read($0, limit: 1 << 30) }
    // The signature region is the only part that may differ, as ECDSA is randomised.
    #expect(bytes[0].count == bytes[1].count)
    let differences = zip(bytes[0], bytes[1]).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
    #expect((differences.last ?? 0) - (differences.first ?? 0) < 64 << 10)
  }

  private var access: RegistryAccess { RegistryAccess(environment: ["TMPDIR": directory.path]) }

  private var trust: TrustOptions {
    var trust = TrustOptions()
    trust.keys = [keys.publicPath]
    return trust
  }

  private func packed(_ name: String, parallel: Int = 4) async throws -> String {
    var options = PackOptions(output: directory(name), registry: access)
    options.images = ["oci:\(source.path)"]
    options.keys = [KeyFile(path: keys.privatePath) { () throws(SealiftError) in [] }]
    options.created = 1_700_000_000
    options.parallel = parallel
    return try #require(try await pack(options, reporter: SilentReporter()).path)
  }
}
