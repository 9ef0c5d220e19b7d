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
    try world.without(Array(world.names.suffix(2))) { #expect(world.failure() == nil) }
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
    for name in [world.names[2], world.names[5], world.names[6]] {
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
    for name in world.names.suffix(2) { try FileSystem.write(other.read(name), to: world.directory(name)) }
    var warnings: [String] = []
    let medium = try world.open(warnings: &warnings)
    #expect(!(medium is ProtectedBundle))
    #expect(warnings.contains { $0.contains("of another bundle") }, "\(warnings)")
    let third = try await ParityWorld(.volumes(3))
    try FileSystem.write(third.read(third.names[5]), to: world.directory(world.names[5]))
    try FileSystem.write(third.read(third.names[6]), to: world.directory(world.names[6]))
    try world.writeList()
    #expect(try world.readAll().isEmpty)
  }

  @Test func aFileCountsAsEqualParts() async throws {
    let world = try await ParityWorld(layer: 500_000, volumeBytes: nil, .percent(10))
    #expect(world.parityCount == 2)
    let part = world.bytes.count / 20
    try world.change(ParityWorld.name, part..<part * 2 - 9000)
    #expect(try world.readAll().map(\.name) == [ParityWorld.name])
    // The end of the file is lost.
    let file = try File(own: world.directory(ParityWorld.name))
    try file.truncate(to: world.bytes.count - part / 2)
    #expect(try world.readAll().map(\.name) == [ParityWorld.name])
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
