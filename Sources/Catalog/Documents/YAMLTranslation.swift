internal import Diagnostics
internal import JSON
internal import YAML

/// Translates YAML into the JSON that OLM reads it as: keys keep their order, quoted text stays text, and plain scalars
/// become numbers, booleans and null by the rules of YAML 1.1.
///
/// A number that JSON can write so stays as it is written: `1.10` is not shortened.
///
/// Source: sigs.k8s.io/yaml (`YAMLToJSON`) with go-yaml v2, `resolve.go`.
enum YAMLTranslation {
  /// The JSON text of a node.
  static func json(_ node: YAMLNode) throws(SealiftError) -> [UInt8] {
    var writer = JSONWriter()
    try write(node, to: &writer)
    return writer.bytes
  }

  private static func write(_ node: YAMLNode, to writer: inout JSONWriter) throws(SealiftError) {
    switch node.content {
    case .scalar(let text, isPlain: true): writer.value(try plain(text, node.position))
    case .scalar(let text, isPlain: false): writer.string(text)
    case .sequence(let elements):
      var failure: SealiftError?
      writer.array(of: elements) { (writer, element) in
        do throws(SealiftError) { try write(element, to: &writer) } catch { failure = failure ?? error }
      }
      if let failure { throw failure }
    case .mapping(let entries):
      var failure: SealiftError?
      writer.object { writer in
        for entry in entries {
          writer.member(entry.key)
          do throws(SealiftError) { try write(entry.value, to: &writer) } catch { failure = failure ?? error }
        }
      }
      if let failure { throw failure }
    }
  }

  private static func plain(_ text: String, _ position: YAMLPosition) throws(SealiftError) -> JSONValue {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return .boolean(true)
    case "false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF": return .boolean(false)
    default: break
    }
    guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return .string(text) }
    if isJSONNumber(text) { return .number(text) }
    if let number = integer(text) { return .number(number) }
    if isNotFinite(text) { throw position.error("'\(text)' is a number that JSON cannot write") }
    return isFloat(text) ? .number(decimal(text)) : .string(text)
  }

  /// Whether the text is a number by JSON's grammar, short enough for everybody.
  private static func isJSONNumber(_ text: String) -> Bool {
    var rest = text.utf8[...]
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let integer = rest.prefix(while: \.isDigit)
    rest = rest.dropFirst(integer.count)
    guard !integer.isEmpty, integer.count == 1 || integer.first != UInt8(ascii: "0") else { return false }
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: \.isDigit)
      guard !fraction.isEmpty else { return false }
      rest = rest.dropFirst(fraction.count + 1)
    }
    return hasOnlyExponent(rest) && text.utf8.count <= 64
  }

  private static func hasOnlyExponent(_ text: Substring.UTF8View) -> Bool {
    guard let first = text.first else { return true }
    guard first | 0x20 == UInt8(ascii: "e") else { return false }
    var digits = text.dropFirst()
    if let sign = digits.first, "+-".utf8.contains(sign) { digits = digits.dropFirst() }
    return !digits.isEmpty && digits.allSatisfy(\.isDigit)
  }

  /// Underscores, signs, octal `017`, hexadecimal `0x1F` and binary `0b11`, as Go's `ParseInt(…, 0, 64)` reads them.
  private static func integer(_ text: String) -> String? {
    var digits = text.filter { $0 != "_" }[...]
    let isNegative = digits.first == "-"
    if let sign = digits.first, "+-".contains(sign) { digits = digits.dropFirst() }
    var radix = 10
    for (prefix, base) in [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8)]
    where digits.hasPrefix(prefix) {
      radix = base
      digits = digits.dropFirst(2)
    }
    if radix == 10, digits.count > 1, digits.first == "0" {
      radix = 8
      digits = digits.dropFirst()
    }
    guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
      let number = UInt64(digits, radix: radix)
    else { return nil }
    return (isNegative && number > 0 ? "-" : "") + String(number)
  }

  private static func isNotFinite(_ text: String) -> Bool {
    let word = text.drop { "+-".contains($0) }.lowercased()
    return word == ".inf" || word == ".nan"
  }

  /// Source: go-yaml v2, `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`.
  private static func isFloat(_ text: String) -> Bool {
    var rest = text.utf8.filter { $0 != UInt8(ascii: "_") }[...]
    if let sign = rest.first, "+-".utf8.contains(sign) { rest = rest.dropFirst() }
    let integer = rest.prefix(while: \.isDigit)
    rest = rest.dropFirst(integer.count)
    var fraction = rest.prefix(0)
    if rest.first == UInt8(ascii: ".") {
      fraction = rest.dropFirst().prefix(while: \.isDigit)
      rest = rest.dropFirst(fraction.count + 1)
    }
    guard !integer.isEmpty || !fraction.isEmpty, text.utf8.count <= 64 else { return false }
    return hasOnlyExponent(String(decoding: rest, as: UTF8.self)[...].utf8)
  }

  /// A number that YAML writes in a way that JSON does not (`.5`, `5.`, `+1.5`, `1_000.5`), as JSON writes it.
  private static func decimal(_ text: String) -> String {
    let bare = text.filter { $0 != "_" && $0 != "+" || $0 == "-" }
    let isNegative = bare.hasPrefix("-")
    let body = isNegative ? bare.dropFirst() : bare[...]
    let parts = body.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    let digits = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let integer = digits[0].drop { $0 == "0" }
    let fraction = digits.count == 2 ? digits[1] : ""
    return (isNegative ? "-" : "") + (integer.isEmpty ? "0" : integer) + (fraction.isEmpty ? "" : ".\(fraction)")
      + (parts.count == 2 ? "e\(parts[1])" : "")
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
