public import Diagnostics

/// Reads YAML into trees: strictly, unless a dialect says otherwise.
///
/// Anchors, aliases, tags, merge keys, keys that are no scalars and keys that stand twice are errors: what a person
/// reads in the file is what the program reads. Depth, size and number of nodes are bounded. Text is UTF-8, with or
/// without a byte order mark, or UTF-16 with one, as editors save it.
///
/// Source: YAML 1.1, as libyaml reads it.
public struct YAMLReader {
  /// The greatest file: room for the largest catalog of one operator, not for a bomb.
  public static let maxBytes = 8 << 20
  /// The greatest nesting; a CustomResourceDefinition, the deepest that is real, needs about 30.
  public static let maxDepth = 64
  /// The greatest number of scalars, sequences and mappings: about 200 MB of memory.
  public static let maxNodes = 1_000_000

  private let events: YAMLEvents
  private let dialect: YAMLDialect
  private var depth = 0
  private var nodes = 0
  /// The greatest depth since an anchored value began.
  private var reached = 0
  private var anchored: [String: Anchored] = [:]
  /// The keys above a value, where the dialect asks for them.
  private var path: [String] = []
  /// The first key that stands twice in a document.
  private var repeatedKey: String?

  /// A value that aliases can stand for.
  private struct Anchored {
    let node: YAMLNode
    let nodes: Int
    let height: Int
  }

  /// Reads a file that holds exactly one document; empty ones beside it do not count.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  ///   - code: The code of the error for anything that is wrong with it.
  ///   - dialect: What is taken.
  public static func document(
    _ bytes: [UInt8], source: String, code: SealiftError.Code = .configuration, dialect: YAMLDialect = .strict
  ) throws(SealiftError) -> YAMLNode {
    let documents = try documents(bytes, source: source, code: code, dialect: dialect).filter { !$0.isNull }
    guard let first = documents.first else {
      throw SealiftError(code, "\(source) is empty", nextStep: "check that it is the file you meant")
    }
    guard documents.count == 1 else {
      throw documents[1].position.error(
        "a second document begins here, and one is wanted", nextStep: "put each document in a file of its own")
    }
    return first
  }

  /// Reads all documents of a file, in order; there may be none.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  ///   - code: The code of the error for anything that is wrong with it.
  ///   - firstLine: The line of the file, from 1, on which `bytes` begin, where they are a part of it.
  ///   - dialect: What is taken.
  public static func documents(
    _ bytes: [UInt8], source: String, code: SealiftError.Code = .configuration, firstLine: Int = 1,
    dialect: YAMLDialect = .strict
  ) throws(SealiftError) -> [YAMLNode] {
    guard bytes.count <= dialect.maxBytes else {
      throw SealiftError(
        code, "\(source) is larger than \(dialect.maxBytes.asBytes)", nextStep: "check that it is the file you meant")
    }
    // libyaml aborts on a null pointer, which is what no bytes have.
    if bytes.isEmpty { return [] }
    return try bytes.span.bytes.withUnsafeBytes { (raw) throws(SealiftError) in
      let events = YAMLEvents(
        raw, source: source, code: code, firstLine: firstLine, sharesValues: dialect.sharesValues)
      var reader = YAMLReader(events: events, dialect: dialect)
      return try reader.documents()
    }
  }

  private init(events: YAMLEvents, dialect: YAMLDialect) {
    self.events = events
    self.dialect = dialect
  }

  private mutating func documents() throws(SealiftError) -> [YAMLNode] {
    var documents: [YAMLNode] = []
    while true {
      switch try events.next().kind {
      case .streamEnd: return documents
      case .documentStart:
        anchored = [:]
        repeatedKey = nil
        var document = try node(events.next())
        document.repeatedKey = repeatedKey
        documents.append(document)
      default: continue
      }
    }
  }

  private mutating func node(_ event: YAMLEvents.Event) throws(SealiftError) -> YAMLNode {
    guard let anchor = event.anchor else { return try plainNode(event) }
    let (before, above) = (nodes, reached)
    reached = depth
    let node = try plainNode(event)
    anchored[anchor] = Anchored(node: node, nodes: nodes - before, height: reached - depth)
    reached = max(reached, above)
    return node
  }

