public import Diagnostics

/// Reads TOML: what settings of hosts are written in.
///
/// Numbers and dates stay as they are written: nothing here needs them. Size and depth are bounded.
///
/// Source: TOML 1.0.0.
public struct TOMLReader {
  /// The greatest file in bytes; real ones have some KB.
  public static let maxBytes = 1 << 20
  /// The greatest nesting of arrays and inline tables, and the most parts of a key.
  public static let maxDepth = 32

  var scanner: TOMLScanner
  private let root = TOMLTable(line: 1, .header)

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: The file; a byte order mark before it is passed over.
  ///   - source: Its name, for messages.
  /// - Returns: The table that is the file.
  /// - Throws: `configuration`, with `FILE:LINE`.
  public static func table(_ bytes: [UInt8], source: String) throws(SealiftError) -> TOMLNode {
    guard bytes.count <= maxBytes else {
      throw SealiftError(
        .configuration, "\(source) is larger than \(maxBytes.asBytes)", nextStep: "check that it is the file you meant")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw SealiftError(.configuration, "\(source) is not UTF-8", nextStep: "save it as UTF-8")
    }
    var reader = TOMLReader(scanner: TOMLScanner(text, source: source))
    return try reader.read()
  }

  private init(scanner: TOMLScanner) { self.scanner = scanner }

  private mutating func read() throws(SealiftError) -> TOMLNode {
    var table = root
    while scanner.skipToContent() {
      if scanner.take("[[") {
        table = try header("]]") { $0.append($1, line: $2) }
      } else if scanner.take("[") {
        table = try header("]") { $0.define($1, line: $2) }
      } else {
        try entry(of: table)
      }
      try scanner.endLine()
    }
    return root.node(in: scanner.source)
  }

  private mutating func header(
    _ end: String, _ make: (TOMLTable, String, Int) -> TOMLTable?
  ) throws(SealiftError) -> TOMLTable {
    let line = scanner.line
    let path = try keys()
    guard scanner.take(end) else { throw scanner.error("'\(end)' is missing after the name of a table") }
    let outer = try inner(root, path.dropLast(), line)
    guard let table = make(outer, path[path.count - 1], line) else {
      throw scanner.error("'\(path.joined(separator: "."))' stands twice")
    }
    return table
  }

  private mutating func entry(of table: TOMLTable) throws(SealiftError) {
    let line = scanner.line
    let path = try keys()
    guard scanner.take("=") else { throw scanner.error("'=' is missing after a key") }
    let value = try value(line: line, depth: 0)
    guard try inner(table, path.dropLast(), line).add(path[path.count - 1], value) else {
      throw value.error("'\(path.joined(separator: "."))' stands twice")
    }
  }

  private func inner(
    _ table: TOMLTable, _ path: ArraySlice<String>, _ line: Int
  ) throws(SealiftError) -> TOMLTable {
    var table = table
    for key in path {
      guard let next = table.inner(key, line: line) else { throw scanner.error("'\(key)' is no table") }
      table = next
    }
    return table
  }

  /// The parts of a key; there is at least one.
  private mutating func keys() throws(SealiftError) -> [String] {
    var path: [String] = []
    repeat {
      scanner.skipBlanks()
      path.append(try scanner.key())
      scanner.skipBlanks()
      guard path.count <= Self.maxDepth else { throw scanner.error("a key has more than \(Self.maxDepth) parts") }
    } while scanner.take(".")
    return path
  }

  private mutating func value(line: Int, depth: Int) throws(SealiftError) -> TOMLNode {
    guard depth < Self.maxDepth else { throw scanner.error("values are nested more than \(Self.maxDepth) deep") }
    scanner.skipBlanks()
    let content: TOMLNode.Content
    if scanner.take("[") {
      content = .array(try array(depth: depth))
    } else if scanner.take("{") {
      return try inlineTable(line: line, depth: depth)
    } else if let text = try scanner.string() {
      content = .string(text)
    } else {
      content = try scanner.scalar()
    }
    return TOMLNode(content: content, source: scanner.source, line: line)
  }

  private mutating func array(depth: Int) throws(SealiftError) -> [TOMLNode] {
    var elements: [TOMLNode] = []
    while true {
      guard scanner.skipToContent() else { throw scanner.error("']' is missing at the end of an array") }
      if scanner.take("]") { return elements }
      elements.append(try value(line: scanner.line, depth: depth + 1))
      guard scanner.skipToContent(), scanner.take(",") || scanner.isAt("]") else {
        throw scanner.error("',' or ']' is missing in an array")
      }
    }
  }

  private mutating func inlineTable(line: Int, depth: Int) throws(SealiftError) -> TOMLNode {
    let table = TOMLTable(line: line, .header)
    scanner.skipBlanks()
    if scanner.take("}") { return table.node(in: scanner.source) }
    repeat {
      let path = try keys()
      guard scanner.take("=") else { throw scanner.error("'=' is missing after a key") }
      let value = try value(line: line, depth: depth + 1)
      guard try inner(table, path.dropLast(), line).add(path[path.count - 1], value) else {
        throw value.error("'\(path.joined(separator: "."))' stands twice")
      }
      scanner.skipBlanks()
    } while scanner.take(",")
    guard scanner.take("}") else { throw scanner.error("',' or '}' is missing in an inline table") }
    return table.node(in: scanner.source)
  }
}
