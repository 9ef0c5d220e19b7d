import Testing
import Zstd

struct ZstdFrameTests {
  static func header(_ rest: [UInt8]) -> [UInt8] { ZstdFrame.magic + rest }

  @Test(
    "Legal headers are read",
    arguments: [
      ([0x24, 0x10], 6, 16, true),  // single segment, one byte
      ([0x20, 0x00], 6, 0, false),
      ([0x64, 0x00, 0x00], 7, 256, true),  // two bytes count from 256
      ([0xA4, 0x00, 0x00, 0x40, 0x00], 9, 4 << 20, true),
      ([0xE4, 0, 0, 0x40, 0, 0, 0, 0, 0], 13, 4 << 20, true),
      ([0x84, 0x60, 0x00, 0x00, 0x40, 0x00], 10, 4 << 20, true),  // a window of 4 MiB
      ([0x44, 0x00, 0x01, 0x00], 8, 257, true),
    ] as [([UInt8], Int, Int, Bool)])
  func legal(_ rest: [UInt8], headerBytes: Int, contentBytes: Int, hasChecksum: Bool) throws {
    let frame = try ZstdFrame(Self.header(rest))
    #expect(frame.headerBytes == headerBytes)
    #expect(frame.contentBytes == contentBytes)
    #expect(frame.hasChecksum == hasChecksum)
    #expect(ZstdFrame.headerBytes(descriptor: rest[0]) == headerBytes)
  }

  @Test(
    "Headers that a bundle does not allow are refused with the reason",
    arguments: [
      ([0x2C, 0x10], .reservedBit),
      ([0x25, 0x01, 0x10], .dictionary),
      ([0xE7, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0], .dictionary),
      ([0x04, 0x60], .noContentSize),
      ([0xA4, 0x01, 0x00, 0x40, 0x00], .contentTooLarge(4 << 20 + 1)),
      ([0xE4, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .contentTooLarge(.max)),
      ([0x84, 0x61, 0x00, 0x00, 0x40, 0x00], .windowTooLarge(4_718_592)),
      ([0x84, 0xFF, 0x00, 0x00, 0x40, 0x00], .windowTooLarge(15 << 38)),
      ([0xA4, 0x01], .notAFrame),
    ] as [([UInt8], ZstdFrame.Refusal)])
  func refused(_ rest: [UInt8], refusal: ZstdFrame.Refusal) {
    #expect(throws: refusal) { try ZstdFrame(Self.header(rest)) }
  }

  @Test("No header of any bytes traps")
  func anyBytes() {
    for descriptor in UInt8.min...UInt8.max {
      for fill in [0x00, 0x01, 0x7F, 0x80, 0xFF] as [UInt8] {
        for count in 0...18 {
          let bytes = Self.header([descriptor]) + [UInt8](repeating: fill, count: 13)
          if let frame = try? ZstdFrame(bytes.prefix(count)) { #expect(frame.contentBytes <= ZstdFrame.maximumContent) }
        }
      }
    }
  }

  @Test(
    "Block headers",
    arguments: [
      (0, false, 0), (1, true, 0), (131_072 << 3, false, 131_072), (131_072 << 3 | 4, false, 131_072),
      (131_072 << 3 | 2, false, 1), (131_073 << 3, nil, 0), (5 << 3 | 6, nil, 0), (0xFFFFFF, nil, 0),
    ] as [(Int, Bool?, Int)])
  func blocks(_ value: Int, isLast: Bool?, storedBytes: Int) {
    let block = ZstdFrame.Block(UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value >> 16))
    #expect(block?.isLast == isLast)
    if let block { #expect(block.storedBytes == storedBytes) }
  }

  @Test(
    "What the compressor makes is allowed, fits its bound, and comes back", arguments: [1, 5, 4096, 1 << 20, 4 << 20])
  func compressor(_ count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7 &* $0) }
    let stored = content.withUnsafeBytes { ZstdCompressor().frame($0) }
    let header = try ZstdFrame(stored)
    #expect(header.contentBytes == count)
    #expect(header.hasChecksum)
    #expect(stored.count <= ZstdCompressor.bound(count))
    var back = [UInt8](repeating: 0, count: count)
    let problem = stored.withUnsafeBytes { stored in
      back.withUnsafeMutableBytes { ZstdDecompressor().decompress(stored, into: $0) }
    }
    #expect(problem == nil)
    #expect(back == content)
  }

  @Test("The bound is the one that the document gives", arguments: [1, 1000, 131_071, 131_072, 131_073, 4 << 20])
  func bound(_ count: Int) {
    let documented = count + count / 256 + (count < 131_072 ? (131_072 - count) / 2048 : 0)
    #expect(ZstdCompressor.bound(count) == documented)
  }

  @Test("A frame that decodes to more, or to less, than the buffer is refused")
  func wrongSize() {
    let stored = [UInt8](repeating: 9, count: 100).withUnsafeBytes { ZstdCompressor().frame($0) }
    for count in [99, 101] {
      var out = [UInt8](repeating: 0, count: count)
      let problem = stored.withUnsafeBytes { stored in
        out.withUnsafeMutableBytes { ZstdDecompressor().decompress(stored, into: $0) }
      }
      #expect(problem != nil)
    }
  }
}
