internal import Diagnostics

/// The characters of one TOML text, and where they stand.
struct TOMLScanner {
  let source: String
  private(set) var line = 1
  private var rest: Substring.UnicodeScalarView

  init(_ text: String, source: String) {
    self.source = source
    rest = Substring(text).unicodeScalars
    if rest.first == "\u{FEFF}" { rest.removeFirst() }
  }

  func error(_ problem: String) -> SealiftError {
    SealiftError(.configuration, "\(source):\(line): \(problem)", nextStep: "correct line \(line) of \(source)")
  }

  /// Whether `text` comes next.
  func isAt(_ text: String) -> Bool { rest.starts(with: text.unicodeScalars) }

  /// Takes `text` if it comes next.
  mutating func take(_ text: String) -> Bool {
    guard isAt(text) else { return false }
    rest.removeFirst(text.unicodeScalars.count)
    return true
  }

  /// Passes over spaces and tabs.
  mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\t" } }

  /// Passes over blank lines and comments.
  ///
  /// - Returns: Whether anything comes after them.
  mutating func skipToContent() -> Bool {
    while true {
      skipBlanks()
      if rest.first == "#" { rest = rest.drop { $0 != "\n" } }
      guard takeLineEnd() else { return !rest.isEmpty }
    }
  }

  /// Passes over what may come after something that has a line of its own.
  mutating func endLine() throws(SealiftError) {
    skipBlanks()
    if rest.first == "#" { rest = rest.drop { $0 != "\n" } }
    guard takeLineEnd() || rest.isEmpty else {
      throw error("'\(word)' stands behind what a line can have")
    }
  }

  /// One part of a key: a bare word, or a string.
  mutating func key() throws(SealiftError) -> String {
    if !isAt("\"\"\""), !isAt("'''"), let text = try string() { return text }
    let bare = rest.prefix(while: \.isBareKey)
    guard !bare.isEmpty else { throw error("a key is wanted here, and this is '\(word)'") }
    rest = rest[bare.endIndex...]
    return String(bare)
  }

  /// A truth value, a number or a date.
  mutating func scalar() throws(SealiftError) -> TOMLNode.Content {
    let text = String(rest.prefix { $0.isBareKey || "+.:".unicodeScalars.contains($0) })
    let isNumber = text.unicodeScalars.first.map { "+-0123456789".unicodeScalars.contains($0) } == true
    guard ["true", "false", "inf", "nan"].contains(text) || isNumber else {
      throw error("a value is wanted here, and this is '\(word)': text stands in quotes")
    }
    rest.removeFirst(text.unicodeScalars.count)
    switch text {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default: return .other(text)
    }
  }

  /// A string of any of the four kinds; `nil` if none comes next.
  mutating func string() throws(SealiftError) -> String? {
    for (mark, escapes, lines) in [
      ("\"\"\"", true, true), ("'''", false, true), ("\"", true, false), ("'", false, false),
    ]
    where take(mark) {
      if lines { _ = takeLineEnd() }
      return try text(until: mark, escapes: escapes, lines: lines)
    }
    return nil
  }

  private mutating func text(until mark: String, escapes: Bool, lines: Bool) throws(SealiftError) -> String {
    var text = String.UnicodeScalarView()
    while true {
      if isAt(mark) {
        // Up to two quotation marks can stand right before the end.
        while lines, rest.dropFirst(mark.unicodeScalars.count).first == mark.unicodeScalars.first {
          text.append(rest.removeFirst())
        }
        _ = take(mark)
        return String(text)
      }
      if escapes, take("\\") {
        if let scalar = try escape(lines: lines) { text.append(scalar) }
      } else if lines, takeLineEnd() {
        text.append("\n")
      } else {
        guard let scalar = rest.popFirst(), scalar == "\t" || scalar.value >= 0x20, scalar.value != 0x7F else {
          throw error("the end of a text, \(mark), is missing, or a control character stands in it")
        }
        text.append(scalar)
      }
    }
  }

  /// What a backslash and the characters behind it stand for; `nil` at the end of a line, which is folded.
  private mutating func escape(lines: Bool) throws(SealiftError) -> Unicode.Scalar? {
    let known: [Unicode.Scalar: Unicode.Scalar] = [
      "b": "\u{8}", "t": "\t", "n": "\n", "f": "\u{C}", "r": "\r", "\"": "\"", "\\": "\\",
    ]
    let digits: [Unicode.Scalar: Int] = ["u": 4, "U": 8]
    if lines, rest.first.map({ " \t\r\n".unicodeScalars.contains($0) }) == true {
      repeat { skipBlanks() } while takeLineEnd()
      return nil
    }
    guard let letter = rest.popFirst() else { throw error("a text ends in a backslash") }
    if let scalar = known[letter] { return scalar }
    guard let count = digits[letter] else { throw error("'\\\(letter)' is no escape") }
    let hex = String(rest.prefix(count))
    guard hex.count == count, hex.allSatisfy(\.isHexDigit), let value = UInt32(hex, radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw error("'\\\(letter)\(hex)' is no character") }
    rest.removeFirst(count)
    return scalar
  }

  private mutating func takeLineEnd() -> Bool {
    guard take("\n") || take("\r\n") else { return false }
    line += 1
    return true
  }

  /// What comes next, for messages.
  private var word: String {
    String(rest.prefix { !" \t\r\n".unicodeScalars.contains($0) }.prefix(40))
  }
}

extension Unicode.Scalar {
  fileprivate var isBareKey: Bool {
    switch self {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }
}
