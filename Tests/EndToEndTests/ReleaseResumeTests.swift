import SystemIO
import TestSupport
import Testing

/// A pack of releases that was killed, and two packs of the same.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct ReleaseResumeTests {
  private let job: ReleaseJob
  private var world: ReleaseWorld { job.world }
  private var graphData: String { job.directory("graph-data.tar.gz") }

  init() throws {
    job = try ReleaseJob()
    try job.configure("stable-4.16", "4.16.0"..."4.16.3", also: "graph: true\nkubeVirtContainer: true\n")
    try FileSystem.write(FileSystem.read(world.path("graph-data.tar.gz"), limit: 1 << 20), to: graphData)
  }

  private func pack() -> [String] {
    job.pack() + ["--graph-data", graphData, "--graph-base-image", "\(world.registry.address)/ubi9/ubi:latest"]
  }

  private func takeBundle() throws -> [UInt8] {
    let bytes = try FileSystem.read(job.bundle, limit: 1 << 30)
    try FileSystem.remove(job.bundle)
    return bytes
  }

  private var partial: String { job.bundle + ".partial" }

  private var leftovers: [String] {
    get throws { try FileSystem.list(job.directory.path).filter { $0.hasPrefix("bundle.") } }
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func whatWasKilledBetweenItsStepsBecomesTheSameBundle() throws {
    try Program.succeed(pack())
    let expected = try takeBundle()
    for (call, number) in KillPoints.packCalls {
      let status = try Run(pack(), under: KillPoints.trace(call, number, of: partial)).result().status
      #expect(status == 137 || status == 0)
      let result = try Program.succeed(pack())
      #expect(try takeBundle() == expected, "\(call) \(number): \(result.errors)")
      #expect(try leftovers == [])
    }
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func aRunThatGoesOnNeedsTheGraphDataNoMore() throws {
    try Program.succeed(pack())
    let expected = try takeBundle()
    // All is in the file, and its name is not given yet.
    _ = try Run(pack(), under: KillPoints.trace("rename", 1, of: partial)).result()
    #expect(try leftovers == ["bundle.tar.zst.partial", "bundle.tar.zst.partial.journal"])
    try FileSystem.remove(graphData)
    #expect(try Program.succeed(pack()).errors.contains("goes on where it stopped"))
    #expect(try takeBundle() == expected)
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func aLayerThatWasMadeAndThatTheDiskHasChangedIsMadeAgain() throws {
    try Program.succeed(pack())
    let expected = try takeBundle()
    _ = try Run(pack(), under: KillPoints.trace("rename", 1, of: partial)).result()
    let journal = String(decoding: try FileSystem.read(partial + ".journal", limit: 1 << 20), as: UTF8.self)
    let made = try #require(journal.firstMatch(of: /(?m)^made ([0-9]+)$/).flatMap { Int($0.1) })
    // Raw blobs stand in the order of the index, each behind its name.
    let names = expected.indices.filter { expected[$0...].starts(with: "blobs/sha256/".utf8) }
    let place = names[made] + 540
    let file = try File(partial, .update)
    try file.write(file.bytes(at: place, count: 1).map { $0 ^ 1 }, at: place)
    let result = try Program.succeed(pack())
    #expect(result.errors.contains("is damaged: it is started anew"), "\(result.errors)")
    #expect(try takeBundle() == expected)
  }

  @Test func twoPacksOfTheSameDifferInNothingButTheirSignatures() throws {
    try Program.succeed(pack())
    let first = try takeBundle()
    try Program.succeed(pack())
    #expect(try takeBundle() == first, "an Ed25519 signature has no chance in it")
    let key = try SigningKey(.ecdsa, in: job.directory, name: "other")
    var arguments = pack()
    arguments[try #require(arguments.firstIndex(of: job.key.privatePath))] = key.privatePath
    for _ in 0..<2 {
      try Program.succeed(arguments)
      let other = try takeBundle()
      #expect(other.count == first.count)
      let differing = zip(first, other).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
      // The signatures lie between the index and the rest of the head.
      let range = try #require(differing.first)...(try #require(differing.last))
      #expect(range.count <= 65_552, "\(range) of \(first.count)")
    }
  }
}
