public import Diagnostics

/// Reads YAML strictly into trees.
///
/// Anchors, aliases, tags, merge keys, keys that are no scalars and keys that stand twice are errors: what a person
/// reads in the file is what the program reads. Depth, size and number of nodes are bounded.
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
  private var depth = 0
  private var nodes = 0

  /// Reads a file that holds exactly one document.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  ///   - code: The code of the error for anything that is wrong with it.
  public static func document(
    _ bytes: [UInt8], source: String, code: SealiftError.Code = .configuration
  ) throws(SealiftError) -> YAMLNode {
    let documents = try documents(bytes, source: source, code: code)
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
  public static func documents(
    _ bytes: [UInt8], source: String, code: SealiftError.Code = .configuration, firstLine: Int = 1
  ) throws(SealiftError) -> [YAMLNode] {
    guard bytes.count <= maxBytes else {
      throw SealiftError(
        code, "\(source) is larger than \(maxBytes.asBytes)", nextStep: "check that it is the file you meant")
    }
    // libyaml aborts on a null pointer, which is what no bytes have.
    if bytes.isEmpty { return [] }
    return try bytes.span.bytes.withUnsafeBytes { (raw) throws(SealiftError) in
      var reader = YAMLReader(events: YAMLEvents(raw, source: source, code: code, firstLine: firstLine))
      return try reader.documents()
    }
  }

  private init(events: YAMLEvents) { self.events = events }

  private mutating func documents() throws(SealiftError) -> [YAMLNode] {
    var documents: [YAMLNode] = []
    while true {
      switch try events.next().kind {
      case .streamEnd: return documents
      case .documentStart: documents.append(try node(events.next()))
      default: continue
      }
    }
  }

  private mutating func node(_ event: YAMLEvents.Event) throws(SealiftError) -> YAMLNode {
    nodes += 1
    guard nodes <= Self.maxNodes else { throw event.position.error("there are more than \(Self.maxNodes) values") }
    switch event.kind {
    case .sequenceStart: return YAMLNode(content: .sequence(try sequence(event)), position: event.position)
    case .mappingStart: return YAMLNode(content: .mapping(try mapping(event)), position: event.position)
    case .scalar(let text, let isPlain):
      return YAMLNode(content: .scalar(text, isPlain: isPlain), position: event.position)
    default:
      throw event.position.error("a value is wanted here")
    }
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
    var entries: [YAMLNode.Entry] = []
    var lines: [String: Int] = [:]
    while true {
      let event = try events.next()
      if case .mappingEnd = event.kind { break }
      let (key, isPlain) = try key(node(event))
      if let first = lines.updateValue(event.position.line, forKey: key) {
        throw event.position.error("the key '\(key)' stands twice, first in line \(first)")
      }
      entries.append(
        YAMLNode.Entry(key: key, isPlainKey: isPlain, position: event.position, value: try node(events.next())))
    }
    depth -= 1
    return entries
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
    guard depth <= Self.maxDepth else {
      throw start.position.error("lists and mappings are nested more than \(Self.maxDepth) deep")
    }
  }
}
