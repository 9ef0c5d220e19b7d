@testable import BundleFormat
import Diagnostics
import Signing
import SystemIO
import Tar
import TestSupport
import Testing
import Zstd

/// What may stand at the front of a hostile bundle: frames that ask for too much, regions of another form.
struct FrontForgeryTests {
  static let zeros = [UInt8](repeating: 0, count: 4 << 20)

  /// A frame header and nothing that fits behind it.
  private static func frame(_ rest: [UInt8]) -> [UInt8] {
    ZstdFrame.magic + rest + [UInt8](repeating: 0, count: 100)
  }

  static let frames: [(String, [UInt8], String)] = [
    ("a window of 2 GiB", frame([0x84, 0xA8, 0, 0, 0x40, 0]), "asks for a window of"),
    ("a content of 1 GiB", frame([0xA4, 0, 0, 0, 0x40]), "declares 1073741824 bytes"),
    ("a content of 16 EiB", frame([0xE4] + [UInt8](repeating: 0xFF, count: 8)), "declares 18446744073709551615 bytes"),
    ("a frame without its size", frame([0x04, 0x60]), "does not declare its content size"),
    ("a dictionary", frame([0xA5, 7, 0, 0, 1, 0]), "asks for a dictionary"),
    ("the reserved bit", frame([0xAC, 0, 0, 1, 0]), "has a reserved bit set"),
    ("a frame without a checksum", frame([0xA0, 0, 0, 1, 0]), "the frame has no checksum"),
    ("an empty frame", frame([0x24, 0, 1, 0, 0]), "the frame is empty"),
    ("a skippable frame in front", SeekTable().bytes + [UInt8](repeating: 0, count: 99), "magic number"),
    ("a reserved type of block", frame([0xA4, 0, 0, 1, 0, 0x07, 0, 0]), "a block that is not allowed"),
    ("a block that is too large", frame([0xA4, 0, 0, 1, 0, 0xFD, 0xFF, 0xFF]), "a block that is not allowed"),
    (
      "a flood of empty blocks", frame([0xA4, 0, 2, 0, 0] + [UInt8](repeating: 0, count: 3000)),
      "a block that is not allowed"
    ),
    ("a text file", Array("This is not a bundle.\n".utf8), "magic number"),
    ("4 MiB of zeros", zeros.withUnsafeBytes { ZstdCompressor().frame($0) }, "does not begin with bundle.json"),
    (
      "an index that says it has 8 EiB",
      compressed(TarHeader.bytes(name: "bundle.json", size: .max)), "says that it has 9223372036854775807 bytes"
    ),
    (
      "an index that says it has 65 MiB",
      compressed(TarHeader.bytes(name: "bundle.json", size: 65 << 20)), "says that it has 68157440 bytes"
    ),
    (
      "an index of another size than its frame",
      compressed(TarHeader.bytes(name: "bundle.json", size: 5000)), "its first frame has the wrong size"
    ),
    (
      "another first entry", compressed(TarHeader.bytes(name: "bundle.jsox", size: 0)),
      "does not begin with bundle.json"
    ),
    (
      "an index with bytes in its padding",
      compressed(TarHeader.bytes(name: "bundle.json", size: 1) + [UInt8](repeating: 7, count: 512)), "in its padding"
    ),
  ]

  private static func compressed(_ content: [UInt8]) -> [UInt8] {
    content.withUnsafeBytes { ZstdCompressor().frame($0) }
  }

  @Test("A first frame that asks for too much, or is none", arguments: frames.indices)
  func firstFrame(_ number: Int) throws {
    let (name, stored, reason) = Self.frames[number]
    var forge = Forge(try TinyBundle.example)
    forge.indexSection = stored
    for (way, error) in try Damage(TinyBundle.example.policy).errors(forge.bytes).enumerated() {
      #expect(error?.code == .corrupt, "\(name), way \(way): \(error?.problem ?? "not found")")
      #expect(error?.problem.contains(reason) == true, "\(name), way \(way): \(error?.problem ?? "not found")")
    }
  }

