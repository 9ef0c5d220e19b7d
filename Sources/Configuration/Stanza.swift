internal import Diagnostics
internal import YAML

/// One mapping of the configuration, of which every field is honoured or refused by name.
struct Stanza {
  /// How messages name it: `mirror.additionalImages[]`.
  let path: String
  /// Where it begins.
  let position: YAMLPosition

  private let values: [String: YAMLNode]

  // Longer than any field; a key of megabytes is neither compared nor printed.
  private static let maxKeyLength = 64

  /// - Parameters:
  ///   - honoured: The fields that the caller reads.
  ///   - later: The fields that exist and that this version does not support.
  ///   - refused: Fields with a reason of their own, as a clause.
  ///   - instead: Fields that exist and will never be supported, with what to do instead.
  /// - Throws: For every other field, naming the nearest.
  init(
    _ node: YAMLNode, path: String, honoured: [String], later: [String] = [], refused: [String: String] = [:],
    instead: [String: String] = [:]
  ) throws(SealiftError) {
    self.path = path
    position = node.position
    var values: [String: YAMLNode] = [:]
    for entry in try node.entries() {
      let name = path.isEmpty ? entry.key : "\(path).\(entry.key)"
      if honoured.contains(entry.key) {
        if !entry.value.isNull { values[entry.key] = entry.value }
      } else if let reason = refused[entry.key] {
        throw entry.position.error("\(name) \(reason)", nextStep: "remove it")
      } else if later.contains(entry.key) || instead[entry.key] != nil {
        guard entry.value.asksForNothing else {
          let scope = instead[entry.key] == nil ? " by this version of sealift" : ""
          throw entry.position.error(
            "\(name) is not supported\(scope)",
            nextStep: instead[entry.key] ?? "remove it, and mirror what it asks for in another way")
        }
      } else {
        throw Self.unknown(
          entry, in: path, known: honoured + later + (Array(refused.keys) + Array(instead.keys)).sorted())
      }
    }
    self.values = values
  }

  /// The value of a field; `nil` if it is absent or null.
  subscript(name: String) -> YAMLNode? { values[name] }

  /// The value of a field that must be there.
  func required(_ name: String) throws(SealiftError) -> YAMLNode {
    guard let value = values[name] else {
      throw position.error("\(path.isEmpty ? name : "\(path).\(name)") is missing", nextStep: "add \(name)")
    }
    return value
  }

  /// The elements of a list, each read by `read`; none if the field is absent.
  func list<Element>(
    _ name: String, _ read: (YAMLNode) throws(SealiftError) -> Element
  ) throws(SealiftError) -> [Element] {
    var elements: [Element] = []
    for node in try self[name]?.elements() ?? [] { elements.append(try read(node)) }
    return elements
  }

  private static func unknown(_ entry: YAMLNode.Entry, in path: String, known: [String]) -> SealiftError {
    let place = path.isEmpty ? "the file" : path
    guard entry.key.utf8.count <= maxKeyLength else {
      return entry.position.error("\(place) has an unknown field with a long name")
    }
    let hint = nearestName(to: entry.key, in: known).map { "; did you mean \($0)?" }
    return entry.position.error(
      "\(place) has no field '\(entry.key)'" + (hint ?? "; its fields are \(known.joined(separator: ", "))"))
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
