internal import Diagnostics

/// The entries of one mapping while it is read.
struct MappingEntries {
  private let takesDoubles: Bool
  private var own: [YAMLNode.Entry] = []
  private var places: [String: Int] = [:]
  private var merged: [YAMLNode.Entry] = []
  /// The first key that stands twice.
  private(set) var repeatedKey: String?

  /// - Parameter takesDoubles: Whether keys may stand twice.
  init(takesDoubles: Bool) { self.takesDoubles = takesDoubles }

  /// Adds an entry.
  ///
  /// - Throws: The file's code, for a key that stands twice and must not.
  mutating func add(_ entry: YAMLNode.Entry) throws(SealiftError) {
    guard let place = places[entry.key] else {
      places[entry.key] = own.count
      return own.append(entry)
    }
    guard takesDoubles else {
      throw entry.position.error("the key '\(entry.key)' stands twice, first in line \(own[place].position.line)")
    }
    own[place] = entry
    repeatedKey = repeatedKey ?? entry.key
  }

  /// Takes the entries of the value of a merge key: of a mapping, or of a list of them, where earlier ones come first.
  mutating func merge(_ value: YAMLNode) throws(SealiftError) {
    switch value.content {
    case .mapping(let entries): merged += entries
    case .sequence(let elements):
      for element in elements {
        guard case .mapping(let entries) = element.content else { throw Self.refusal(element) }
        merged += entries
      }
    case .scalar: throw Self.refusal(value)
    }
  }

  /// All entries: what is merged comes last, and counts only where nothing else has its key.
  var entries: [YAMLNode.Entry] {
    if merged.isEmpty { return own }
    var (all, known) = (own, Set(places.keys))
    for entry in merged where known.insert(entry.key).inserted { all.append(entry) }
    return all
  }

  private static func refusal(_ value: YAMLNode) -> SealiftError {
    value.position.error("the merge key '<<' wants a mapping or a list of mappings")
  }
}
