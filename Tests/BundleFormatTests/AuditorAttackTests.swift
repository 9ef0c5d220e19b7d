@testable import BundleFormat
import Diagnostics
import Digests
import Signing
import SystemIO
import Tar
import TestSupport
import Testing
import Zstd

/// A bundle that somebody without a key has changed.
struct Attack: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Part of what the auditor is told.
  let reason: String
  /// What a reader answers.
  var answer = SealiftError.Code.corrupt
  /// The part of the document that has the rule.
  var section = "Rules for a reader"
  let make: @Sendable () throws -> [UInt8]

  /// The same, told as what breaks a rule of a section.
  func of(_ section: String, _ answer: SealiftError.Code = .corrupt) -> Attack {
    var attack = self
    attack.section = section
    attack.answer = answer
    return attack
  }

  /// Other entries, in frames that are made anew.
  static func forged(
    _ name: String, _ reason: String, _ change: @escaping @Sendable (inout Forge) throws -> Void
  ) -> Attack {
    Attack(testDescription: name, reason: reason) {
      var forge = Forge(AttackTests.bundle)
      try change(&forge)
      return try forge.bytes
    }
  }

  /// Other frames, with a seek table that tells of them; `frames.sha256` tells of those at `sealed`.
  static func framed(
    _ name: String, _ reason: String, sealed: [Int]? = nil,
    _ change: @escaping @Sendable (inout StoredFrames) throws -> Void
  ) -> Attack {
    Attack(testDescription: name, reason: reason) {
      var frames = StoredFrames(try Forge(AttackTests.bundle).bytes)
      try change(&frames)
      if let sealed { frames.seal(sealed) }
      return frames.bytes
    }
  }

  /// Other bytes.
  static func patched(
    _ name: String, _ reason: String, _ change: @escaping @Sendable (inout [UInt8]) throws -> Void
  ) -> Attack {
    Attack(testDescription: name, reason: reason) {
      var bytes = try Forge(AttackTests.bundle).bytes
      try change(&bytes)
      return bytes
    }
  }
}

/// The auditor's steps on bundles that were changed without a key: each stops, and says why. Our own reader stops too.
struct AttackTests {
  static let keys = [try? TinyBundle.exampleKey, try? TinyBundle.secondKey].compactMap(\.self)
  static let bundle = TinyBundle(
    layers: [
      .gzip(SampleBundle.bytes(700)), .gzip([UInt8](repeating: 0x5A, count: 140_000)), .tar(SampleBundle.bytes(900)),
      .tar(SampleBundle.bytes(901)),
    ], keys: keys, release: unsigned)
  private static var unsigned: TinyRelease {
    var release = TinyRelease()
    release.signature = nil
    return release
  }

  /// The frames of the bundle, and those of them that are compressed.
  enum Place { static let index = 0, region = 1, head = 2, body = 3, tail = 4, end = 6, packed = [0, 2, 4, 5] }

  @Test("Each attack is found", Auditor.condition, arguments: Attack.all)
  func attack(_ attack: Attack) throws {
    let auditor = try Auditor()
    for (number, key) in Self.keys.enumerated() { try auditor.write(key.publicKey.pem, to: "\(number).pub") }
    let bytes = try attack.make()
    try auditor.write(bytes, to: "b.tar.zst")
    let result = try auditor.audit(["0.pub", "1.pub"], ["NEED=2"])
    #expect(result.status != 0)
    #expect(result.errors.contains("audit: "), "\(result.errors)")
    #expect(result.errors.contains(attack.reason), "\(result.errors)")
    #expect(result.errors.hasSuffix("NOT PROVEN: use nothing of this bundle\n"))
    for (way, error) in try Damage(Self.bundle.policy).errors(bytes).enumerated() {
      #expect(error?.code == attack.answer, "our own reader, way \(way): \(error?.problem ?? "takes it")")
    }
  }

