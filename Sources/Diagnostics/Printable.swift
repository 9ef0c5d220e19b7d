extension StringProtocol {
  /// The text with everything that could steer a terminal or hide from a reader shown as `\u{…}`.
  ///
  /// C0 and C1 controls, DEL, bidirectional overrides, line separators and all that has no width or no shape (joiners,
  /// fillers, variation selectors, tags) are escaped; all other text stays as it is. Every string from outside passes
  /// here before it reaches a terminal.
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

  /// Text of several lines, of which each is `printable`.
  public var printableLines: String {
    split(separator: "\n", omittingEmptySubsequences: false).map(\.printable).joined(separator: "\n")
  }
}

extension Unicode.Scalar {
  fileprivate var isUnsafeForTerminal: Bool {
    if value < 0x7F { return value < 0x20 }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isDefaultIgnorableCodePoint
    }
  }
}
