import BundleFormat
import Diagnostics
import Digests
import Signing
import SystemIO
import TestSupport
import Testing
import Volumes

@testable import Parity

/// Bundles that are read through their parity.
@Suite struct ProtectedBundleTests {
  @Test func nothingIsRepairedWhereNothingIsDamaged() async throws {
    for volumeBytes in [nil, 32 << 10, 4 << 10] {
      let world = try await ParityWorld(volumeBytes: volumeBytes)
      #expect(try world.open() is ProtectedBundle)
      #expect(try world.readAll().isEmpty)
      #expect(try world.readAll([world.directory.path]).isEmpty)
    }
  }

  @Test(arguments: [nil, 32 << 10, 4 << 10]) func piecesOfAnySizeAreRead(volumeBytes: Int?) async throws {
    let world = try await ParityWorld(volumeBytes: volumeBytes)
    var generator = SeededGenerator(seed: .random(in: 0 ... .max))
    for isDamaged in [false, true] {
      if isDamaged { try world.change(world.names[0], 3000..<3001) }
      let medium = try world.open()
      for _ in 0..<400 {
        let start =
          Int.random(in: 0..<world.bytes.count, using: &generator) & (Bool.random(using: &generator) ? ~4095 : ~0)
        let count = Int.random(in: 1...40_000, using: &generator)
        let end = min(world.bytes.count, start + count)
        #expect(try medium.bytes(at: start, count: count) == Array(world.bytes[start..<end]), "\(start), \(count)")
      }
    }
  }

  @Test func columnsOfWhichNotAllFitIntoMemoryAreRepaired() async throws {
    let world = try await ParityWorld()
    let bundle = try #require(try world.open() as? ProtectedBundle)
    let layout = bundle.shards.layout
    for slots in [1, 2, 3, 100] {
      let repair = ColumnRepair(bundle.shards, roomBytes: slots * layout.chunkBytes)
      for shard in 0..<layout.dataCount {
        let chunk = layout.chunk(shard, 2)
        let start = shard * layout.stretchBytes + chunk.lowerBound
        let made = try repair.make(shard, 2, isBad: { _ in false }, foundBad: { _ in })
        #expect(Array(made) == Array(world.bytes[start..<start + chunk.count]), "\(slots) \(shard)")
      }
    }
  }

  @Test func theChunksThatWereReadLastAreKept() {
    let cache = ChunkCache(chunkBytes: 8 << 20)
    let keys = (0..<9).map { ChunkCache.Key(shard: $0, column: 0) }
    for key in keys {
      cache.keep([UInt8(key.shard)], key)
      // Two have read it at the same time.
      if key.shard == 7 { cache.keep([7], key) }
    }
    #expect(keys.map { cache.chunk($0) } == [nil, nil, nil, nil, nil, [5], [6], [7], [8]])
  }

  /// Somebody who is not there.
  private struct Nobody: VolumePrompt {
    func ask(_ request: String) throws(SealiftError) {
      throw SealiftError(.notFound, "nobody answers", nextStep: "come back")
    }
  }

