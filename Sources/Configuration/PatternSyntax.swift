/// Reads the text of a pattern into a tree.
///
/// Source: RE2 syntax, github.com/google/re2/wiki/Syntax, with Go's limits and words for what is wrong.
struct PatternSyntax {
  /// A part of a pattern.
  indirect enum Node: Sendable {
    case set(ScalarSet)
    case place(Place)
    case sequence([Node])
    case choice([Node])
    /// At least and at most so many times; without an upper bound if `most` is nil.
    case repeated(Node, least: Int, most: Int?)
  }

  /// A condition on a position that takes nothing.
  enum Place: Sendable {
    case start, end, lineStart, lineEnd, wordBoundary, noWordBoundary

    func isAt(_ position: Int, in text: [Unicode.Scalar]) -> Bool {
      switch self {
      case .start: return position == 0
      case .end: return position == text.count
      case .lineStart: return position == 0 || text[position - 1] == "\n"
      case .lineEnd: return position == text.count || text[position] == "\n"
      case .wordBoundary, .noWordBoundary:
        let before = position > 0 && Self.isWord(text[position - 1])
        let after = position < text.count && Self.isWord(text[position])
        return (before != after) == (self == .wordBoundary)
      }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
      scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
    }
  }

  // Go's own limits.
  private static let maxRepeat = 1000
  // Go allows 1,000; a group takes a few stack frames here.
  private static let maxDepth = 100

  /// The flags of `(?ims)`.
  struct Flags {
    var ignoresCase = false
    var hasLines = false
    var dotTakesNewline = false
  }

  let text: [Unicode.Scalar]
  var position = 0
  var flags = Flags()
  private var depth = 0

  private init(_ text: String) { self.text = Array(text.unicodeScalars) }

  /// - Throws: For anything that Go's `regexp` refuses, and for Unicode classes.
  static func parse(_ text: String) throws(Pattern.Invalid) -> Node {
    var syntax = PatternSyntax(text)
    let node = try syntax.choice()
    guard syntax.position == syntax.text.count else { throw invalid("has an unexpected )") }
    return node
  }

  static func invalid(_ reason: String) -> Pattern.Invalid { Pattern.Invalid(reason: reason) }

  var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }

  mutating func take() -> Unicode.Scalar? {
    guard let scalar = peek else { return nil }
    position += 1
    return scalar
  }

  mutating func take(_ expected: String) -> Bool {
    guard text[position...].starts(with: expected.unicodeScalars) else { return false }
    position += expected.unicodeScalars.count
    return true
  }

  private mutating func choice() throws(Pattern.Invalid) -> Node {
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(Pattern.Invalid) -> Node {
    var nodes: [Node] = []
    while let next = peek, next != "|", next != ")" {
      if take("\\Q") {
        nodes += quoted()
        if let last = nodes.popLast() { nodes.append(try repetitions(of: last)) }
        continue
      }
      guard let atom = try atom() else { continue }
      nodes.append(try repetitions(of: atom))
    }
    return .sequence(nodes)
  }

  /// The literal text up to `\E` or the end.
  private mutating func quoted() -> [Node] {
    var nodes: [Node] = []
    while !take("\\E"), let scalar = take() { nodes.append(.set(ScalarSet(scalar, ignoringCase: flags.ignoresCase))) }
    return nodes
  }

  /// One part before its repetition; `nil` for a group that sets flags only.
  private mutating func atom() throws(Pattern.Invalid) -> Node? {
    guard let scalar = take() else { return nil }
    switch scalar {
    case "(": return try group()
    case "[": return .set(try bracketClass())
    case ".": return .set(flags.dotTakesNewline ? .anything : .anythingInLine)
    case "^": return .place(flags.hasLines ? .lineStart : .start)
    case "$": return .place(flags.hasLines ? .lineEnd : .end)
    case "\\": return try escape()
    case "*", "+", "?": throw Self.invalid("lacks something to repeat before \(scalar)")
    default: return .set(ScalarSet(scalar, ignoringCase: flags.ignoresCase))
    }
  }

  private mutating func escape() throws(Pattern.Invalid) -> Node {
    switch peek {
    case "A": position += 1; return .place(.start)
    case "z": position += 1; return .place(.end)
    case "b": position += 1; return .place(.wordBoundary)
    case "B": position += 1; return .place(.noWordBoundary)
    default: return .set(try escapedSet(ignoringCase: flags.ignoresCase))
    }
  }

  private mutating func group() throws(Pattern.Invalid) -> Node? {
    depth += 1
    guard depth <= Self.maxDepth else { throw Self.invalid("nests groups more than \(Self.maxDepth) deep") }
    defer { depth -= 1 }
    let outer = flags
    if take("?") {
      if take("P<") || take("<") {
        try groupName()
      } else if try groupFlags() {
        return nil
      }
    }
    let node = try choice()
    guard take(")") else { throw Self.invalid("lacks a )") }
    flags = outer
    return node
  }

  private mutating func groupName() throws(Pattern.Invalid) {
    let start = position
    while let scalar = take(), scalar != ">" {
      guard scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" else {
        throw Self.invalid("has a group with an invalid name")
      }
    }
    guard position > start + 1, text[position - 1] == ">" else {
      throw Self.invalid("has a group with an invalid name")
    }
  }

  /// - Returns: Whether the group ends here, so that the flags hold for what follows it.
  private mutating func groupFlags() throws(Pattern.Invalid) -> Bool {
    let start = position
    var isOn = true
    reading: while let scalar = take() {
      switch scalar {
      case "i": flags.ignoresCase = isOn
      case "m": flags.hasLines = isOn
      case "s": flags.dotTakesNewline = isOn
      case "U": continue  // Greed does not change whether there is a match.
      case "-" where isOn: isOn = false
      case ":", ")":
        if text[position - 2] == "-" { break reading }
        return scalar == ")"
      default: break reading
      }
    }
    let shown = String(String.UnicodeScalarView(text[start..<position]))
    throw Self.invalid("has (?\(shown), which is not supported")
  }

  private mutating func repetitions(of atom: Node) throws(Pattern.Invalid) -> Node {
    guard let (least, most) = try repetition() else { return atom }
    _ = take("?")
    let second = position
    if try repetition() != nil {
      let shown = String(String.UnicodeScalarView(text[second - 1..<position]))
      throw Self.invalid("repeats a repetition: \(shown)")
    }
    return .repeated(atom, least: least, most: most)
  }

  /// `*`, `+`, `?`, `{n}`, `{n,}` or `{n,m}`; any other brace is literal.
  private mutating func repetition() throws(Pattern.Invalid) -> (least: Int, most: Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    let start = position
    guard take("{"), let least = number() else {
      position = start
      return nil
    }
    var most: Int? = least
    if take(",") { most = number() }
    guard take("}") else {
      position = start
      return nil
    }
    guard least <= Self.maxRepeat, most ?? least <= Self.maxRepeat, most ?? least >= least else {
      throw Self.invalid("has an invalid repeat count")
    }
    return (least, most)
  }

  private mutating func number() -> Int? {
    let start = position
    var value = 0
    while let scalar = peek, ("0"..."9").contains(scalar) {
      position += 1
      // Beyond the limit it only has to stay beyond it.
      value = min(value * 10 + Int(scalar.value - 0x30), Self.maxRepeat + 1)
    }
    return position > start ? value : nil
  }
}
