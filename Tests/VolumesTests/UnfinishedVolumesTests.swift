import BundleFormat
import Diagnostics
import Digests
import Synchronization
import SystemIO
import TestSupport
import Testing

@testable import Volumes

@Suite struct UnfinishedVolumesTests {
  private let directory: TemporaryDirectory
  private let bytes = LayoutFixture.noise(seed: 3, size: 100_003)

  init() throws { directory = try TemporaryDirectory() }

  private func volumes(_ volumeBytes: Int) throws -> UnfinishedVolumes {
    UnfinishedVolumes(try File(own: directory("a.partial"), isMade: true), volumeBytes: volumeBytes)
  }

  private let pool = BlockingPool(threads: 2)

  private func id() -> Digest { SHA256Hasher.digest(of: [1]) }

  /// The bytes of all volumes, one behind the other.
  private func written() throws -> [UInt8] {
    let names = try FileSystem.list(directory.path).filter { $0.hasPrefix("a.partial") }
    return try names.flatMap { try FileSystem.read(directory($0), limit: 1 << 20) }
  }

  private func check(_ list: VolumeList, _ volumeBytes: Int) throws {
    let pieces = stride(from: 0, to: bytes.count, by: volumeBytes).map {
      Array(bytes[$0..<min($0 + volumeBytes, bytes.count)])
    }
    #expect(list.entries.map(\.digest) == pieces.map { SHA256Hasher.digest(of: $0) })
    #expect(list.entries.map(\.size) == pieces.map(\.count))
    #expect(try VolumeList(list.bytes, source: "list") == list)
    #expect(try written() == bytes)
  }

  @Test func aBundleThatIsStartedAnewIsWrittenToFilesThatAreThere() async throws {
    let volumes = try volumes(10_000)
    try volumes.write(LayoutFixture.noise(seed: 4, size: 60_000), at: 0)
    // As who goes on with an unfinished bundle reads it, and then finds that it is damaged.
    _ = try volumes.bytes(at: 0, count: 60_000)
    for other in try UnfinishedVolumes.others(directory("a.partial")).values { try FileSystem.remove(other) }
    try volumes.truncate(to: 0)
    try volumes.write(bytes, at: 0)
    try volumes.sync()
    try check(await volumes.list("a", id: id(), size: bytes.count, on: pool) { _ in }, 10_000)
  }

  @Test func bytesThatComeInAnyOrderAndTwiceAreHashedRight() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    for volumeBytes in [4096, 10_000, 50_001, 100_003, 200_000] {
      let volumes = try volumes(volumeBytes)
      var pieces: [Range<Int>] = []
      var start = 0
      while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 1...9000, using: &random))
        pieces.append(start..<end)
        start = end
      }
      for piece in pieces.shuffled(using: &random) {
        // Some arrive wrong at first.
        if Bool.random(using: &random) {
          try volumes.write([UInt8](repeating: 0, count: piece.count), at: piece.lowerBound)
        }
        if Bool.random(using: &random) { try volumes.hash {} }
        try volumes.write(Array(bytes[piece]), at: piece.lowerBound)
      }
      // What a longer tail left behind the end.
      if Bool.random(using: &random) {
        try volumes.write([UInt8](repeating: 7, count: 5000), at: bytes.count)
        try volumes.hash {}
      }
      try volumes.truncate(to: bytes.count)
      try volumes.sync()
      #expect(try volumes.size() == bytes.count, "seed \(seed)")
      let read = Atomic(0)
      let left = volumes.unhashed(of: bytes.count)
      let list = try await volumes.list("x/a.tar.zst", id: id(), size: bytes.count, on: pool) {
        read.add($0, ordering: .relaxed)
      }
      try check(list, volumeBytes)
      #expect(read.load(ordering: .relaxed) == left, "seed \(seed)")
      #expect(try volumes.bytes(at: 4000, count: 9000) == Array(bytes[4000..<13000]))
    }
  }

  @Test func whatComesInOrderIsHashedAsItComesAndWhatIsCutOffAgain() async throws {
    let volumes = try volumes(30_000)
    for start in stride(from: 0, to: bytes.count, by: 10_000) {
      try volumes.write(Array(bytes[start..<min(start + 10_000, bytes.count)]), at: start)
      try volumes.hash {}
    }
    #expect(volumes.unhashed(of: bytes.count) == 0)
    let size = 95_000
    #expect(volumes.unhashed(of: size) == 5_000, "the last volume ends elsewhere now")
    try volumes.truncate(to: size)
    let list = try await volumes.list("a.tar.zst", id: id(), size: size, on: pool) { _ in }
    #expect(list.entries.map(\.digest)[3] == SHA256Hasher.digest(of: Array(bytes[90_000..<size])))
  }

  @Test func whatAnEarlierRunWroteIsHashedAtTheEnd() async throws {
    try volumes(30_000).write(Array(bytes[..<70_000]), at: 0)
    let volumes = try volumes(30_000)
    try volumes.hash {}
    try volumes.write(Array(bytes[70_000...]), at: 70_000)
    #expect(volumes.unhashed(of: bytes.count) == bytes.count)
    try await check(volumes.list("a.tar.zst", id: id(), size: bytes.count, on: pool) { _ in }, 30_000)
  }

  @Test func volumesThatAreNotNeededGo() throws {
    let volumes = try volumes(10_000)
    try volumes.write(bytes, at: 0)
    #expect(try FileSystem.list(directory.path).count == 11)
    try volumes.truncate(to: 20_000)
    #expect(try FileSystem.list(directory.path) == ["a.partial", "a.partial.0002"])
    #expect(try volumes.bytes(at: 15_000, count: 9_000).count == 5_000, "a read ends where the volumes end")
    try volumes.truncate(to: 0)
    #expect(try FileSystem.list(directory.path) == ["a.partial"])
    #expect(try volumes.size() == 0)
  }

  @Test func aBundleIsTheSameInVolumesAsInOneFile() async throws {
    let world = try VolumeWorld()
    let volumes = try volumes(VolumeWorld.volumeBytes)
    let size = try world.bundle.write(to: volumes)
    try volumes.truncate(to: size)
    #expect(try written() == world.bytes)
    let list = try await volumes.list("a.tar.zst", id: world.list.bundle, size: size, on: pool) { _ in }
    #expect(list == world.list)
    try world.prove(volumes)
  }
}
