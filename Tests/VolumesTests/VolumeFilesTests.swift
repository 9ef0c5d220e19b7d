import Diagnostics
import Digests
import SystemIO
import TestSupport
import Testing

@testable import Volumes

/// Files beside a bundle's name, and files that are read to their end.
@Suite struct VolumeFilesTests {
  private let world: VolumeWorld

  init() throws { world = try VolumeWorld() }

  @Test func whatBelongsToABundleGoesAndNothingElse() throws {
    let own = ["a.tar.zst.p01", "a.tar.zst.001.label.txt", "a.tar.zst.p01.label.txt", "a.tar.zst.0a1b2c3d4e5f6071.sig"]
    let others = [
      "a.tar.zst", "a.tar.zst.txt", "a.tar.zst.001.txt", "a.tar.zst.label.txt", "a.tar.zst2.001", "b.tar.zst.001",
      "b.tar.zst.001.label.txt", "b.a.tar.zst.001", "a.tar.001", "a.tar.zst.partial",
    ]
    for name in own + others { try FileSystem.write([1], to: world.directory(name)) }
    let files = try VolumeFiles(of: world.directory(VolumeWorld.name))
    #expect(files.first == world.path(0))
    try files.remove()
    #expect(try FileSystem.list(world.directory.path).sorted() == others.sorted())
    #expect(try VolumeFiles(of: world.directory(VolumeWorld.name)).first == nil)
    #expect(try VolumeFiles(of: world.directory("none/c.tar.zst")).first == nil)
  }

  @Test func aBundleThatWouldBeReplacedIsKnownByAnyOfItsFiles() throws {
    let found = try VolumeSearch.find([world.directory(VolumeWorld.name)])
    #expect(try found.isReplaced(by: world.directory(VolumeWorld.name)))
    #expect(try !found.isReplaced(by: world.directory("b.tar.zst")))
    // By another path, too.
    try FileSystem.makeDirectory(world.directory("sub"))
    #expect(try found.isReplaced(by: world.directory("sub/../\(VolumeWorld.name)")))
    try FileSystem.write(world.bytes, to: world.directory("c.tar.zst"))
    let whole = try VolumeSearch.find([world.directory("c.tar.zst")])
    #expect(try whole.isReplaced(by: world.directory("c.tar.zst")))
    #expect(try !whole.isReplaced(by: world.directory(VolumeWorld.name)))
  }

  private func finding(_ path: String, _ list: VolumeList? = nil) throws -> VolumeFinding {
    try VolumeFinding(reading: path, list ?? world.list) { _ in }
  }

  @Test func aFileThatIsReadIsThisVolumeOrIsWrong() throws {
    for number in world.list.entries.indices { #expect(try finding(world.path(number)) == .proven(number)) }
    try FileSystem.write(world.volume(2), to: world.path(4))
    #expect(try finding(world.path(4)) == .proven(2), "whatever it is called")
    // Damage behind the beginning is seen by who reads all.
    let list = try VolumeWorld.list(world.bytes, of: world.bundle, volumeBytes: 100_000)
    var bytes = Array(world.bytes[100_000..<200_000])
    bytes[bytes.count - 1] ^= 1
    try FileSystem.write(bytes, to: world.path(3))
    let (found, listed) = (SHA256Hasher.digest(of: bytes).hex, list.entries[1].digest.hex)
    #expect(
      try finding(world.path(3), list)
        == .wrong("is damaged: its SHA-256 is \(found), and a.tar.zst.002 has \(listed)"))
    try FileSystem.write(Array(world.volume(3).dropLast()), to: world.path(3))
    #expect(try finding(world.path(3)) == .wrong("is short: it has 65535 bytes of 65536"))
  }

  @Test func ofTwoVolumesThatAreTheSameItIsTheOneThatItIsCalled() throws {
    let entry = world.list.entries[1]
    let zeros = [UInt8](repeating: 0, count: entry.size)
    let digest = SHA256Hasher.digest(of: zeros)
    let list = VolumeList(
      bundle: world.list.bundle, volumeBytes: world.list.volumeBytes,
      entries: world.list.entries.enumerated().map { number, entry in
        [1, 3].contains(number) ? .init(name: entry.name, size: zeros.count, digest: digest, begin: digest) : entry
      })
    for number in [1, 3] {
      try FileSystem.write(zeros, to: world.path(number))
      #expect(try finding(world.path(number), list) == .proven(number))
    }
    try FileSystem.write(zeros, to: world.path(5))
    #expect(try finding(world.path(5), list) == .proven(1))
    // The digest alone is not all that a list tells.
    let longer = VolumeList(
      bundle: list.bundle, volumeBytes: list.volumeBytes,
      entries: list.entries.map { .init(name: $0.name, size: $0.size + 1, digest: $0.digest, begin: $0.begin) })
    #expect(try finding(world.path(1), longer) == .wrong("is short: it has 65536 bytes of 65537"))
  }
}
