internal import Diagnostics

extension JSONWriter {
  /// A tree as one line of canonical JSON in which no character can steer a terminal or hide from a reader.
  public static func printableText(of value: JSONValue) -> String {
    String(decoding: printable(bytes(of: value)), as: UTF8.self)
  }

  /// A document that this has written, with the characters escaped that can steer a terminal or hide from a reader.
  public static func printable(_ document: [UInt8]) -> [UInt8] {
    if document.allSatisfy({ $0 < 0x7F }) { return document }
    var out: [UInt8] = []
    out.reserveCapacity(document.count)
    for scalar in String(decoding: document, as: UTF8.self).unicodeScalars {
      if scalar.value < 0x7F || String(scalar).printable.unicodeScalars.count == 1 {
        out += String(scalar).utf8
      } else {
        // Only strings hold such characters, so the escape of a string is right.
        for unit in String(scalar).utf16 {
          let hex = String(unit, radix: 16)
          out += "\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)".utf8
        }
      }
    }
    return out
  }
}
