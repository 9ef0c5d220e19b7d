/// What readers take a scalar for that stands without quotes.
///
/// Source: YAML 1.1, type repository (bool, float, int, merge, null, timestamp, value); YAML 1.2.2, section 10.3.2; and
/// go-yaml, `resolve`, which also takes upper-case prefixes of numbers. What any of them takes for no text is no text.
enum PlainScalar {
  private static let words: Set<String> = [
    "", "~", "null", "Null", "NULL", "<<", "=",
    "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE",
    "n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE",
    ".nan", ".NaN", ".NAN",
  ]

  /// Whether every reader takes `text` for text.
  static func isText(_ text: String) -> Bool {
    if words.contains(text) { return false }
    guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return true }
    return !isNumber(text) && !isTimestamp(Substring(text).utf8)
  }

  /// Whether some reader takes `text` for an infinity or for what is no number.
  static func isNotFinite(_ text: String) -> Bool {
    let unsigned = text.utf8.first.map { "+-".utf8.contains($0) } == true ? text.dropFirst() : text[...]
    return [".inf", ".nan"].contains(unsigned.lowercased())
  }

  private static func isNumber(_ text: String) -> Bool {
    let unsigned = text.utf8.first.map { "+-".utf8.contains($0) } == true ? text.dropFirst() : text[...]
    if [".inf", ".Inf", ".INF"].contains(unsigned) { return true }
    for (prefix, digits) in [("0b", "01_"), ("0o", "01234567_"), ("0x", "0123456789abcdef_")] {
      let folded = unsigned.lowercased()
      if folded.hasPrefix(prefix), folded.utf8.count > 2, folded.utf8.dropFirst(2).allSatisfy(digits.utf8.contains) {
        return true
      }
    }
    return isDecimal(unsigned.utf8) || isSexagesimal(unsigned.utf8)
  }

  /// Whether it is `1_000`, `.5`, `1.`, `1.5e-3` and the like.
  private static func isDecimal(_ text: Substring.UTF8View) -> Bool {
    var rest = text
    var digits = take(&rest, \.isDigitOrUnderscore)
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      digits += take(&rest, \.isDigitOrUnderscore)
    }
    guard digits > 0 else { return false }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      guard take(&rest, \.isDigitOrUnderscore) > 0 else { return false }
    }
    return rest.isEmpty
  }

  /// Whether it is a number to the base of 60, such as `190:20:30` or `1:30.5`.
  private static func isSexagesimal(_ text: Substring.UTF8View) -> Bool {
    var rest = text
    guard take(&rest, \.isDigitOrUnderscore) > 0, rest.first == UInt8(ascii: ":") else { return false }
    while rest.first == UInt8(ascii: ":") {
      rest.removeFirst()
      guard (1...2).contains(take(&rest, \.isDigitOrUnderscore)) else { return false }
    }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      _ = take(&rest, \.isDigitOrUnderscore)
    }
    return rest.isEmpty
  }

  /// Whether it begins with `YYYY-M-D` and ends there, or goes on as a time does.
  private static func isTimestamp(_ text: Substring.UTF8View) -> Bool {
    var rest = text
    guard take(&rest, \.isDigitOrUnderscore) == 4 else { return false }
    for _ in 0..<2 {
      guard rest.first == UInt8(ascii: "-") else { return false }
      rest.removeFirst()
      guard (1...2).contains(take(&rest, \.isDigitOrUnderscore)) else { return false }
    }
    return rest.first.map { "Tt \t".utf8.contains($0) } ?? true
  }

  private static func take(_ rest: inout Substring.UTF8View, _ isWanted: (UInt8) -> Bool) -> Int {
    let run = rest.prefix(while: isWanted)
    rest = rest[run.endIndex...]
    return run.count
  }
}

extension UInt8 {
  fileprivate var isDigitOrUnderscore: Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || self == UInt8(ascii: "_")
  }
}
