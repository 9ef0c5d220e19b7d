import BundleFormat
import Diagnostics
import Digests
import Signing
import SystemIO
import TestSupport
import Testing

@testable import Volumes

@Suite struct VolumeListTests {
  private let world: VolumeWorld

  init() throws { world = try VolumeWorld() }

  @Test func aListIsReadAsItWasWritten() throws {
    #expect(world.count == 7)
    #expect(try VolumeList(world.list.bytes, source: "list") == world.list)
    #expect(world.list.totalBytes == world.bytes.count)
  }

  @Test func everyFlippedBitOfAListIsRefusedOrFailsItsSignature() throws {
    let key = try TinyBundle.exampleKey.publicKey
    let signature = try world.list.bytes.withUnsafeBytes { try TinyBundle.exampleKey.sign($0) }
    for place in stride(from: 0, to: world.list.bytes.count * 8, by: 7) {
      var bytes = world.list.bytes
      bytes[place / 8] ^= 1 << (place % 8)
      #expect(bytes.withUnsafeBytes { !key.verify(signature: signature, message: $0) })
      // Whoever has signed it: what is read is canonical and can be.
      if let list = try? VolumeList(bytes, source: "list") { #expect(list.bytes == bytes) }
    }
  }

  @Test(arguments: [
    ("\"apiVersion\":\"sealift-volumes/v1\"", "\"apiVersion\":\"sealift-volumes/v2\""),
    ("\"name\":\"a.tar.zst.002\"", "\"name\":\"a.tar.zst.003\""),
    ("\"name\":\"a.tar.zst.001\"", "\"name\":\"../a.tar.zst.001\""),
    ("\"volumeSize\":65536", "\"volumeSize\":65537"), ("\"volumeSize\":65536", "\"volumeSize\":0"),
    ("\"volumeSize\":65536", "\"volumeSize\": 65536"), ("\"size\":65536}", "\"size\":65536,\"x\":1}"),
    ("\"bundle\":\"sha256:", "\"bundle\":\"sha512:"), ("{\"apiVersion\"", "[{\"apiVersion\""),
  ])
  func aListThatCannotBeIsRefused(part: String, other: String) throws {
    let text = String(decoding: world.list.bytes, as: UTF8.self)
    #expect(text.contains(part))
    let changed = text.replacing(part, with: other, maxReplacements: 1)
    let error = #expect(throws: SealiftError.self) { try VolumeList(Array(changed.utf8), source: "list") }
    #expect(error?.code == .corrupt || error?.code == .configuration, "\(String(describing: error))")
  }

  @Test func aListWithoutVolumesOrWithTooManyBytesIsRefused() throws {
    let none = VolumeList(bundle: world.list.bundle, volumeBytes: 1 << 20, entries: [])
    #expect(throws: SealiftError.self) { try VolumeList(none.bytes, source: "list") }
    let entry = world.list.entries[0]
    let huge = VolumeList(
      bundle: world.list.bundle, volumeBytes: 65536,
      entries: [.init(name: entry.name, size: 65537, digest: entry.digest, begin: entry.begin)])
    #expect(throws: SealiftError.self) { try VolumeList(huge.bytes, source: "list") }
  }

  @Test func theLongestListIsRead() throws {
    let count = VolumeName.maximumCount
    let name = String(repeating: "n", count: 250)
    let entries = (1...count).map { number in
      VolumeList.Entry(
        name: VolumeName(name, number, of: count).text, size: VolumeSize.range.upperBound,
        digest: world.list.entries[0].digest, begin: world.list.entries[0].begin)
    }
    let list = VolumeList(bundle: world.list.bundle, volumeBytes: VolumeSize.range.upperBound, entries: entries)
    #expect(list.bytes.count < VolumeList.maximumBytes)
    #expect(try VolumeList(list.bytes, source: "list") == list)
    let more = VolumeList(
      bundle: list.bundle, volumeBytes: list.volumeBytes, entries: entries + [entries[0]])
    #expect(throws: SealiftError.self) { try VolumeList(more.bytes, source: "list") }
  }

  @Test func aListIsSignedOnceWhenItIsProven() throws {
    let bundle = world.directory(VolumeWorld.name)
    let key = try TinyBundle.secondKey
    let signature = SignatureBeside.path(of: bundle + VolumeList.suffix, by: key.id)
    let file = try VolumeListFile(bundle + VolumeList.suffix)
    let error = #expect(throws: SealiftError.self) {
      try file.sign(by: key, bundle: SHA256Hasher.digest(of: [])) { _ in true }
    }
    #expect(error?.code == .corrupt)
    try file.sign(by: key, bundle: world.list.bundle) { _ in false }
    #expect(!FileSystem.exists(signature), "what was not proven is not signed")
    var proofs = 0
    for _ in 0..<3 {
      try file.sign(by: key, bundle: world.list.bundle) { list in
        #expect(list == world.list)
        proofs += 1
        return true
      }
    }
    #expect(proofs == 1)
    let bytes = try FileSystem.read(signature, limit: 1 << 10)
    #expect(world.list.bytes.withUnsafeBytes { key.publicKey.verify(signature: bytes, message: $0) })
    // One that is no signature of it is made anew.
    try FileSystem.write([1, 2, 3], to: signature)
    try file.sign(by: key, bundle: world.list.bundle) { _ in true }
    #expect(try FileSystem.read(signature, limit: 1 << 10) != [1, 2, 3])
  }

  @Test func aLabelSaysHowManyAreNeeded() {
    #expect(VolumeLabel.text(world.list, 0, created: "").contains("All 7 are needed."))
    #expect(!VolumeLabel.text(world.list, 0, created: "").contains("parity"))
    #expect(VolumeLabel.text(world.list, 0, created: "", losable: 2).contains("makes up for any 2 that are lost"))
    let one = VolumeList(bundle: world.list.bundle, volumeBytes: 65536, entries: [world.list.entries[0]])
    #expect(VolumeLabel.text(one, 0, created: "").contains("It is the only one."))
  }

  @Test func aLabelTellsWhatAPersonNeeds() {
    let text = VolumeLabel.text(world.list, 2, created: "2026-11-01T00:00:00Z")
    #expect(text.hasPrefix("a.tar.zst.003\n"))
    #expect(text.contains("3 of 7"))
    let digits = text.split(separator: "\n").filter { $0.hasPrefix("    ") }.joined().filter { $0.isHexDigit }
    #expect(digits.contains(world.list.entries[2].digest.hex))
    #expect(digits.contains(world.list.bundle.hex))
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count < 50, "it is one page")
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }
}