  @Test("The bundle that is attacked is sound, taken apart and put together, too", Auditor.condition)
  func sound() throws {
    let auditor = try Auditor()
    for (number, key) in Self.keys.enumerated() { try auditor.write(key.publicKey.pem, to: "\(number).pub") }
    let bytes = try Forge(Self.bundle).bytes
    var frames = StoredFrames(bytes)
    #expect(frames.frames.count == Place.end + 1)
    frames.seal(Place.packed)
    #expect(frames.bytes == bytes)
    try auditor.write(frames.bytes, to: "b.tar.zst")
    let result = try auditor.audit(["0.pub", "1.pub"], ["NEED=2"])
    #expect(result.status == 0, "\(result.errors)")
  }
}

extension Attack {
  static let all: [Attack] = [
    keyless.map { $0.of("Signing", .untrusted) }, region.map { $0.of("The signature region") }, sections, entries,
    headers.map { $0.of("Tar headers") }, raw.map { $0.of("Raw frames") }, packed.map { $0.of("Compressed frames") },
    frames.map { $0.of("Sections") }, ends.map { $0.of("The seek table") },
  ].flatMap(\.self)

  private static let hidden = Array("Hidden.\n".utf8)
  private static let wrongSignature = "audit: the signature that names "
  private static let notInFiles = "audit: the tar stream holds bytes that are in no file"

  private static let keyless: [Attack] = [
    .forged("another index under the signatures", wrongSignature) { forge in
      forge.region = try TinyBundle.signatures(forge.indexBytes, forge.keys).stored
      forge.indexBytes = Array(String(decoding: forge.indexBytes, as: UTF8.self).replacing("team", with: "evil").utf8)
    },
    .forged("a signature that another key has made", wrongSignature) { forge in
      let sound = try TinyBundle.signatures(forge.indexBytes, forge.keys).signatures
      forge.region = try SignatureRegion(
        zip(sound, sound.reversed()).map { CarriedSignature(keyID: $0.keyID, bytes: $1.bytes) }
      ).stored
    },
    .forged("a signature that is gone", "audit: 1 of these keys have signed, and 2 must") { $0.keys.removeLast() },
    .forged("no signature", "audit: 0 of these keys have signed, and 2 must") { $0.keys = [] },
  ]

  private static let region: [Attack] = [
    .forged("bytes in the padding of the region", "there are bytes in the padding of the signatures") { forge in
      forge.region = try TinyBundle.signatures(forge.indexBytes, forge.keys).stored(hiding: hidden)
    },
    .forged("signatures in another order", "in front are other entries") { forge in
      let region = try TinyBundle.signatures(forge.indexBytes, forge.keys)
      forge.region = SignatureRegion.stored(region.signatures.reversed().map(Forge.Entry.init))
    },
    .forged("a signature twice", "in front are other entries") { forge in
      let region = try TinyBundle.signatures(forge.indexBytes, forge.keys)
      forge.region = SignatureRegion.stored((region.signatures + [region.signatures[1]]).map(Forge.Entry.init))
    },
    .forged("another entry among the signatures", "in front are other entries") { forge in
      let region = try TinyBundle.signatures(forge.indexBytes, forge.keys)
      forge.region = SignatureRegion.stored(region.signatures.map(Forge.Entry.init) + [.init("signatures/x", hidden)])
    },
    .forged("an empty signature", "audit: the signature that names ") { forge in
      let region = try TinyBundle.signatures(forge.indexBytes, forge.keys)
      forge.region = SignatureRegion.stored(region.signatures.map { Forge.Entry("signatures/\($0.keyID).sig", []) })
    },
    .forged("an entry between the index and its signatures", "audit: ") { forge in
      let entries = Forge.Entry("bundle.json", forge.indexBytes).bytes + Forge.Entry("more", hidden).bytes
      forge.indexSection = StoredFrames.Frame.compressed(entries).stored
    },
    .forged("an index in front of the index", "audit: ") { forge in
      let entries = Forge.Entry("bundle.json", hidden).bytes + Forge.Entry("bundle.json", forge.indexBytes).bytes
      forge.indexSection = StoredFrames.Frame.compressed(entries).stored
    },
  ]

