public import YAML

/// A path to parts of an object, in the part of Kubernetes' JSONPath that names and counts: `{.spec.a[*].image}`.
///
/// Fields (`.name`, `['name']`, `.a\\.b`), all of them (`.*`, `[*]`), elements by their place (`[0]`, `[-1]`), and once
/// all that lies below (`..name`). No filters, ranges, unions or text.
///
/// Source: Kubernetes, "JSONPath Support"; client-go, util/jsonpath.
public struct JSONPath: Sendable, Equatable, CustomStringConvertible {
  enum Step: Sendable, Equatable {
    case field(String)
    case element(Int)
    case all
    /// The value and all that lies in it.
    case below
  }

  /// The path as it is written.
  public let description: String
  let steps: [Step]

  /// The values at the path; a part that is not there is passed over.
  public func values(in value: YAMLValue) -> [YAMLValue] {
    steps.reduce([value]) { values, step in values.flatMap { Self.values(at: step, in: $0) } }
  }

  private static func values(at step: Step, in value: YAMLValue) -> [YAMLValue] {
    switch (step, value) {
    case (.field(let name), _): return [value[name]].compactMap(\.self)
    case (.element(let place), .sequence(let elements)):
      let index = place < 0 ? elements.count + place : place
      return elements.indices.contains(index) ? [elements[index]] : []
    case (.all, _): return children(of: value)
    case (.below, _): return [value] + children(of: value).flatMap { values(at: .below, in: $0) }
    default: return []
    }
  }

  private static func children(of value: YAMLValue) -> [YAMLValue] {
    switch value {
    case .sequence(let elements): elements
    case .mapping(let entries): entries.map(\.value)
    case .plain, .string: []
    }
  }
}
