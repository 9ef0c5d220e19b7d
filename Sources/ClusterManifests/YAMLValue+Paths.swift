internal import YAML

extension YAMLValue {
  /// Sets the value under a path of keys; what is no mapping on the way becomes one.
  mutating func set(_ path: [String], _ value: YAMLValue) {
    guard let key = path.first else {
      self = value
      return
    }
    var entries = entries ?? []
    var child = entries.first { $0.key == key }?.value ?? .mapping([])
    child.set(Array(path.dropFirst()), value)
    if let index = entries.firstIndex(where: { $0.key == key }) {
      entries[index].value = child
    } else {
      entries.append(Entry(key, child))
    }
    self = .mapping(entries)
  }

  /// Takes away what stands under a path of keys, and a mapping on the way that would be left empty.
  mutating func remove(_ path: [String]) {
    guard let key = path.first, var entries, let index = entries.firstIndex(where: { $0.key == key }) else { return }
    if path.count == 1 {
      entries.remove(at: index)
    } else {
      let before = entries[index].value
      entries[index].value.remove(Array(path.dropFirst()))
      if entries[index].value != before, entries[index].value.entries?.isEmpty == true { entries.remove(at: index) }
    }
    self = .mapping(entries)
  }
}
