internal import YAML

extension YAMLValue {
  // Source: Kubernetes API, PodSpec.
  private static let containerKeys: Set = ["containers", "initContainers", "ephemeralContainers"]

  /// Calls `body` for all containers in it, wherever they are, with their places.
  func forEachContainer(at path: ValuePath = ValuePath(), _ body: (YAMLValue, ValuePath) -> Void) {
    switch self {
    case .plain, .string: break
    case .sequence(let elements):
      for (number, element) in elements.enumerated() { element.forEachContainer(at: path[number], body) }
    case .mapping(let entries):
      for entry in entries {
        let place = path[entry.key]
        if Self.containerKeys.contains(entry.key) {
          for (number, container) in (entry.value.elements ?? []).enumerated() where container.entries != nil {
            body(container, place[number])
          }
        }
        entry.value.forEachContainer(at: place, body)
      }
    }
  }
}
