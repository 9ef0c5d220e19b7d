import Diagnostics
import Digests
import JSON
import Signing
import SystemIO
import TestSupport
import Testing

/// Releases that cannot be had, or must not.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct ReleaseFaultTests {
  private let job: ReleaseJob
  private var world: ReleaseWorld { job.world }

  init() throws { job = try ReleaseJob() }

  private func expectNoBundle(_ result: ToolResult, _ code: SealiftError.Code, _ words: [String]) {
    expectFailure(result, code)
    for word in words { #expect(result.errors.contains(word), "\(word) in \(result.errors)") }
    #expect(!FileSystem.exists(job.bundle))
  }

  private func bytes(_ path: String) throws -> [UInt8] { try FileSystem.read(path, limit: 1 << 20) }

  @Test(arguments: [
    ("404", SealiftError.Code.notFound), ("500", .network), ("html", .protocol), ("truncated", .network),
  ])
  func aGraphServerThatFailsIsNamed(fault: String, code: SealiftError.Code) throws {
    try job.configure("stable-4.16")
    expectNoBundle(try Program.run(job.pack(graph: world.graph(fault))), code, [world.address])
  }

  @Test func aGraphServerThatIsDownIsNamed() throws {
    try job.configure("stable-4.16")
    let closed = try ClosedPort()
    expectNoBundle(
      try Program.run(job.pack(graph: "http://127.0.0.1:\(closed.number)/graph")), .network,
      ["127.0.0.1:\(closed.number)"])
  }

  @Test func aGraphServerMayBeSlowAndMayFailOnce() throws {
    try job.configure("stable-4.16")
    try Program.succeed(job.pack(graph: world.graph("slow"), "--dry-run"))
    try Program.succeed(job.pack(graph: world.graph("500-once-graph"), retries: 1, "--dry-run"))
  }

  @Test(arguments: [
    ("stable-4.99", nil, "amd64", ["stable-4.99"]),
    ("stable-4.16", nil, "s390x", ["stable-4.16", "s390x"]),
    ("stable-4.16", "4.16.8 4.16.9", "amd64", ["4.16.8", "4.16.3"]),
    ("stable-4.16", "4.16.3 4.16.0", "amd64", ["4.16.3", "4.16.0"]),
  ])
  func whatAChannelDoesNotHaveIsNamed(
    channel: String, versions: String?, architecture: String, words: [String]
  ) throws {
    let range = versions.map { $0.split(separator: " ") }
    let limits = range.map { ", minVersion: \($0[0]), maxVersion: \($0[1])" } ?? ""
    try job.configure(platform: "channels: [{name: \(channel)\(limits)}]\narchitectures: [\(architecture)]\n")
    let result = try Program.run(job.pack())
    #expect([SealiftError.Code.notFound.rawValue, SealiftError.Code.configuration.rawValue].contains(result.status))
    for word in words { #expect(result.errors.contains(word), "\(word) in \(result.errors)") }
    #expect(!FileSystem.exists(job.bundle))
  }

  @Test(arguments: [
    ("4.18.0", SealiftError.Code.untrusted, "4.18.0"), ("4.18.1", .untrusted, "4.18.1"),
    ("4.18.2", .untrusted, "4.18.2"), ("4.18.3", .untrusted, "4.18.3"), ("4.18.4", .untrusted, "4.18.4"),
    ("4.18.5", .notFound, "must-gather"), ("4.18.6", .protocol, "image-references"),
    ("4.18.7", .protocol, "image-references"), ("4.18.8", .protocol, "cli"),
  ])
  func aFlawedReleaseIsRefused(version: String, code: SealiftError.Code, word: String) throws {
    try job.configure("candidate-4.18", version...version)
    expectNoBundle(try Program.run(job.pack()), code, [word])
  }

  @Test(arguments: [
    ("404", SealiftError.Code.untrusted), ("500", .network), ("html", .untrusted), ("truncated", .network),
  ])
  func aSignatureStoreThatFailsIsNamed(fault: String, code: SealiftError.Code) throws {
    try job.configure("stable-4.16", "4.16.0"..."4.16.0")
    expectNoBundle(
      try Program.run(job.pack(stores: [world.signatures(fault)])), code, ["4.16.0", world.address])
    // Where the payload names a store that works, the other one may fail.
    try Program.succeed(
      job.pack(stores: [], "--dry-run"), environment: ["OCP_SIGNATURE_URL": world.signatures(fault)])
  }

  @Test func aSignatureOfAnotherKeyIsRefusedOnBothSides() throws {
    try job.configure("candidate-4.18", "4.18.1"..."4.18.1")
    // Somebody whose bundles are trusted packs what another publisher has signed.
    try Program.succeed(job.pack(releaseKey: world.otherKey))
    let target = try RegistryServer()
    let result = try Program.run(job.unpack(to: target.address))
    expectFailure(result, .untrusted, "4.18.1")
    #expect(try RegistryStorage(target).state() == [])
    expectFailure(
      try Program.run(["verify", job.bundle, "--trust", job.key.publicPath, "--release-key", world.releaseKey]),
      .untrusted, "4.18.1")
    try Program.succeed(job.unpack(to: target.address, releaseKey: world.otherKey))
  }

  /// What an attacker whose own bundles are trusted puts in the place of a release's signature.
  enum Replacement: CaseIterable {
    case signatureOfAnotherRelease, signatureOfAnotherKey, text
  }

  @Test(arguments: Replacement.allCases)
  func aReplacedReleaseSignatureIsRefusedThoughTheBundleIsTrusted(replacement: Replacement) throws {
    let path = { (release: ReleaseWorld.Release) in "signatures/sha256=\(release.digest.hex)/signature-1" }
    var release = TinyRelease()
    release.fingerprint = world.fingerprint
    try runOrFail("gpg", ["--dearmor", "--output", job.directory("release-key.gpg"), world.releaseKey])
    release.key = try bytes(job.directory("release-key.gpg"))
    release.signature =
      switch replacement {
      case .signatureOfAnotherRelease: try bytes(world.path(path(world.release("4.16.0"))))
      case .signatureOfAnotherKey: try bytes(world.path(path(world.release("4.18.1"))))
      case .text: Array("no signature at all\n".utf8)
      }
    let signer = try TinyBundle.exampleKey
    try TinyBundle(layers: [.gzip(Gzip.stored([1]))], keys: [signer], release: release).write(to: job.bundle)
    let digest = try #require(inspected(job.bundle)["releases"]?.elements?.first?["digest"]?.text)
    let trusted = job.directory("signer2.pub")
    try FileSystem.write(signer.publicKey.pem, to: trusted)
    let target = try RegistryServer()
    let trust = ["--trust", trusted, "--release-key", world.releaseKey]
    // One for another payload names both by their digests.
    let word = replacement == .signatureOfAnotherRelease ? digest : release.version
    for command in [["unpack", job.bundle, target.address, "--dest-tls-verify=false"], ["verify", job.bundle]] {
      expectFailure(try Program.run(command + trust), .untrusted, word)
    }
    #expect(try RegistryStorage(target).state() == [])
  }

  @Test func withoutGpgvNothingIsPackedAndUnpackSaysWhatItDidNotProve() throws {
    try job.configure("stable-4.16", "4.16.0"..."4.16.0")
    let withoutTools = ["env", "PATH=/nonexistent"]
    let refused = try Run(job.pack(), under: withoutTools).result()
    #expect(refused.status != 0 && refused.errors.contains("gpgv"))
    try Program.succeed(job.pack())
    let target = try RegistryServer()
    let command = job.unpack(to: target.address)
    let required = try Run(command + ["--require-release-signatures"], under: withoutTools).result()
    #expect(required.status != 0 && required.errors.contains("gpgv"))
    #expect(try RegistryStorage(target).state() == [])
    let unpacked = try Run(command, under: withoutTools).result()
    #expect(unpacked.status == 0 && unpacked.errors.contains("proven"), "\(unpacked.errors)")
  }
}
