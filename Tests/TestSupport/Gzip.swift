/// The gzip format without compression, so that a test needs no library to make a real layer.
public enum Gzip {
  /// A gzip file that holds `content` in stored blocks.
  ///
  /// Source: RFC 1952, section 2.3; RFC 1951, section 3.2.4.
  public static func stored(_ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
    let maximumBlock = 0xFFFF
    for start in stride(from: 0, through: content.count, by: maximumBlock) {
      let block = content[start..<min(start + maximumBlock, content.count)]
      bytes.append(block.endIndex == content.count ? 1 : 0)
      bytes += littleEndian(UInt32(block.count) | ~UInt32(block.count) << 16)
      bytes += block
      if block.endIndex == content.count { break }
    }
    return bytes + littleEndian(checksum(content)) + littleEndian(UInt32(truncatingIfNeeded: content.count))
  }

  private static func checksum(_ content: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    content.withUnsafeBufferPointer { content in
      // In a debug build a loop over a sequence takes many times as long.
      var index = 0
      while index < content.count {
        sum = sum &>> 8 ^ table[Int((sum ^ UInt32(content[index])) & 0xFF)]
        index += 1
      }
    }
    return ~sum
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(byte) { sum, _ in sum >> 1 ^ (sum & 1) * 0xEDB8_8320 }
  }

  private static func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}
