extension StringProtocol {
  /// The text with everything that could steer a terminal or hide from a reader shown as `\u{…}`.
  ///
  /// C0 and C1 controls, DEL, bidirectional overrides, zero-width characters and line separators are escaped;
  /// all other text stays as it is. Every string from outside passes here before it reaches a terminal.
  public var printable: String {
    var out = ""
    out.reserveCapacity(utf8.count)
    for scalar in unicodeScalars {
      if scalar.isUnsafeForTerminal {
        out += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

extension Unicode.Scalar {
  fileprivate var isUnsafeForTerminal: Bool {
    switch value {
    case 0...0x1F, 0x7F...0x9F: true
    case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0x061C, 0xFFF9...0xFFFB: true
    case 0xE0000...0xE007F: true
    default: false
    }
  }
}
