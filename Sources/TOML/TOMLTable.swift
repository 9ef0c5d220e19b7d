internal import Diagnostics

/// One table while its file is read.
final class TOMLTable {
  /// What stands under a key.
  enum Item {
    case value(TOMLNode)
    case table(TOMLTable)
    case tables([TOMLTable])
  }

  /// How a table came to be, which says whether it may be written again.
  enum Origin {
    /// By a header of its own.
    case header
    /// By the header or the key of something within it.
    case implied
  }

  let line: Int
  private var origin: Origin
  private var items: [(key: String, item: Item)] = []
  private var places: [String: Int] = [:]

  init(line: Int, _ origin: Origin) {
    self.line = line
    self.origin = origin
  }

  /// The table under a key, made where there is none; of an array of tables the last.
  ///
  /// - Returns: `nil` if a value stands there.
  func inner(_ key: String, line: Int) -> TOMLTable? {
    switch item(key) {
    case nil:
      let table = TOMLTable(line: line, .implied)
      set(key, .table(table))
      return table
    case .table(let table): return table
    case .tables(let tables): return tables.last
    case .value: return nil
    }
  }

  /// The table of a header `[key]`.
  ///
  /// - Returns: `nil` if the key has stood before.
  func define(_ key: String, line: Int) -> TOMLTable? {
    switch item(key) {
    case nil:
      let table = TOMLTable(line: line, .header)
      set(key, .table(table))
      return table
    case .table(let table) where table.origin == .implied:
      table.origin = .header
      return table
    default: return nil
    }
  }

  /// The next table of a header `[[key]]`.
  ///
  /// - Returns: `nil` if the key has stood before, and not so.
  func append(_ key: String, line: Int) -> TOMLTable? {
    let table = TOMLTable(line: line, .header)
    switch item(key) {
    case nil: set(key, .tables([table]))
    case .tables(let tables): set(key, .tables(tables + [table]))
    default: return nil
    }
    return table
  }

  /// Sets a value.
  ///
  /// - Returns: Whether the key has not stood before.
  func add(_ key: String, _ value: TOMLNode) -> Bool {
    guard item(key) == nil else { return false }
    set(key, .value(value))
    return true
  }

  /// The table as a value.
  func node(in source: String) -> TOMLNode {
    let entries = items.map { key, item in TOMLNode.Entry(key: key, value: Self.node(of: item, in: source)) }
    return TOMLNode(content: .table(entries), source: source, line: line)
  }

  private static func node(of item: Item, in source: String) -> TOMLNode {
    switch item {
    case .value(let node): node
    case .table(let table): table.node(in: source)
    case .tables(let tables):
      TOMLNode(
        content: .array(tables.map { $0.node(in: source) }), source: source, line: tables.first?.line ?? 1)
    }
  }

  private func item(_ key: String) -> Item? { places[key].map { items[$0].item } }

  private func set(_ key: String, _ item: Item) {
    if let place = places[key] {
      items[place].item = item
    } else {
      places[key] = items.count
      items.append((key, item))
    }
  }
}
