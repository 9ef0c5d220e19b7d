internal import Diagnostics

/// Strings: where they end, whether they are text, what their escapes stand for.
extension JSONReader {
  func text(_ bytes: Span<UInt8>) throws(SealiftError) -> String {
    if let text = try? UTF8Span(validating: bytes) { return String(copying: text) }
    guard limits.isLenient else { throw failure("a string is not valid UTF-8") }
    return bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  /// Finds the end of the string that starts here; without an end if it has escapes.
  mutating func stringRange() throws(SealiftError) -> (start: Int, plainEnd: Int?, isASCII: Bool) {
    try expect(UInt8(ascii: "\""), "a string")
    let start = position
    var index = start
    var allBits: UInt8 = 0
    while index < bytes.count {
      allBits |= bytes[index]
      switch bytes[index] {
      case UInt8(ascii: "\""):
        guard index - start <= limits.stringBytes else { throw tooLong() }
        position = index + 1
        return (start, index, allBits < 0x80)
      case UInt8(ascii: "\\"): return (start, nil, false)
      case 0..<0x20: throw failure("a control character stands in a string")
      default: index += 1
      }
    }
    throw failure("a string has no end")
  }

  mutating func escapedString(from start: Int) throws(SealiftError) -> String {
    position = start
    var text: [UInt8] = []
    while position < bytes.count {
      guard text.count <= limits.stringBytes else { throw tooLong() }
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try self.text(text.span)
      case UInt8(ascii: "\\"): text += try escape().utf8
      case 0..<0x20: throw failure("a control character stands in a string")
      default: text.append(byte)
      }
    }
    throw failure("a string has no end")
  }

  private mutating func escape() throws(SealiftError) -> Unicode.Scalar {
    guard position < bytes.count else { throw failure("a string has no end") }
    position += 1
    switch bytes[position - 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw failure("a string has an unknown escape")
    }
  }

  private mutating func unicodeEscape() throws(SealiftError) -> Unicode.Scalar {
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    let next = position
    if first < 0xDC00, takeWord("\\u") {
      let second = try fourHexDigits()
      if (0xDC00...0xDFFF).contains(second),
        let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
      {
        return scalar
      }
    }
    guard limits.isLenient else { throw failure("a string has a lone surrogate") }
    // What follows it stands for itself.
    position = next
    return "\u{FFFD}"
  }

  private mutating func fourHexDigits() throws(SealiftError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw failure("a string has no end") }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = byte.hexDigit else { throw failure("\\u needs four hex digits") }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }

  private func tooLong() -> SealiftError { failure("a string is longer than \(limits.stringBytes.asBytes)") }
}

extension UInt8 {
  fileprivate var hexDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
