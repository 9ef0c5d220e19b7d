import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// Releases in directories of `oc`, with their signatures beside them, are proven as those of a registry are.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct OcReleaseTests {
  private let job: ReleaseJob
  private let release: ReleaseWorld.Release
  private let mirror: String

  init() throws {
    job = try ReleaseJob()
    mirror = job.directory("mirror")
    release = try job.world.release("4.16.1")
    try job.configure("stable-4.16", "4.16.1"..."4.16.1")
    try Program.succeed(job.pack())
    try Program.succeed(job.unpack(to: "file://\(mirror)"))
    try FileSystem.remove(job.bundle)
  }

  private func pack(_ more: String..., key: String? = nil, environment: [String: String] = [:]) throws -> ToolResult {
    try Program.run(
      [
        "pack", "--image", "file://\(mirror)", "--key", job.key.privatePath, "--release-key",
        key ?? job.world.releaseKey, "--signature-store", job.directory.path, "-o", job.bundle,
      ] + more, environment: environment)
  }

  private var signatureFile: String { "\(mirror)/config/signature-sha256-\(release.digest.hex.prefix(16)).json" }

  /// Puts something else in the place of the signature.
  private func replaceSignature(_ bytes: [UInt8]) throws {
    let text = String(decoding: try FileSystem.read(signatureFile, limit: 1 << 20), as: UTF8.self)
    let old = try #require(
      try JSONReader.value(Array(text.utf8), source: "it")["binaryData"]?.members?.first?.value.text)
    try File(signatureFile, .replace).write(Array(text.replacing(old, with: Base64.encode(bytes)).utf8))
  }

  /// The signature that the world's store has of a payload.
  private func published(_ digest: Digest) throws -> [UInt8] {
    let result = try runTool(
      "curl", ["-fsS", "-o", job.directory("signature"), "\(job.world.signatures())/sha256=\(digest.hex)/signature-1"])
    try #require(result.status == 0, "\(result.errors)")
    return try FileSystem.read(job.directory("signature"), limit: 1 << 20)
  }

  @Test func itIsAReleaseOfTheBundle() throws {
    let packed = try pack()
    #expect(packed.status == 0, "\(packed.errors)")
    #expect(packed.output.contains("4.16.1 amd64"), "\(packed.output)")
    #expect(try job.packedReleases() == ["4.16.1 amd64"])
    let entry = try #require(try inspected(job.bundle)["releases"]?.elements?.first)
    #expect(entry["signers"]?.elements?.map(\.text) == [job.world.fingerprint])
    #expect(entry["source"]?.text == "file://\(mirror)//openshift/release-images@\(release.digest)")
    try Program.succeed([
      "verify", job.bundle, "--trust", job.key.publicPath, "--release-key", job.world.releaseKey,
      "--require-release-signatures",
    ])

    // What is at the target, and what a cluster is told, are as if the release had come from its registry.
    let target = try RegistryServer()
    let done = try Program.succeed(
      job.unpack(to: target.address, "--manifests", job.directory("out"), "--cluster-version", "4.16"))
    #expect(try RegistryStorage(target).allTags() == (try job.expectedTags(["4.16.1"])))
    #expect(done.output.contains("Update image:  \(target.address)/openshift/release-images:\(release.tag)"))
    let sets = String(
      decoding: try FileSystem.read(job.directory("out/ImageDigestMirrorSet/idms-release-0.yaml"), limit: 1 << 20),
      as: UTF8.self)
    #expect(sets.contains("source: \(job.world.registry.address)/openshift-release-dev/ocp-v4.0-art-dev"), "\(sets)")
    let objects = try FileSystem.list(job.directory("out/ConfigMap"))
    #expect(objects.count == 1 && objects[0].contains(release.digest.hex), "\(objects)")
    let steps = String(decoding: try FileSystem.read(job.directory("out/NEXT-STEPS.md"), limit: 1 << 20), as: UTF8.self)
    #expect(steps.contains("\(target.address)/openshift/release-images@\(release.digest)"))
    #expect(FileSystem.exists(job.directory("out/install-config-snippet.txt")))
  }

  @Test func aPayloadInAnotherRepositoryIsNamedThere() throws {
    try FileSystem.rename("\(mirror)/v2/openshift/release-images", to: "\(mirror)/v2/openshift/elsewhere")
    #expect(try pack().status == 0)
    try Program.succeed(
      job.unpack(to: "registry.example", "--manifests", job.directory("out"), "--manifests-only"))
    let steps = String(decoding: try FileSystem.read(job.directory("out/NEXT-STEPS.md"), limit: 1 << 20), as: UTF8.self)
    #expect(steps.contains("registry.example/openshift/elsewhere@\(release.digest)"), "\(steps)")
    #expect(!steps.contains("openshift/release-images"), "\(steps)")
  }

  @Test func aSignatureOfAnotherReleaseIsRefused() throws {
    try replaceSignature(published(job.world.release("4.16.0").digest))
    for more in [[], ["--allow-unsigned-release", "4.16.1"]] {
      let result = try Program.run(
        ["pack", "--image", "file://\(mirror)", "--unsigned", "--release-key", job.world.releaseKey, "-o", job.bundle]
          + more)
      #expect(result.status == 79 && result.errors.contains("signature-sha256-"), "\(result.errors)")
      #expect(!FileSystem.exists(job.bundle))
    }
  }

  @Test func whatProvesNothingIsRefusedOrPackedByPermission() throws {
    try replaceSignature(Array("hello".utf8))
    expectFailure(
      try pack(), .untrusted, "release 4.16.1", "has no valid signature", signatureFile,
      next: "--allow-unsigned-release 4.16.1")
    let allowed = try pack("--allow-unsigned-release", "4.16.1")
    #expect(allowed.status == 0 && allowed.errors.contains("it is packed by --allow-unsigned-release"))
    #expect(try inspected(job.bundle)["releases"]?.elements?.first?["signers"]?.elements == [])
    // A store that is named has the right one.
    try FileSystem.remove(job.bundle)
    let other = try pack("--signature-store", job.world.signatures(), "--src-tls-verify=false")
    #expect(other.status == 0 && other.errors.contains("warning: the signature file://"), "\(other.errors)")
    #expect(
      try inspected(job.bundle)["releases"]?.elements?.first?["signers"]?.elements?.map(\.text) == [
        job.world.fingerprint
      ])
  }

  @Test func theKeysThatCountAreThoseOfARegistrysRelease() throws {
    expectFailure(try pack(key: job.world.otherKey), .untrusted, "release 4.16.1", next: "--release-key")
    expectFailure(try pack(environment: ["PATH": "/nonexistent"]), .configuration, "gpgv is not installed")
    try FileSystem.remove(signatureFile)
    // Without one they are images like others.
    #expect(try pack().status == 0)
    #expect(try job.packedReleases() == [])
  }
}
