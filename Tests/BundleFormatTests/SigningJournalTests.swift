@testable import BundleFormat
import Diagnostics
import Digests
import OCI
import Signing
import SystemIO
import TestSupport
import Testing

struct SigningJournalTests {
  let directory: TemporaryDirectory
  let key: PrivateKey
  let other: PrivateKey
  /// The bundle as its first key signed it, and as the second has signed it too.
  let before: [UInt8]
  let after: [UInt8]
  let region: Range<Int>

  var path: String { directory("b.tar.zst") }
  var backup: String { directory("b.tar.zst.signing") }

  init() throws {
    directory = try TemporaryDirectory()
    key = try TinyBundle.exampleKey
    other = try PrivateKey.generate()
    var forge = Forge(try TinyBundle.example)
    before = try forge.bytes
    forge.keys = [key, other]
    after = try forge.bytes
    try FileSystem.write(before, to: directory("b.tar.zst"))
    let offset = try BundleFront.read(BundleInput(File(directory("b.tar.zst"), .read))).regionOffset
    region = offset..<offset + SignatureRegion.storedBytes
  }

  @discardableResult
  private func sign(_ key: PrivateKey) throws -> BundleFront { try add(key).front }

  private func add(_ key: PrivateKey) throws -> (front: BundleFront, isNew: Bool) {
    try SigningJournal.addSignature(to: path, by: key.publicKey) { front, _ in
      CarriedSignature(keyID: key.id, bytes: try front.indexBytes.withUnsafeBytes { try key.sign($0) })
    }
  }

  private func bytes() throws -> [UInt8] { try FileSystem.read(path, limit: 1 << 20) }

  /// The saved region, as the document has it.
  private func saved(_ bundle: [UInt8], id: Digest? = nil, offset: Int? = nil) throws -> [UInt8] {
    let id = try id ?? SHA256Hasher.digest(of: TinyBundle.example.index.bytes)
    return Array("\(id) \(offset ?? region.lowerBound)\n".utf8) + bundle[region]
  }

  private func checkSigned(by keys: [PrivateKey]) throws {
    let policy = try TrustPolicy(keys: keys.map(\.publicKey), threshold: keys.count)
    for pipe in [false, true] { #expect(try Damage(policy).error(bytes(), pipe: pipe) == nil) }
    #expect(try FileSystem.list(directory.path) == ["b.tar.zst"])
  }

  @Test("A signature is added in place: nothing outside the region changes, and nothing stays beside the bundle")
  func inPlace() throws {
    let front = try sign(other)
    #expect(front.region.signatures.map(\.keyID) == [key.id, other.id].sorted())
    let now = try bytes()
    #expect(now.count == before.count)
    #expect(now[..<region.lowerBound] == before[..<region.lowerBound])
    #expect(now[region.upperBound...] == before[region.upperBound...])
    try checkSigned(by: [key, other])
  }

  @Test("A signature that is wrong does not count as one, and is not replaced in silence")
  func wrong() throws {
    var bytes = try self.bytes()
    let good = try BundleFront.read(BundleInput(File(path, .read))).region.signatures[0]
    let wrong = CarriedSignature(keyID: good.keyID, bytes: good.bytes.reversed())
    bytes.replaceSubrange(region, with: try SignatureRegion([wrong]).stored)
    try FileSystem.write(bytes, to: path)
    let error = #expect(throws: SealiftError.self) { try sign(key) }
    #expect(error?.problem == "the key \(key.id) has signed this bundle already")
  }

  @Test("A key signs once, and again says so")
  func twice() throws {
    #expect(try add(key).isNew == false)
    #expect(try bytes() == before)
    #expect(try FileSystem.list(directory.path) == ["b.tar.zst"])
  }

  @Test("The region takes 63 signatures, and refuses the next")
  func full() throws {
    let make = { (number: Int) throws in
      CarriedSignature(
        keyID: try #require(KeyID(hex: SHA256Hasher.digest(of: Array("\(number)".utf8)).hex)),
        bytes: [UInt8](repeating: 1, count: 512))
    }
    for number in 0..<62 {
      _ = try SigningJournal.addSignature(to: path, by: other.publicKey) { _, _ in try make(number) }
    }
    let error = #expect(throws: SealiftError.self) { try sign(other) }
    #expect(error?.problem == "the bundle has no room for another signature")
    #expect(try BundleFront.read(BundleInput(File(path, .read))).region.signatures.count == 63)
    try checkSigned(by: [key])
  }

  /// Where a cut can leave the region: not begun, half written, written.
  private func cuts() -> [[UInt8]] {
    let half = region.lowerBound + 1500
    return [before, Array(after[..<half] + before[half...]), Array(before[..<half] + after[half...]), after]
  }

  @Test("After a cut at any step, signing again restores the region and adds the signature")
  func cutThenSign() throws {
    for (number, bundle) in cuts().enumerated() {
      try FileSystem.write(bundle, to: path)
      try FileSystem.write(saved(before), to: backup)
      let front = try sign(other)
      #expect(front.region.signatures.map(\.keyID) == [key.id, other.id].sorted(), "cut \(number)")
      try checkSigned(by: [key, other])
    }
  }

  @Test("After a cut, another key can sign as well, and the first may try again")
  func cutThenOtherKey() throws {
    let third = try PrivateKey.generate()
    try FileSystem.write(cuts()[1], to: path)
    try FileSystem.write(saved(before), to: backup)
    _ = try sign(third)
    _ = try sign(other)
    try checkSigned(by: [key, other, third])
  }

  @Test("A reader of a torn region names the saved one, and changes nothing")
  func reader() throws {
    try FileSystem.write(cuts()[1], to: path)
    try FileSystem.write(saved(before), to: backup)
    let error = #expect(throws: SealiftError.self) { try BundleFront.read(BundleInput(File(path, .read))) }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains(backup) == true)
    #expect(error?.nextStep.contains("sealift sign") == true)
    #expect(try bytes() == cuts()[1])
    #expect(FileSystem.exists(backup))
  }

  @Test("A saved region of another bundle, another place, or of no form is never written back")
  func foreign() throws {
    let good = try saved(before)
    var torn = good
    torn[good.count - 100] ^= 1
    let cases = try [
      saved(before, id: SHA256Hasher.emptyDigest), saved(before, offset: region.lowerBound + 1),
      saved(before, offset: 0),
      torn, Array(good.dropLast()), good + [0], [], Array("notes\n".utf8), [UInt8](repeating: 0, count: 1 << 20),
    ]
    for (number, content) in cases.enumerated() {
      try FileSystem.write(content, to: backup)
      let error = #expect(throws: SealiftError.self, "case \(number)") { try sign(other) }
      #expect(error?.code == .corrupt)
      #expect(error?.problem == "\(backup) does not hold the saved signatures of \(path)")
      #expect(try bytes() == before)
      #expect(try FileSystem.read(backup, limit: 1 << 21) == content)
    }
  }

  @Test("Two cannot sign at once")
  func locked() throws {
    let holder = try File(path, .update)
    #expect(try holder.lock())
    let error = #expect(throws: SealiftError.self) { try sign(other) }
    #expect(error?.code == .again)
    #expect(try bytes() == before)
  }

  @Test("A damaged bundle is not signed")
  func damaged() throws {
    var changed = before
    changed[100] ^= 1
    try FileSystem.write(changed, to: path)
    #expect(throws: SealiftError.self) { try sign(other) }
    #expect(try bytes() == changed)
  }
}