  private static let sections: [Attack] = Forge.Part.allCases.flatMap { part -> [Attack] in
    [
      .forged("an entry too many in the \(part)", "audit: ") { $0[part].append(.init("more", hidden)) },
      .forged("an entry too few in the \(part)", "audit: ") { $0[part].removeLast() },
      .forged("an entry twice in the \(part)", "audit: ") { $0[part].append($0[part][1]) },
      .forged("other content in the \(part)", "audit: a file is not the one that was signed") { forge in
        forge[part][1].content[3] ^= 1
      },
      .forged("bytes in the padding of the \(part)", notInFiles) { forge in
        forge[part][1].content += hidden
      },
    ]
  }

  private static let entries: [Attack] = [
    .forged("two entries in another order", notInFiles) { $0.head.swapAt(4, 5) },
    .forged("a list of sums that a file was taken from", "audit: a file is not the one that was signed") { forge in
      forge.head[0].content = [UInt8](repeating: 0x0A, count: forge.head[0].content.count)
    },
  ]

  private static let headers: [Attack] = [
    header("another mode", 106, "7"), header("an owner", 114, "1"), header("a time", 146, "1"),
    header("a name of an owner", 265, "root"), header("a link in a file", 157, "bundle.json"),
    header("a device's number", 335, "1"), header("bytes behind the fields", 500, "Hidden."),
    header("bytes behind the name", 90, "Hidden."), header("another magic", 262, " "),
    .forged("a checksum of another form", notInFiles) { forge in
      forge.body[1].header.replaceSubrange(154..<156, with: [0x20, 0])
    },
    .forged("a size in base-256", notInFiles) { forge in
      let size = forge.body[1].content.count
      forge.body[1].header.replaceSubrange(
        124..<136, with: [0x80] + (0..<11).map { UInt8(truncatingIfNeeded: $0 < 3 ? 0 : size >> ((10 - $0) * 8)) })
      forge.body[1].sum()
    },
    replaced("a symbolic link in the place of a blob", "2", "../../../etc/passwd"),
    replaced("a hard link in the place of a blob", "1", "bundle.json"),
    replaced("a fifo in the place of a blob", "6", ""),
    replaced("a directory in the place of a blob", "5", ""),
    extended("a pax header", "x", "20 comment=Hidden...\n"),
    extended("a global pax header", "g", "20 comment=Hidden...\n"),
    extended("a long name of GNU's", "L", "blobs/x\0"),
  ]

  private static func header(_ name: String, _ offset: Int, _ text: String) -> Attack {
    .forged("\(name) in a header", "audit: ") { forge in
      forge.body[1].header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
      forge.body[1].sum()
    }
  }

  /// The content follows as a file that nothing lists, so that the sizes are the ones that are expected.
  private static func replaced(_ name: String, _ type: String, _ link: String) -> Attack {
    .forged(name, "audit: ") { forge in
      var entry = Forge.Entry(header: forge.body[1].header)
      entry.header.replaceSubrange(124..<135, with: "00000000000".utf8)
      entry.header[156] = type.utf8.first ?? 0
      entry.header.replaceSubrange(157..<157 + link.utf8.count, with: link.utf8)
      entry.sum()
      forge.body[1] = Forge.Entry("more", Array(forge.body[1].content.dropLast(512)))
      forge.body.insert(entry, at: 1)
    }
  }

  private static func extended(_ name: String, _ type: String, _ text: String) -> Attack {
    .forged(name, "audit: ") { forge in
      var entry = Forge.Entry(type == "L" ? "././@LongLink" : "pax", Array(text.utf8))
      entry.header[156] = type.utf8.first ?? 0
      entry.sum()
      forge.body.insert(entry, at: 1)
    }
  }

  private static let raw: [Attack] = [
    .framed("a body that is compressed", "is not raw", sealed: AttackTests.Place.packed) { frames in
      frames.frames[3] = .compressed(Forge(AttackTests.bundle).body.flatMap(\.bytes))
    },
    .framed("an empty block with a byte of its own", "is not raw") { frames in
      frames.frames[3].stored.insert(contentsOf: [0x02, 0, 0, 0x48], at: 9)
    },
    .framed("a block that is cut in two and one that is packed", "has odd headers") { frames in
      let (layout, body) = (frames.frames[3], Forge(AttackTests.bundle).body.flatMap(\.bytes))
      #expect(layout.contentBytes == body.count)
      let zeros = try #require(body.firstRange(of: [UInt8](repeating: 0, count: 15)))
      // Raw, a run of zeros, empty runs with a byte each for what that spares, raw: as long as before.
      frames.frames[3].stored = packing(layout.stored, zeros.lowerBound)
    },
    .framed("an unused bit in a raw frame", "has odd headers") { $0.frames[3].stored[4] |= 0x10 },
    .framed("a window in the place of a single segment", "audit: ") { frames in
      frames.frames[3].stored[4] = 0x80
      frames.frames[3].stored.insert(0x60, at: 5)
    },
  ]