  @Test(
    "Reading hostile frames takes little memory, and the largest index little more than itself",
    .enabled(if: Memory.canReset))
  func memory() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      try FrontForgeryTests.writeInputs(to: directory)
      let policy = try TinyBundle.example.policy
      for name in try FileSystem.list(directory.path) {
        let before = try Memory.resetPeak()
        for once in [false, true] {
          let file = try File(directory(name), .read)
          #expect(throws: SealiftError.self) { try Verification.run(file, policy, pipe: once) }
        }
        let growth = try #require(Memory.peak) - before
        let limit = (name == "largest" ? BundleIndex.maximumBytes : 0) + (12 << 20)
        #expect(growth <= limit, "\(name): \(growth >> 20) MiB")
      }
    }
  }

  fileprivate static func writeInputs(to directory: TemporaryDirectory) throws {
    var forge = Forge(try TinyBundle.example)
    for (number, (_, stored, _)) in frames.enumerated() {
      forge.indexSection = stored
      try FileSystem.write(forge.bytes, to: directory("\(number)"))
    }
    // All of an index must be read before its signature can be judged.
    forge.indexSection = nil
    forge.keys = []
    forge.indexBytes = [UInt8](repeating: UInt8(ascii: " "), count: BundleIndex.maximumBytes)
    try FileSystem.write(forge.bytes, to: directory("largest"))
  }

  /// One way to fill the region.
  struct Region: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let stored: [UInt8]

    init(_ name: String, _ entries: [Forge.Entry], padding: UInt8 = 0) {
      var content = entries.flatMap(\.bytes)
      content += TarHeader.bytes(name: "signatures/.padding", size: max(0, 65_536 - content.count - 512))
      content += [UInt8](repeating: padding, count: max(0, 65_536 - content.count))
      self.init(name, content: content)
    }

    init(_ name: String, content: [UInt8]) {
      testDescription = name
      let content = Array(content.prefix(65_536))
      stored =
        RawFrames(contentBytes: 65_536, hasChecksum: true).preamble(at: 0) + content
        + content.withUnsafeBytes { ZstdCompressor().checksum($0) }
    }
  }

  private static func signature(_ digit: Character, size: Int = 70) -> Forge.Entry {
    Forge.Entry("signatures/" + String(repeating: digit, count: 64) + ".sig", [UInt8](repeating: 1, count: size))
  }

  static let regions: [Region] = [
    Region("a key twice", [signature("a"), signature("a")]),
    Region("keys out of order", [signature("b"), signature("a")]),
    Region("padding that is not zero", [signature("a")], padding: 1),
    Region("an empty signature", [signature("a", size: 0)]),
    Region("a signature that is too long", [signature("a", size: 2049)]),
    Region("a name that is no key", [Forge.Entry("signatures/" + String(repeating: "g", count: 64) + ".sig", [1])]),
    Region("a key in upper case", [signature("A")]),
    Region("a path upwards", [Forge.Entry("signatures/../../etc/passwd", [1])]),
    Region("another file", [Forge.Entry("bundle.json", [1])]),
    Region("zeros", content: [UInt8](repeating: 0, count: 65_536)),
    Region("bytes that are no text", content: [UInt8](repeating: 0xFF, count: 65_536)),
    Region(
      "a name that is no text",
      [Forge.Entry(header: [UInt8](repeating: 0xFF, count: 100) + TarHeader.bytes(name: "", size: 0).dropFirst(100))]),
    Region(
      "a signature of 8 EiB",
      [Forge.Entry(header: TarHeader.bytes(name: "signatures/\(String(repeating: "a", count: 64)).sig", size: .max))]),
    Region("no padding entry", (0..<64).map { signature(Character(String($0 % 10)), size: 512) }),
    Region(
      "a padding entry that is too short",
      content: TarHeader.bytes(name: "signatures/.padding", size: 512) + [UInt8](repeating: 0, count: 65_024)),
    Region(
      "a padding entry that is too long",
      content: TarHeader.bytes(name: "signatures/.padding", size: 65_536) + [UInt8](repeating: 0, count: 65_024)),
  ]

  @Test("A signature region of another form", arguments: regions)
  func region(_ region: Region) throws {
    var forge = Forge(try TinyBundle.example)
    forge.region = region.stored
    for (way, error) in try Damage(TinyBundle.example.policy).errors(forge.bytes).enumerated() {
      #expect(error?.code == .corrupt, "way \(way): \(error?.problem ?? "not found")")
      #expect(error?.problem.contains("is damaged in signatures/, at byte") == true, "way \(way)")
    }
  }

  @Test("The form that the hostile regions vary is right")
  func soundRegion() {
    #expect(SignatureRegion(stored: Region("one", [Self.signature("a")]).stored)?.signatures.count == 1)
    #expect(SignatureRegion(stored: Region("two", [Self.signature("a"), Self.signature("b")]).stored) != nil)
    #expect(SignatureRegion(stored: Region("none", []).stored)?.signatures == [])
  }
}

