import JSON
import SystemIO
import TestSupport
import Testing

/// Updates of releases: a cluster is told of the whole state, whatever of it travels.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct SinceReleaseTests {
  private let job: ReleaseJob

  init() throws { job = try ReleaseJob() }

  private func shown(_ bundle: String) throws -> String {
    try Program.succeed(["inspect", bundle, "--show", "config/"]).output
  }

  @Test func aPathFromAVersionThatIsThereKeepsItInAllThatClustersAreTold() throws {
    try job.configure("stable-4.16", "4.16.0"..."4.16.1")
    try Program.succeed(job.pack())
    let base = job.directory("base.tar.zst")
    try FileSystem.rename(job.bundle, to: base)
    try job.configure("stable-4.16", "4.16.0"..."4.16.3", shortestPath: true)
    try Program.succeed(job.pack())
    let (whole, size) = (try shown(job.bundle), try File(job.bundle, .read).size())
    try FileSystem.remove(job.bundle)
    try Program.succeed(job.pack() + ["--since", base])
    #expect(try job.packedReleases() == ["4.16.0 amd64", "4.16.1 amd64", "4.16.3 amd64"])
    #expect(try shown(job.bundle) == whole)
    let update = try inspected(job.bundle)
    #expect(try File(job.bundle, .read).size() < size * 3 / 4)
    // Of the two releases that are there, nothing but manifests travels.
    let images = update["images"]?.elements ?? []
    for version in ["4.16.0", "4.16.1"] {
      let own = images.filter { $0["reason"]?.text?.contains(version) == true }
      #expect(!own.isEmpty && own.allSatisfy { $0["newBytes"]?.integer == 0 }, "\(version)")
    }
    try Program.succeed([
      "verify", job.bundle, "--base", base, "--trust", job.key.publicPath, "--release-key", job.world.releaseKey,
    ])
  }

  @Test func whatIsNotPackedAnyMoreIsNamedAndStaysInTheMirrorSets() throws {
    try job.configure("stable-4.16", "4.16.2"..."4.16.3")
    try Program.succeed(job.pack())
    let base = job.directory("base.tar.zst")
    try FileSystem.rename(job.bundle, to: base)
    try job.configure("stable-4.16", "4.16.2"..."4.16.2")
    let output = try Program.succeed(job.pack() + ["--since", base, "--json"]).output
    let plan = try JSONReader.value(Array(output.utf8), source: "the output of pack")
    #expect(plan["vanished"]?.elements?.first?["names"]?.elements?.map(\.text) == ["release 4.16.3 (amd64)"])
    #expect(
      plan["notes"]?.elements?.contains { $0.text?.contains("4.16.3, which is newer than 4.16.2") == true } == true)
    #expect(try shown(job.bundle).contains("openshift-release-dev"))
  }
}