  private static let packed: [Attack] = [
    .framed("an unused bit in a compressed frame", "has an odd header", sealed: AttackTests.Place.packed) { frames in
      frames.frames[2].stored[4] |= 0x10
    },
    .framed("a compressed frame without a checksum", "has an odd header", sealed: AttackTests.Place.packed) { frames in
      frames.frames[2].stored[4] &= ~4
      frames.frames[2].stored.removeLast(4)
    },
    .framed("a flood of empty blocks", "is too long", sealed: AttackTests.Place.packed) { frames in
      let start = ZstdFrame.headerBytes(descriptor: frames.frames[4].stored[4])
      frames.frames[4].stored.insert(
        contentsOf: [[UInt8]](repeating: [2, 0, 0, 0x48], count: 500).flatMap(\.self), at: start)
    },
  ]

  private static let frames: [Attack] = [
    .framed("a skippable frame in front", "audit: ") { $0.frames.insert(.skippable(hidden), at: 0) },
    .framed("a skippable frame between frames", "audit: there are skippable frames") { frames in
      frames.frames[3].stored += StoredFrames.Frame.skippable(hidden).stored
    },
    .framed("an empty frame between frames", "audit: there are more or fewer frames") { frames in
      frames.frames.insert(.compressed([]), at: 3)
    },
    .framed("an empty frame that the seek table does not list", "audit: there are more or fewer frames") { frames in
      frames.frames[3].stored += StoredFrames.Frame.compressed([]).stored
    },
    .framed("a second index, list and blob in a frame behind", "audit: there are more or fewer frames") { frames in
      let entries = ["bundle.json", "SHA256SUMS", "blobs/sha256/x"].map { Forge.Entry($0, hidden).bytes }
      frames.frames.append(.compressed(entries.flatMap(\.self)))
    },
    .framed("an index in two frames", "audit: there are more or fewer frames", sealed: [0, 1, 3, 5, 6]) { frames in
      let entry = Forge.Entry("bundle.json", AttackTests.bundle.index.bytes).bytes
      frames.frames[0] = .compressed(Array(entry.prefix(512)))
      frames.frames.insert(.compressed(Array(entry.dropFirst(512))), at: 1)
    },
    .framed("a frame for two sections", "audit: ", sealed: [0, 2, 3]) { frames in
      let tail = Forge(AttackTests.bundle).tail.flatMap(\.bytes)
      frames.frames[4] = .compressed(tail)
      frames.frames.remove(at: 5)
      frames.frames.insert(.compressed([]), at: 3)
    },
  ]

