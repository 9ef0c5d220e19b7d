import BundleFormat
import Diagnostics
import SystemIO
import TestSupport
import Testing

@testable import Parity

/// Volumes that are written again.
@Suite struct VolumeRepairTests {
  private let pool = BlockingPool(threads: 2)

  private func repair(_ world: ParityWorld, into directory: String) async throws -> [RepairedVolume] {
    let bundle = try #require(try world.open() as? ProtectedBundle)
    let survey = try await bundle.survey(pool: pool, reporter: SilentReporter())
    return try await bundle.repair(survey, into: directory, pool: pool, reporter: SilentReporter())
  }

  @Test(arguments: [true, false]) func lostAndDamagedVolumesAreWrittenAgain(hasList: Bool) async throws {
    let world = try await ParityWorld()
    if hasList { try world.writeList() }
    let whole = try world.names.map { try world.read($0) }
    for (lost, damaged) in [(0, 3), (4, 7), (8, 1), (7, 8)] {
      try FileSystem.remove(world.directory(world.names[lost]))
      try world.change(world.names[damaged], 5000..<5003)
      let done = try await repair(world, into: world.directory.path)
      #expect(Set(done.map(\.damage.name)) == [world.names[lost], world.names[damaged]])
      for volume in done { #expect(try volume.size == FileSystem.read(volume.path, limit: 1 << 20).count) }
      #expect(try world.read(world.names[lost]) == whole[lost])
      #expect(try world.read(world.names[damaged] + ".repaired") == whole[damaged])
      #expect(try world.read(world.names[damaged]) != whole[damaged], "the only copy stays")
      try FileSystem.rename(
        world.directory(world.names[damaged] + ".repaired"), to: world.directory(world.names[damaged]))
      #expect(try await repair(world, into: world.directory.path).isEmpty)
    }
  }

  @Test func theEndsOfParityVolumesAreRepairedToo() async throws {
    let world = try await ParityWorld()
    let name = world.parityNames[0]
    let whole = try world.read(name)
    for place in [3, whole.count - 5000, whole.count - 1] {
      try world.change(name, place..<place + 1)
      let out = try TemporaryDirectory()
      #expect(try await repair(world, into: out.path).count == 1)
      #expect(try FileSystem.read(out(name), limit: 1 << 30) == whole)
      try FileSystem.write(whole, to: world.directory(name))
    }
  }

  @Test func aParityVolumeNeedsAWholeTable() async throws {
    let world = try await ParityWorld()
    let bundle = try #require(try world.open() as? ProtectedBundle)
    let place = bundle.shards.layout.tableOffset + 10
    for name in world.parityNames { try world.change(name, place..<place + 1) }
    try world.change(world.names[0], 9000..<9001)
    let error = await #expect(throws: SealiftError.self) { try await repair(world, into: world.directory("out")) }
    #expect(error?.code == .beyondRepair)
    #expect(error?.problem.contains("no parity volume has a whole table") == true, "\(String(describing: error))")
  }

  @Test func aFileIsWrittenAsAWhole() async throws {
    let world = try await ParityWorld(layer: 500_000, volumeBytes: nil)
    try world.change(ParityWorld.name, 100_000..<130_000)
    let out = try TemporaryDirectory()
    let done = try await repair(world, into: out("new"))
    #expect(done.count == 1 && done[0].damage.chunks > 1 && !done[0].isBesideAnother)
    #expect(try FileSystem.read(out("new/\(ParityWorld.name)"), limit: 1 << 30) == world.bytes)
  }

  @Test func whatIsBeyondRepairIsSaidInFull() async throws {
    let world = try await ParityWorld()
    for shard in [0, 1, 2] { try world.change(world.names[shard], 5000..<5001) }
    for shard in [1, 3, 4] { try world.change(world.names[shard], 9000..<9001) }
    let error = await #expect(throws: SealiftError.self) { try await repair(world, into: world.directory.path) }
    #expect(error?.code == .beyondRepair)
    #expect(error?.problem.contains("\(world.names[1]) (2 chunks)") == true, "\(String(describing: error))")
    #expect(error?.problem.contains("in 2 of 8 columns") == true)
    #expect(error?.nextStep.contains("at least 2 of these chunks") == true)
    #expect(try FileSystem.list(world.directory.path).count == world.names.count)
  }

  @Test func aListThatTellsOtherwiseIsBelieved() async throws {
    let world = try await ParityWorld()
    try world.change(world.names[1], 5000..<5001)
    try world.writeList()
    try world.change(world.names[1], 5000..<5001)
    try world.change(world.names[1], 6000..<6001)
    let error = await #expect(throws: SealiftError.self) { try await repair(world, into: world.directory.path) }
    #expect(error?.problem.contains("not what the signed list tells") == true)
  }
}
