internal import Diagnostics
internal import YAML

/// One mapping of the configuration, of which every field is honoured or named.
///
/// A field is known in other capital letters too, as the reader of oc-mirror knows it.
struct Stanza {
  /// How messages name it: `mirror.additionalImages[]`.
  let path: String
  /// Where it begins.
  let position: YAMLPosition
  /// Takes what is found here and below.
  let findings: Findings

  private let values: [String: YAMLNode]
  /// Those fields that are null, which means there and empty.
  private let nulls: [String: YAMLNode]
  /// The faults of unknown names that are near to those of fields.
  private let misspelt: [String: SealiftError]

  // Longer than any field; a key of megabytes is neither compared nor printed.
  private static let maxKeyLength = 64

  /// What the fields of a stanza are.
  struct Fields {
    /// Those that the caller reads.
    var honoured: [String]
    /// Those that change nothing here, each with the reason as a clause.
    var idle: [String: String] = [:]
    /// Older names of those that are honoured.
    var older: [String: String] = [:]
    /// Those that are errors where they ask for anything, each with the reason as a clause.
    var unsupported: [String: String] = [:]
    /// Those that are errors in any case, each with the reason as a clause.
    var refused: [String: String] = [:]

    fileprivate var all: [String] {
      honoured + [idle, older, unsupported, refused].flatMap { $0.keys.sorted() }
    }
  }

  /// Reads a mapping. Fields that it must not have are faults, and so are unknown ones, with the nearest name.
  ///
  /// - Throws: For what is no mapping.
  init(_ node: YAMLNode, path: String, _ fields: Fields, _ findings: Findings) throws(SealiftError) {
    self.path = path
    self.findings = findings
    position = node.position
    let known = fields.all
    var (values, nulls): ([String: YAMLNode], [String: YAMLNode]) = ([:], [:])
    var places: [String: YAMLPosition] = [:]
    var misspelt: [String: SealiftError] = [:]
    for entry in try node.entries() {
      let key = Self.key(entry, known, findings)
      let name = path.isEmpty ? key : "\(path).\(key)"
      if let reason = fields.refused[key] {
        findings.fault(entry.position, "\(name) \(reason)", nextStep: "remove it")
      } else if let reason = fields.unsupported[key] {
        if !entry.value.asksForNothing {
          findings.fault(
            entry.position, "\(name) \(reason)", nextStep: "remove it, and mirror what it asks for in another way")
        }
      } else if let reason = fields.idle[key] {
        if !entry.value.asksForNothing {
          findings.warn(entry.position, "\(name) has no effect, because \(reason); you can remove it")
        }
      } else if let field = fields.honoured.contains(key) ? key : fields.older[key] {
        if field != key { findings.note(entry.position, "\(name) is an older name, and is read as \(field)") }
        if let first = places.updateValue(entry.position, forKey: field) {
          findings.fault(entry.position, "\(field) is given twice, first in line \(first.line)")
        }
        if entry.value.isNull { nulls[field] = entry.value } else { values[field] = entry.value }
      } else {
        let (field, error) = Self.report(unknown: entry, in: path, fields, findings)
        if let field { misspelt[field] = error }
      }
    }
    self.values = values
    self.nulls = nulls
    self.misspelt = misspelt
  }

  /// The value of a field; `nil` if it is absent or null.
  subscript(name: String) -> YAMLNode? { values[name] }

  /// The value of a field that must be there, and may be null where nothing is written under it.
  func stanza(_ name: String) throws(SealiftError) -> YAMLNode {
    if let null = nulls[name] { return null }
    return try required(name)
  }

  /// The value of a field that must be there.
  func required(_ name: String) throws(SealiftError) -> YAMLNode {
    guard let value = values[name] else {
      // One fault is enough for one slip.
      if let error = misspelt[name] { throw error }
      throw position.error("\(path.isEmpty ? name : "\(path).\(name)") is missing", nextStep: "add \(name)")
    }
    return value
  }

  /// The value of a field, read by `read`; `nil` if it is absent, or if that throws, which is then a fault.
  func value<Value>(_ name: String, _ read: (YAMLNode) throws(SealiftError) -> Value?) -> Value? {
    guard let node = values[name] else { return nil }
    return findings.attempt(at: node.position) { () throws(SealiftError) in try read(node) }
  }

  /// The elements of a list, each read by `read`; none if the field is absent. Those that throw are faults.
  func list<Element>(_ name: String, _ read: (YAMLNode) throws(SealiftError) -> Element?) -> [Element] {
    let nodes = value(name) { (node) throws(SealiftError) in try node.elements() } ?? []
    return nodes.compactMap { node in
      findings.attempt(at: node.position) { () throws(SealiftError) in try read(node) }
    }
  }

  private static func key(_ entry: YAMLNode.Entry, _ known: [String], _ findings: Findings) -> String {
    guard entry.key.utf8.count <= maxKeyLength, !known.contains(entry.key) else { return entry.key }
    let lowercased = entry.key.lowercased()
    guard let field = known.first(where: { $0.lowercased() == lowercased }) else { return entry.key }
    findings.note(entry.position, "'\(entry.key)' is read as \(field)")
    return field
  }

  /// - Returns: The field that was meant, if one is near, and the fault.
  private static func report(
    unknown entry: YAMLNode.Entry, in path: String, _ fields: Fields, _ findings: Findings
  ) -> (field: String?, error: SealiftError) {
    let place = path.isEmpty ? "the file" : path
    guard entry.key.utf8.count <= maxKeyLength else {
      return (nil, findings.fault(entry.position, "\(place) has an unknown field with a long name"))
    }
    let near = nearestName(to: entry.key, in: fields.all)
    let hint = near.map { "did you mean \($0)?" } ?? "its fields are \(fields.honoured.joined(separator: ", "))"
    return (near, findings.fault(entry.position, "\(place) has no field '\(entry.key)'; \(hint)"))
  }
}

extension YAMLNode {
  /// Whether it is null, or a list or a mapping of nothing.
  fileprivate var asksForNothing: Bool {
    switch content {
    case .scalar: isNull
    case .sequence(let elements): elements.isEmpty
    case .mapping(let entries): entries.isEmpty
    }
  }
}
