public import Diagnostics

extension YAMLNode {
  /// Whether nothing is written, or `null` or `~` without quotes.
  public var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// Whether some reader takes it for a number, a date, a truth value or nothing, because it stands without quotes.
  public var isAmbiguous: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return !PlainScalar.isText(text)
  }

  /// The text of a scalar, quoted or not, exactly as it is written: `1.10` stays `1.10`, and `no` stays `no`.
  ///
  /// - Throws: The file's code, with the place, for anything else and for null.
  public func string() throws(SealiftError) -> String {
    guard case .scalar(let text, _) = content, !isNull else { throw unexpected("text") }
    return text
  }

  /// `true` or `false`, or another of YAML 1.1's words for them, without quotes.
  ///
  /// Source: YAML 1.1, type repository, bool.
  public func bool() throws(SealiftError) -> Bool {
    guard case .scalar(let text, isPlain: true) = content, let value = Self.truthValues[text] else {
      throw unexpected("true or false")
    }
    return value
  }

  private static let truthValues: [String: Bool] = {
    var values: [String: Bool] = [:]
    for (words, value) in [(["y", "yes", "on", "true"], true), (["n", "no", "off", "false"], false)] {
      for word in words {
        for form in [word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()] { values[form] = value }
      }
    }
    return values
  }()

  /// A whole number in decimal digits, without quotes.
  public func integer() throws(SealiftError) -> Int {
    guard case .scalar(let text, isPlain: true) = content, let number = Int(text), String(number) == text else {
      throw unexpected("a whole number")
    }
    return number
  }

  /// The elements of a sequence; none for null.
  public func elements() throws(SealiftError) -> [YAMLNode] {
    if case .sequence(let elements) = content { return elements }
    if isNull { return [] }
    throw unexpected("a list")
  }

  /// The entries of a mapping; none for null.
  public func entries() throws(SealiftError) -> [Entry] {
    if case .mapping(let entries) = content { return entries }
    if isNull { return [] }
    throw unexpected("a mapping of keys to values")
  }

  /// The value under a key, if this is a mapping that has it.
  public subscript(key: String) -> YAMLNode? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  private func unexpected(_ wanted: String) -> SealiftError {
    position.error("\(wanted) is wanted here, and this is \(shape)")
  }

  private var shape: String {
    switch content {
    case .scalar where isNull: "empty"
    case .scalar(let text, isPlain: true): "'\(text.prefix(40))'"
    case .scalar: "quoted text"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}
