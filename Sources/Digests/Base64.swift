internal import COpenSSL

/// Base64 with padding.
///
/// Source: RFC 4648, section 4.
public enum Base64 {
  /// The text of some bytes, of which there are fewer than 2 GiB.
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    // The text ends with a zero byte, which is not counted.
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { text in
      Int(EVP_EncodeBlock(text.baseAddress, bytes, CInt(bytes.count)))
    }
  }

  /// The bytes of a text, which has fewer than 2 GiB.
  ///
  /// - Returns: `nil` for anything but base64, with or without its padding.
  public static func decode(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8)
    while digits.last == UInt8(ascii: "=") { digits.removeLast() }
    // OpenSSL passes over space and takes padding anywhere: it gets nothing of either.
    guard digits.count % 4 != 1, digits.allSatisfy(isDigit) else { return nil }
    let missing = (4 - digits.count % 4) % 4
    digits += repeatElement(UInt8(ascii: "="), count: missing)
    return [UInt8](unsafeUninitializedCapacity: digits.count / 4 * 3) { bytes, count in
      count = max(0, Int(EVP_DecodeBlock(bytes.baseAddress, digits, CInt(digits.count))) - missing)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
    default: false
    }
  }
}
