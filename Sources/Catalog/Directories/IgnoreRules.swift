/// What the `.indexignore` files of a catalog say, in the syntax of `.gitignore`.
///
/// Source: git-scm.com, gitignore(5), "Pattern format".
struct IgnoreRules {
  fileprivate struct Rule {
    /// The directory of the file in which it stands; empty, or with a slash at its end.
    let directory: String
    let isNegated: Bool
    let onlyDirectories: Bool
    let pattern: [[UInt8]]
  }

  // Later rules win, and those of deeper directories come later.
  private let rules: [Rule]

  /// - Parameter files: The path and the bytes of each `.indexignore`.
  init(_ files: [(path: String, bytes: [UInt8])]) {
    rules = files.sorted { byteOrder($0.path, $1.path) }.sorted { Self.depth($0.path) < Self.depth($1.path) }
      .flatMap { file in
        let directory = String(file.path.dropLast(".indexignore".count))
        return file.bytes.split(separator: 0x0A).compactMap { Self.rule($0, directory) }
      }
  }

  /// Whether a file, or a directory above it, is ignored.
  func ignores(_ path: String) -> Bool {
    if path == ".indexignore" || path.hasSuffix("/.indexignore") { return true }
    guard !rules.isEmpty else { return false }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    // What a rule ignores as a directory no rule below it can bring back.
    for count in 1...parts.count {
      let prefix = parts[..<count].joined(separator: "/")
      let verdict = rules.last { $0.matches(prefix, isDirectory: count < parts.count) }
      if let verdict, !verdict.isNegated { return true }
    }
    return false
  }

  private static func depth(_ path: String) -> Int { path.utf8.count { $0 == UInt8(ascii: "/") } }

  private static func rule(_ line: ArraySlice<UInt8>, _ directory: String) -> Rule? {
    var text = line.last == 0x0D ? line.dropLast() : line
    while text.last == 0x20, text.dropLast().last != UInt8(ascii: "\\") { text = text.dropLast() }
    guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
    let isNegated = first == UInt8(ascii: "!")
    if isNegated { text = text.dropFirst() }
    let onlyDirectories = text.last == UInt8(ascii: "/")
    if onlyDirectories { text = text.dropLast() }
    let isAnchored = text.contains(UInt8(ascii: "/"))
    if text.first == UInt8(ascii: "/") { text = text.dropFirst() }
    guard !text.isEmpty else { return nil }
    let parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
    return Rule(
      directory: directory, isNegated: isNegated, onlyDirectories: onlyDirectories,
      pattern: isAnchored ? parts : [Array("**".utf8)] + parts)
  }
}

extension IgnoreRules.Rule {
  fileprivate func matches(_ path: String, isDirectory: Bool) -> Bool {
    guard isDirectory || !onlyDirectories, path.hasPrefix(directory) else { return false }
    let parts = path.utf8.dropFirst(directory.utf8.count)
      .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return Self.matches(pattern[...], parts.map(Array.init)[...])
  }

  /// Whether directories and names match, where `**` stands for any number of them.
  private static func matches(_ pattern: ArraySlice<[UInt8]>, _ parts: ArraySlice<[UInt8]>) -> Bool {
    Wildcards.matches(pattern, parts, many: { $0 == Array("**".utf8) }) { Wildcards.name($0, matches: $1) }
  }
}

/// Matching with one kind of wildcard that stands for any number of elements, in time bounded by the product of both.
enum Wildcards {
  /// Whether a list matches a pattern in which `many` elements stand for any number of elements.
  static func matches<Pattern, Element>(
    _ pattern: ArraySlice<Pattern>, _ list: ArraySlice<Element>, many: (Pattern) -> Bool,
    one: (Pattern, Element) -> Bool
  ) -> Bool {
    var (at, place) = (pattern.startIndex, list.startIndex)
    var retry: (pattern: Int, list: Int)?
    while place < list.endIndex {
      if at < pattern.endIndex, many(pattern[at]) {
        retry = (at, place)
        at += 1
      } else if at < pattern.endIndex, one(pattern[at], list[place]) {
        at += 1
        place += 1
      } else if let last = retry {
        // The last wildcard takes one element more.
        at = last.pattern + 1
        place = last.list + 1
        retry = (last.pattern, place)
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy(many)
  }

  /// Whether a file name matches `*`, `?`, `[a-z]` and `\x`.
  static func name(_ pattern: [UInt8], matches name: [UInt8]) -> Bool {
    matches(tokens(pattern)[...], name[...], many: { if case .any = $0 { true } else { false } }) { $0.accepts($1) }
  }

  private enum Token {
    case any, one
    case byte(UInt8)
    case set([ClosedRange<UInt8>], isNegated: Bool)

    func accepts(_ byte: UInt8) -> Bool {
      switch self {
      case .any: false
      case .one: true
      case .byte(let wanted): byte == wanted
      case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
      }
    }
  }

  private static func tokens(_ pattern: [UInt8]) -> [Token] {
    var tokens: [Token] = []
    var rest = pattern[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "*"): tokens.append(.any)
      case UInt8(ascii: "?"): tokens.append(.one)
      case UInt8(ascii: "\\"): tokens.append(.byte(rest.popFirst() ?? byte))
      case UInt8(ascii: "["): tokens.append(set(&rest) ?? .byte(byte))
      default: tokens.append(.byte(byte))
      }
    }
    return tokens
  }

  private static func set(_ rest: inout ArraySlice<UInt8>) -> Token? {
    var inside = rest
    let isNegated = inside.first == UInt8(ascii: "!") || inside.first == UInt8(ascii: "^")
    if isNegated { inside = inside.dropFirst() }
    var ranges: [ClosedRange<UInt8>] = []
    while var low = inside.popFirst() {
      if low == UInt8(ascii: "]"), !ranges.isEmpty {
        rest = inside
        return .set(ranges, isNegated: isNegated)
      }
      if low == UInt8(ascii: "\\") { low = inside.popFirst() ?? low }
      var high = low
      if inside.first == UInt8(ascii: "-"), let end = inside.dropFirst().first, end != UInt8(ascii: "]") {
        high = end
        inside = inside.dropFirst(2)
      }
      ranges.append(low...max(low, high))
    }
    return nil
  }
}