  private static let ends: [Attack] = [
    .patched("bytes behind the end", "audit: the file is not zstd frames and nothing else") { $0 += hidden },
    .patched("a gzip member behind the end", "audit: the file is not zstd frames and nothing else") { bytes in
      bytes += Gzip.stored(hidden)
    },
    .patched("a skippable frame behind the end", "audit: there are skippable frames") { bytes in
      bytes += StoredFrames.Frame.skippable(hidden).stored
    },
    .patched("a frame behind the end", "audit: there are more or fewer frames") { bytes in
      bytes += StoredFrames.Frame.compressed(Forge.Entry("bundle.json", hidden).bytes).stored
    },
    .patched("no seek table", "audit: ") { bytes in bytes = StoredFrames(bytes).joined },
    .patched("a seek table of other frames", "says the seek table") { bytes in
      var frames = StoredFrames(bytes)
      let joined = frames.joined
      frames.frames[4].contentBytes += 512
      frames.frames[5].contentBytes -= 512
      bytes = joined + frames.table
    },
    .patched("a seek table of frames elsewhere", "audit: ") { bytes in
      var frames = StoredFrames(bytes)
      let joined = frames.joined
      frames.frames[4].stored += [0]
      frames.frames[5].stored.removeLast()
      bytes = joined + frames.table
    },
    .patched("a seek table with a bit of its own", "audit: the seek table is not at the end") { bytes in
      bytes[bytes.count - 5] = 1
    },
    .framed("a line of frames.sha256 that is wrong", "audit: frames.sha256 does not tell of these frames") { frames in
      frames.seal([0, 2, 4, 4])
    },
    .framed("bytes behind the end of the archive", notInFiles) { frames in
      frames.frames[6].stored[frames.frames[6].stored.count - 100] = 0x48
    },
    .framed("an entry behind the end of the archive", "audit: ") { frames in
      let content = frames.frames[6].contentBytes
      frames.frames[6] = .raw([UInt8](repeating: 0, count: content) + Forge.Entry("more", hidden).bytes)
    },
    .patched("a flipped bit", "audit: ") { bytes in bytes[bytes.count / 2] ^= 1 },
    .patched("a flipped bit in the seek table", "audit: ") { bytes in bytes[bytes.count - 20] ^= 1 },
    .patched("the end cut off", "audit: ") { bytes in bytes.removeLast(1) },
    .patched("all but the front cut off", "audit: ") { bytes in bytes.removeLast(bytes.count - 67_000) },
    .patched("half of the front cut off", "audit: ") { bytes in bytes.removeLast(bytes.count - 2000) },
    .patched("no bundle", "audit: the first entry is no index") { bytes in bytes = hidden },
  ]

  /// A raw frame of several blocks in which the first holds zeros somewhere: as long as before, with hidden bytes.
  private static func packing(_ frame: [UInt8], _ zeros: Int) -> [UInt8] {
    func header(_ size: Int, _ type: Int) -> [UInt8] {
      let value = size << 3 | type << 1
      return [UInt8(value & 255), UInt8(value >> 8 & 255), UInt8(value >> 16)]
    }
    let first = frame[12..<12 + 131_072]
    // A run of 15 zeros takes 4 bytes, and there is one raw block more: 15 - 4 - 3 bytes are free for two empty runs.
    let before = first.prefix(zeros), after = first.dropFirst(zeros + 15)
    var packed = frame.prefix(9) + header(before.count, 0) + before + header(15, 1) + [0]
    let spare = 12 + 131_072 - packed.count - 3 - after.count
    packed += [[UInt8]](repeating: header(0, 1) + [0x48], count: spare / 4).flatMap(\.self)
    packed += header(after.count, 0) + after
    return Array(packed + frame.dropFirst(12 + 131_072))
  }
}

extension Forge.Entry {
  fileprivate init(_ signature: CarriedSignature) { self.init("signatures/\(signature.keyID).sig", signature.bytes) }

  /// Makes the checksum right again.
  fileprivate mutating func sum() {
    header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
    let digits = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    let text = String(repeating: "0", count: 6 - digits.utf8.count) + digits
    header.replaceSubrange(148..<155, with: Array(text.utf8) + [0])
  }
}

extension SignatureRegion {
  /// The region as it stands in a file, with any entries before the padding.
  fileprivate static func stored(_ entries: [Forge.Entry]) -> [UInt8] {
    let front = entries.flatMap(\.bytes)
    let padding = contentBytes - 512 - front.count
    return stored(content: front + Forge.Entry("signatures/.padding", [UInt8](repeating: 0, count: padding)).bytes)
  }

  /// The region with bytes in its padding.
  fileprivate func stored(hiding bytes: [UInt8]) -> [UInt8] {
    Self.stored(content: content.dropLast(bytes.count) + bytes)
  }

  private static func stored(content: [UInt8]) -> [UInt8] {
    let layout = RawFrames(contentBytes: contentBytes, hasChecksum: true)
    return layout.preamble(at: 0) + content + content.withUnsafeBytes { ZstdCompressor().checksum($0) }
  }
}
