import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// Releases on their way from the publisher's registry through a bundle into an empty one.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct ReleaseTests {
  private let job: ReleaseJob
  private var world: ReleaseWorld { job.world }

  init() throws { job = try ReleaseJob() }

  private func json(_ arguments: [String]) throws -> JSONValue {
    try JSONReader.value(Array(Program.succeed(arguments + ["--json"]).output.utf8), source: "stdout")
  }

  @Test func aRangeOfAChannelArrivesWholeAndAsPlanned() throws {
    try job.configure(
      "stable-4.16", "4.16.0"..."4.16.3", also: "graph: true\nkubeVirtContainer: true\n")
    let graphData = [
      "--graph-data", world.graphData(), "--graph-base-image", "\(world.registry.address)/ubi9/ubi:latest",
    ]
    let planned = try json(job.pack() + graphData + ["--dry-run"])
    #expect(!FileSystem.exists(job.bundle))
    let packed = try json(job.pack() + graphData)
    #expect(planned["images"] == packed["images"] && planned["bundle"] == packed["bundle"])
    let versions = ["4.16.0", "4.16.1", "4.16.2", "4.16.3"]
    #expect(try job.packedReleases() == versions.map { "\($0) amd64" })

    let target = try RegistryServer()
    let manifests = job.directory("manifests")
    try Program.succeed(job.unpack(to: target.address, "--manifests", manifests))
    let tags = try RegistryStorage(target).allTags()
    #expect(tags.filter { !$0.contains("graph-image") } == (try job.expectedTags(versions, bootImages: true)))
    #expect(tags.count { $0.hasPrefix("openshift/graph-image:latest ") } == 1)
    for version in versions {
      let name = "sha256-\(try world.release(version).digest.hex)"
      #expect(FileSystem.exists("\(manifests)/ConfigMap/\(name).yaml"))
    }
    for kind in ["ImageDigestMirrorSet", "UpdateService"] {
      #expect(FileSystem.isDirectory("\(manifests)/\(kind)"), "\(kind)")
    }
    for file in ["NEXT-STEPS.md", "mapping.txt", "install-config-snippet.txt"] {
      #expect(FileSystem.exists("\(manifests)/\(file)"), "\(file)")
    }
  }

  @Test func theHeadOfAChannelIsTakenWhereNoVersionIsNamed() throws {
    try job.configure("stable-4.16", architectures: "amd64", "arm64")
    try Program.succeed(job.pack())
    #expect(try job.packedReleases() == ["4.16.3 amd64", "4.16.3 arm64"])
  }

  @Test func theShortestPathLeavesVersionsOut() throws {
    try job.configure("stable-4.16", "4.16.0"..."4.16.3", shortestPath: true)
    try Program.succeed(job.pack())
    #expect(try job.packedReleases() == ["4.16.0 amd64", "4.16.1 amd64", "4.16.3 amd64"])
  }

  @Test(arguments: [("eus-4.16", "4.16.2", "ExampleRisk"), ("fast-4.16", "4.16.3", "no upgrade")])
  func thePlanNamesAnUpgradeThatIsConditionalOrBlocked(channel: String, last: String, words: String) throws {
    try job.configure(channel, "4.16.0"...last)
    let notes = try json(job.pack("--dry-run"))["notes"]?.elements?.compactMap(\.text) ?? []
    #expect(notes.contains { $0.contains("4.16.0") && $0.contains(last) && $0.contains(words) }, "\(notes)")
  }

  @Test func aManifestListReleaseKeepsItsDigests() throws {
    try job.configure("stable-4.16", architectures: "multi")
    try Program.succeed(job.pack())
    let target = try RegistryServer()
    try Program.succeed(job.unpack(to: target.address))
    #expect(try RegistryStorage(target).allTags() == (try job.expectedTags(["4.16.3"], architecture: "multi")))
  }

  @Test(arguments: [":4.16.1-x86_64", "@"]) func oneReleaseComesWithoutAGraph(reference: String) throws {
    let digest = try world.release("4.16.1").digest
    let suffix = reference == "@" ? "@\(digest)" : reference
    try job.configure(
      platform: "release: \(world.registry.address)/openshift-release-dev/ocp-release\(suffix)\n")
    try Program.succeed(job.pack(graph: "http://127.0.0.1:1/graph"))
    #expect(try job.packedReleases() == ["4.16.1 amd64"])
  }

  @Test func aSavedGraphServesWithoutAServer() throws {
    try job.configure("stable-4.17", "4.16.3"..."4.17.1")
    var arguments = job.pack("--graph-file", world.path("graph/amd64-stable-4.17.json"))
    let place = try #require(arguments.firstIndex(of: "--graph-url"))
    arguments.removeSubrange(place...place + 1)
    try Program.succeed(arguments)
    #expect(try job.packedReleases() == ["4.16.3 amd64", "4.17.0 amd64", "4.17.1 amd64"])
  }

  @Test func theSecondSignatureCountsWhereTheFirstIsOfAKeyThatNobodyTrusts() throws {
    try job.configure("stable-4.16", "4.16.3"..."4.16.3")
    try Program.succeed(job.pack())
    let signers = try inspected(job.bundle)["releases"]?.elements?.first?["signers"]?.elements?.map(\.text)
    #expect(signers == [world.fingerprint])
    try Program.succeed(["verify", job.bundle, "--trust", job.key.publicPath, "--release-key", world.releaseKey])
  }

  @Test func anUnsignedReleaseComesByPermissionAlone() throws {
    try job.configure("candidate-4.18", "4.18.0"..."4.18.0")
    expectFailure(try Program.run(job.pack()), .untrusted, "4.18.0", next: "--allow-unsigned-release")
    expectFailure(try Program.run(job.pack("--allow-unsigned-release", "4.18.1")), .untrusted, "4.18.0")
    try Program.succeed(job.pack("--allow-unsigned-release", "4.18.0"))
    #expect(try job.packedReleases() == ["4.18.0 amd64"])
  }
}
