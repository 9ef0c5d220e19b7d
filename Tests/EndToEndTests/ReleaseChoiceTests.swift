import Diagnostics
import Digests
import SystemIO
import TestSupport
import Testing

/// Releases for several architectures, with images left out, and their graph data.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct ReleaseChoiceTests {
  private let job: ReleaseJob
  private var world: ReleaseWorld { job.world }

  init() throws { job = try ReleaseJob() }

  private func unpacked() throws -> [String] {
    let target = try RegistryServer()
    try Program.succeed(job.unpack(to: target.address))
    return try RegistryStorage(target).allTags()
  }

  /// Adds a member beside `platform` to the configuration.
  private func configure(_ channel: String, _ versions: ClosedRange<String>, beside member: String) throws {
    try job.configure(channel, versions)
    let path = job.directory("imageset-config.yaml")
    try FileSystem.write(FileSystem.read(path, limit: 1 << 16) + "  \(member)\n".utf8, to: path)
  }

  @Test func severalArchitecturesArriveSideBySide() throws {
    try job.configure("stable-4.16", "4.16.0"..."4.16.3", architectures: "amd64", "arm64", "multi")
    // The sample's channel has two versions for arm64, and one for all architectures at once.
    let nearest = try Program.succeed(job.pack("--dry-run"))
    #expect(nearest.errors.contains("note: multi: minVersion 4.16.0 is not in the channel stable-4.16"))
    try job.configure("stable-4.16", architectures: "amd64", "arm64", "multi")
    try Program.succeed(job.pack())
    let expected = try ["amd64", "arm64", "multi"].flatMap { try job.expectedTags(["4.16.3"], architecture: $0) }
    #expect(try unpacked() == expected.sorted())
  }

  @Test func aBlockedComponentIsLeftOutAndNamed() throws {
    let cli = try #require(try world.release("4.16.1").components["cli"])
    try configure("stable-4.16", "4.16.1"..."4.16.1", beside: "blockedImages: [{name: '\(cli)'}]")
    let result = try Program.succeed(job.pack())
    let note = "\(cli) (component cli of release 4.16.1 amd64) is left out: line "
    #expect(result.errors.contains(note), "\(result.errors)")
    let whole = try job.expectedTags(["4.16.1"])
    #expect(try unpacked() == whole.filter { !$0.hasSuffix(" \(cli)") })
  }

  @Test func aBlockedPayloadIsNoRelease() throws {
    try configure("stable-4.16", "4.16.1"..."4.16.1", beside: "blockedImages: [{name: 'ocp-release@'}]")
    expectFailure(try Program.run(job.pack()), .configuration, "4.16.1", "blockedImages")
    #expect(!FileSystem.exists(job.bundle))
  }

  @Test(arguments: [
    ("404", SealiftError.Code.notFound), ("500", .network), ("html", .protocol), ("truncated", .network),
  ])
  func aServerOfGraphDataThatFailsIsNamed(fault: String, code: SealiftError.Code) throws {
    try job.configure("stable-4.16", also: "graph: true\n")
    let base = "\(world.registry.address)/ubi9/ubi:latest"
    let result = try Program.run(job.pack("--graph-data", world.graphData(fault), "--graph-base-image", base))
    expectFailure(result, code, world.address)
    #expect(!FileSystem.exists(job.bundle))
    #expect(try FileSystem.list(job.directory.path).filter { $0.hasPrefix("bundle") } == [])
  }
}
