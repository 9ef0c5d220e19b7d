internal import Diagnostics

extension JSONWriter {
  /// A tree as one line of canonical JSON in which no character can steer a terminal or hide from a reader.
  public static func printableText(of value: JSONValue) -> String {
    let text = String(decoding: bytes(of: value), as: UTF8.self)
    var out = ""
    out.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      if scalar.value < 0x7F || String(scalar).printable.unicodeScalars.count == 1 {
        out.unicodeScalars.append(scalar)
      } else {
        // Only strings hold such characters, so the escape of a string is right.
        for unit in String(scalar).utf16 {
          let hex = String(unit, radix: 16)
          out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }
      }
    }
    return out
  }
}
