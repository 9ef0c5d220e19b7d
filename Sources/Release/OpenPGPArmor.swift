internal import Digests

/// The text form of OpenPGP keys: base64 between `-----BEGIN PGP …-----` and `-----END PGP …-----`.
///
/// Source: RFC 4880, section 6.2.
enum OpenPGPArmor {
  /// What is between one pair of lines.
  struct Block: Equatable {
    /// `PGP PUBLIC KEY BLOCK`.
    let label: String
    /// `nil` if it is no base64, or its checksum is another.
    let bytes: [UInt8]?
  }

  /// The blocks in a text, in order; what stands around them is passed over.
  static func blocks(in text: [UInt8]) -> [Block] {
    var blocks: [Block] = []
    var open: (label: String, lines: [String])?
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let line = trimmed(line)
      if let label = label(of: line, after: "-----BEGIN ") {
        open = (label, [])
      } else if let block = open, label(of: line, after: "-----END ") == block.label {
        blocks.append(Block(label: block.label, bytes: decode(block.lines)))
        open = nil
      } else {
        open?.lines.append(line)
      }
    }
    if let open { blocks.append(Block(label: open.label, bytes: nil)) }
    return blocks
  }

  private static func label(of line: String, after start: String) -> String? {
    let end = "-----"
    guard line.hasPrefix(start), line.hasSuffix(end), line.utf8.count > start.utf8.count + end.utf8.count else {
      return nil
    }
    return String(line.dropFirst(start.count).dropLast(end.count))
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    let text = line.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    return String(decoding: text, as: UTF8.self)
  }

  private static func decode(_ lines: [String]) -> [UInt8]? {
    // Headers go up to an empty line; some writers leave both out.
    let hasHeaders = lines.first.map { $0.isEmpty || $0.contains(":") } ?? false
    let body = hasHeaders ? Array(lines.drop { !$0.isEmpty }) : lines
    let checksum = body.last { !$0.isEmpty }.flatMap { $0.hasPrefix("=") ? String($0.dropFirst()) : nil }
    let data = body.filter { !$0.hasPrefix("=") }.joined()
    guard !data.isEmpty, let bytes = Base64.decode(data) else { return nil }
    guard let checksum else { return bytes }
    return Base64.decode(checksum) == crc24(bytes) ? bytes : nil
  }

  /// Source: RFC 4880, section 6.1.
  private static func crc24(_ bytes: [UInt8]) -> [UInt8] {
    var crc: UInt32 = 0xB7_04CE
    for byte in bytes {
      crc ^= UInt32(byte) << 16
      for _ in 0..<8 {
        crc <<= 1
        if crc & 0x100_0000 != 0 { crc ^= 0x186_4CFB }
      }
    }
    return [UInt8(crc >> 16 & 0xFF), UInt8(crc >> 8 & 0xFF), UInt8(crc & 0xFF)]
  }
}