  private mutating func plainNode(_ event: YAMLEvents.Event) throws(SealiftError) -> YAMLNode {
    try count(1, event)
    switch event.kind {
    case .sequenceStart: return YAMLNode(content: .sequence(try sequence(event)), position: event.position)
    case .mappingStart: return YAMLNode(content: .mapping(try mapping(event)), position: event.position)
    case .scalar(let text, let isPlain):
      return YAMLNode(content: .scalar(text, isPlain: isPlain), position: event.position)
    case .alias(let name):
      guard let value = anchored[name] else {
        throw event.position.error("the alias '*\(name)' stands for nothing that was read before it")
      }
      // As many as if the value were written out: a few aliases of aliases would be billions.
      try count(value.nodes, event)
      try reach(depth + value.height, event)
      return value.node
    default:
      throw event.position.error("a value is wanted here")
    }
  }

  private mutating func count(_ more: Int, _ event: YAMLEvents.Event) throws(SealiftError) {
    nodes += more
    guard nodes <= Self.maxNodes else { throw event.position.error("there are more than \(Self.maxNodes) values") }
  }

  private mutating func sequence(_ start: YAMLEvents.Event) throws(SealiftError) -> [YAMLNode] {
    try descend(start)
    var elements: [YAMLNode] = []
    while true {
      let event = try events.next()
      if case .sequenceEnd = event.kind { break }
      elements.append(try node(event))
    }
    depth -= 1
    return elements
  }

  private mutating func mapping(_ start: YAMLEvents.Event) throws(SealiftError) -> [YAMLNode.Entry] {
    try descend(start)
    var mapping = MappingEntries(takesDoubles: dialect.takesDoubles)
    while true {
      let event = try events.next()
      if case .mappingEnd = event.kind { break }
      let key = try node(event)
      if isMerge(key) {
        try mapping.merge(node(events.next()))
        continue
      }
      let (name, isPlain) = try self.key(key)
      guard let value = try value(of: name) else { continue }
      try mapping.add(YAMLNode.Entry(key: name, isPlainKey: isPlain, position: event.position, value: value))
    }
    depth -= 1
    repeatedKey = repeatedKey ?? mapping.repeatedKey
    return mapping.entries
  }

  /// The value that comes next; `nil` for one that the dialect leaves out.
  private mutating func value(of key: String) throws(SealiftError) -> YAMLNode? {
    guard let keeps = dialect.keeps else { return try node(events.next()) }
    path.append(key)
    defer { path.removeLast() }
    if keeps(path) { return try node(events.next()) }
    var open = 0
    repeat {
      switch try events.next().kind {
      case .sequenceStart, .mappingStart: open += 1
      case .sequenceEnd, .mappingEnd: open -= 1
      default: break
      }
    } while open > 0
    return nil
  }

  private func isMerge(_ key: YAMLNode) -> Bool {
    guard dialect.sharesValues, case .scalar("<<", isPlain: true) = key.content else { return false }
    return true
  }

  private func key(_ node: YAMLNode) throws(SealiftError) -> (text: String, isPlain: Bool) {
    guard case .scalar(let key, let isPlain) = node.content else {
      throw node.position.error("a key must be plain text, and this is a list or a mapping")
    }
    if isPlain, key == "<<" {
      throw node.position.error("the merge key '<<' is not supported", nextStep: "write the entries out")
    }
    return (key, isPlain)
  }

  private mutating func descend(_ start: YAMLEvents.Event) throws(SealiftError) {
    depth += 1
    try reach(depth, start)
  }

  private mutating func reach(_ depth: Int, _ event: YAMLEvents.Event) throws(SealiftError) {
    reached = max(reached, depth)
    guard depth <= Self.maxDepth else {
      throw event.position.error("lists and mappings are nested more than \(Self.maxDepth) deep")
    }
  }
}