  @Test func tooMuchThatIsMissingIsAskedForWhereAListTellsOfIt() async throws {
    let world = try await ParityWorld()
    let policy = try world.bundle.policy
    func opened(asking: Bool) throws -> any BundleMedium {
      try openBundle(
        [world.directory(ParityWorld.name)], { () throws(SealiftError) in policy }, asking: asking ? Nobody() : nil
      ) { _ in }
    }
    try world.without(Array(world.names.prefix(3))) {
      #expect(throws: SealiftError.self) { try opened(asking: true) }
      #expect(throws: SealiftError.self) { try opened(asking: false) }
      try world.writeList(of: world.bytes)
      #expect(try opened(asking: true) is AskedVolumes)
      let error = #expect(throws: SealiftError.self) { try opened(asking: false) }
      #expect(error?.code == .beyondRepair)
    }
    #expect(try opened(asking: true) is ProtectedBundle, "nothing is missing")
    let whole = try await ParityWorld(volumeBytes: nil)
    let file = try File(own: whole.directory(ParityWorld.name))
    try file.truncate(to: whole.bytes.count / 2)
    #expect(throws: SealiftError.self) {
      try openBundle(
        [whole.directory(ParityWorld.name)], { () throws(SealiftError) in policy }, asking: Nobody()
      ) { _ in }
    }
  }

  @Test func parityOfAnotherBundleIsRefusedWhenTheBundleIsKnown() async throws {
    let world = try await ParityWorld()
    let medium = try world.open()
    try medium.check(id: world.id)
    let error = #expect(throws: SealiftError.self) { try medium.check(id: SHA256Hasher.digest(of: [])) }
    #expect(error?.problem.contains("the parity volumes of") == true)
  }

  @Test func theLargestSetOfParityIsUsedAndTheOthersAreNamed() async throws {
    let world = try await ParityWorld(.volumes(3))
    let other = try await ParityWorld(.volumes(4))
    for name in world.parityNames {
      let old = try world.read(name)
      try FileSystem.write(other.read(name), to: world.directory(name))
      var warnings: [String] = []
      #expect(try world.open(warnings: &warnings) is ProtectedBundle)
      #expect(warnings.contains { $0.contains("\(name) was made in another run") }, "\(warnings)")
      #expect(warnings.contains { $0.hasPrefix("\(name) is not there") }, "\(warnings)")
      try world.without(Array(world.names.prefix(2))) {
        let repaired = try world.readAll()
        #expect(Set(repaired.map(\.name)).isSuperset(of: world.names.prefix(2)))
      }
      try FileSystem.write(old, to: world.directory(name))
    }
  }

  @Test func aParityVolumeIsKnownByItsEndIfItsBeginningIsDamaged() async throws {
    let world = try await ParityWorld()
    for name in world.parityNames { try world.change(name, 3..<4) }
    try world.without(Array(world.names.prefix(2))) {
      var warnings: [String] = []
      let medium = try world.open(warnings: &warnings)
      #expect(try medium.bytes(at: 0, count: world.bytes.count) == world.bytes)
      #expect(warnings.count == 2 && warnings.allSatisfy { $0.contains("is not there") }, "\(warnings)")
    }
    for name in world.parityNames { try FileSystem.write([1, 2, 3], to: world.directory(name)) }
    var warnings: [String] = []
    _ = try world.open(warnings: &warnings)
    #expect(warnings.count == 2 && zip(warnings, world.parityNames).allSatisfy { $0.contains($1) }, "\(warnings)")
  }

  @Test(arguments: [true, false]) func everyVolumeAndEveryTwoMayBeLost(hasList: Bool) async throws {
    let world = try await ParityWorld()
    if hasList { try world.writeList() }
    for (place, first) in world.names.enumerated() {
      for second in world.names[place...] {
        let lost = first == second ? [first] : [first, second]
        try world.without(lost) {
          let repaired = Set(try world.readAll().map(\.name))
          #expect(repaired.isSubset(of: lost) && repaired.isSuperset(of: lost.filter { world.dataNames.contains($0) }))
        }
      }
    }
  }

  @Test func oneMoreThanTheParityIsNamedBeforeAnythingIsRead() async throws {
    let world = try await ParityWorld()
    let lost = [world.names[0], world.names[2], world.names[6]]
    try world.without(lost) {
      let error = world.failure()
      #expect(error?.code == .beyondRepair)
      #expect(error?.problem.contains(lost.joined(separator: ", ")) == true, "\(String(describing: error))")
      #expect(error?.nextStep.contains("bring one more") == true)
    }
    try world.without(Array(world.parityNames)) { #expect(world.failure() == nil) }
  }

  @Test func scatteredDamageIsRepairedColumnByColumn() async throws {
    let world = try await ParityWorld()
    let volumeBytes = try #require(world.volumeBytes)
    // Two chunks of each column, all on different volumes.
    for column in 0..<volumeBytes / (4 << 10) {
      for shard in [column % 5, (column + 2) % 5] {
        try world.change(world.names[shard], column * 4096 + 17..<column * 4096 + 18)
      }
    }
    let repaired = try world.readAll()
    #expect(repaired.reduce(0) { $0 + $1.chunks } == volumeBytes / (4 << 10) * 2)
    try world.change(world.names[4], 3..<4)
    #expect(world.failure()?.code == .beyondRepair)
  }

  @Test func renamedAndSwappedVolumesAreFound() async throws {
    for hasList in [true, false] {
      let world = try await ParityWorld()
      if hasList { try world.writeList() }
      let (first, second) = (world.directory(world.names[0]), world.directory(world.names[3]))
      try FileSystem.rename(first, to: world.directory("x"))
      try FileSystem.rename(second, to: first)
      try FileSystem.rename(world.directory("x"), to: second)
      #expect(try world.readAll().isEmpty)
    }
  }

  @Test(arguments: ["short", "long", "empty", "zeros", "foreign", "directory", "link to nothing"])
  func aVolumeThatIsNotWhatItShouldBe(kind: String) async throws {
    let world = try await ParityWorld()
    for name in [world.names[2], world.names[6], world.parityNames[0], world.parityNames[1]] {
      let path = world.directory(name)
      let whole = try world.read(name)
      switch kind {
      case "short": try FileSystem.write(Array(whole.prefix(5000)), to: path)
      case "long": try FileSystem.write(whole + [1, 2, 3], to: path)
      case "empty": try FileSystem.write([], to: path)
      case "zeros": try FileSystem.write([UInt8](repeating: 0, count: whole.count), to: path)
      case "foreign": try FileSystem.write(LayoutFixture.noise(seed: 9, size: whole.count), to: path)
      case "directory":
        try FileSystem.remove(path)
        try FileSystem.makeDirectory(path)
      default:
        try FileSystem.remove(path)
        try FileSystem.replace(path, withLinkTo: "nowhere")
      }
      var warnings: [String] = []
      let medium = try world.open(warnings: &warnings)
      #expect(try medium.bytes(at: 0, count: world.bytes.count + 1) == world.bytes, "\(kind) \(name)")
      let isData = world.dataNames.contains(name)
      #expect(!isData || !warnings.isEmpty || !medium.damage.isEmpty, "\(kind) \(name): \(warnings)")
      try FileSystem.removeTree(path)
      try FileSystem.write(whole, to: path)
    }
  }

  @Test func parityOfAnotherRunOrBundleIsNotUsed() async throws {
    let world = try await ParityWorld()
    let other = try await ParityWorld(layer: 151_000)
    for name in world.parityNames { try FileSystem.write(other.read(name), to: world.directory(name)) }
    var warnings: [String] = []
    let medium = try world.open(warnings: &warnings)
    #expect(!(medium is ProtectedBundle))
    #expect(warnings.contains { $0.contains("of another bundle") }, "\(warnings)")
    let third = try await ParityWorld(.volumes(3))
    for name in world.parityNames { try FileSystem.write(third.read(name), to: world.directory(name)) }
    try world.writeList()
    #expect(try world.readAll().isEmpty)
  }

  @Test func aFileCountsAsEqualParts() async throws {
    let world = try await ParityWorld(layer: 500_000, volumeBytes: nil, .percent(10))
    #expect(world.parityCount == 2)
    let part = world.bytes.count / 20
    var warnings: [String] = []
    _ = try world.open(warnings: &warnings)
    #expect(warnings.isEmpty)
    try world.change(ParityWorld.name, part..<part * 2 - 9000)
    #expect(try world.readAll().map(\.name) == [ParityWorld.name])
    // The end of the file is lost.
    let file = try File(own: world.directory(ParityWorld.name))
    try file.truncate(to: world.bytes.count - part / 2)
    #expect(try world.readAll().map(\.name) == [ParityWorld.name])
    _ = try world.open(warnings: &warnings)
    #expect(warnings.count == 1 && warnings[0].contains("has not the size that it should"), "\(warnings)")
    try world.change(ParityWorld.name, part * 3..<part * 9)
    #expect(world.failure()?.code == .beyondRepair)
  }

  @Test func moreVolumesThanTheFieldAreGrouped() async throws {
    let world = try await ParityWorld(layer: 1_300_000, volumeBytes: 4 << 10, .volumes(3))
    #expect(world.dataNames.count > 300)
    #expect(world.parityCount == 6)
    try world.without([world.names[0], world.names[2], world.names[4], world.names[1], world.names[9]]) {
      let repaired = try world.readAll()
      #expect(repaired.count == 5)
    }
    try world.without([world.names[0], world.names[2], world.names[4], world.names[6]]) {
      #expect(world.failure()?.code == .beyondRepair)
    }
  }

  @Test("One bit of the set flipped: all is read as it was, or what cannot be repaired is said")
  func everyFlippedBit() async throws {
    let world = try await ParityWorld(layer: 3_000, volumeBytes: 4 << 10, .volumes(1))
    let isLong = RunningProcess.environment("SEALIFT_LONG") != nil
    let start = isLong ? 0 : Int.random(in: 0..<499)
    for name in world.names {
      let file = try File(own: world.directory(name))
      let size = try file.size()
      for bit in stride(from: start, to: size * 8, by: isLong ? 1 : 499) {
        let old = try file.bytes(at: bit / 8, count: 1)
        try file.write([old[0] ^ 1 << UInt8(bit % 8)], at: bit / 8)
        let failure = world.failure()
        #expect(failure == nil, "start \(start), bit \(bit) of \(name): \(String(describing: failure))")
        try file.write(old, at: bit / 8)
      }
    }
  }

  @Test func signaturesThatLieBesideAreFound() async throws {
    let world = try await ParityWorld(volumeBytes: nil)
    let key = try TinyBundle.exampleKey
    let path = SignatureBeside.path(of: world.directory(ParityWorld.name), by: key.id)
    try FileSystem.write(world.bundle.index.bytes.withUnsafeBytes { try key.sign($0) }, to: path)
    #expect(try world.open().signaturesBeside.count == 1)
  }
}