/// Who must have signed, and what happens otherwise.
struct SignatureTrustTests {
  private func errors(_ policy: TrustPolicy, _ change: (inout Forge) throws -> Void) throws -> [SealiftError?] {
    var forge = Forge(try TinyBundle.example)
    try change(&forge)
    return try Damage(policy).errors(forge.bytes)
  }

  @Test("Unsigned, signed by another key, by one of two, and wrongly by a trusted key")
  func refused() throws {
    let key = try TinyBundle.exampleKey
    let other = try PrivateKey.generate()
    let one = try TrustPolicy(keys: [key.publicKey])
    let two = try TrustPolicy(keys: [key.publicKey, other.publicKey], threshold: 2)
    let anything = try TrustPolicy(keys: [key.publicKey], allowUnsigned: true)
    let wrong: (inout Forge) throws -> Void = { forge in
      let signature = CarriedSignature(keyID: key.id, bytes: try key.sign(Array("other".utf8)))
      forge.region = try SignatureRegion([signature]).stored
    }
    let cases: [(TrustPolicy, String, (inout Forge) throws -> Void)] = [
      (one, "carries no signature", { $0.keys = [] }),
      (one, "is not signed by a trusted key", { $0.keys = [other] }),
      (two, "is signed by 1 of 2 trusted keys", { _ in }),
      (one, "by the trusted key \(key.id) is wrong", wrong),
      (anything, "by the trusted key \(key.id) is wrong", wrong),
    ]
    for (policy, reason, change) in cases {
      for error in try errors(policy, change) {
        #expect(error?.code == .untrusted)
        #expect(error?.problem.contains(reason) == true, "\(error?.problem ?? "not found")")
      }
    }
  }

  @Test("Enough signatures, or leave to go without")
  func accepted() throws {
    let key = try TinyBundle.exampleKey
    let other = try PrivateKey.generate()
    let two = try TrustPolicy(keys: [key.publicKey, other.publicKey], threshold: 2)
    #expect(try errors(two) { $0.keys = [key, other] }.allSatisfy { $0 == nil })
    let anything = try TrustPolicy(keys: [], allowUnsigned: true)
    #expect(try errors(anything) { $0.keys = [] }.allSatisfy { $0 == nil })
    #expect(try errors(anything) { $0.keys = [other] }.allSatisfy { $0 == nil })
  }
}

extension PrivateKey {
  fileprivate func sign(_ bytes: [UInt8]) throws(SealiftError) -> [UInt8] {
    try bytes.span.bytes.withUnsafeBytes { (raw) throws(SealiftError) in try sign(raw) }
  }
}
