internal import YAML

/// Where a value stands in an object.
struct ValuePath: Sendable, Hashable, CustomStringConvertible {
  enum Step: Sendable, Hashable {
    case key(String)
    case element(Int)
  }

  var steps: [Step] = []

  /// The place of what stands under a key.
  subscript(key: String) -> ValuePath { ValuePath(steps: steps + [.key(key)]) }

  /// The place of an element of a sequence.
  subscript(element: Int) -> ValuePath { ValuePath(steps: steps + [.element(element)]) }

  /// As people write it: `spec.containers[0].image`.
  var description: String {
    steps.reduce(into: "") { text, step in
      switch step {
      case .key(let key): text += text.isEmpty ? key : ".\(key)"
      case .element(let number): text += "[\(number)]"
      }
    }
  }
}

extension YAMLValue {
  /// The same with other text where `replacements` says so.
  func replacing(_ replacements: [ValuePath: String], at path: ValuePath = ValuePath()) -> YAMLValue {
    if let text = replacements[path] { return .string(text) }
    switch self {
    case .plain, .string: return self
    case .sequence(let elements):
      return .sequence(elements.enumerated().map { $1.replacing(replacements, at: path[$0]) })
    case .mapping(let entries):
      return .mapping(entries.map { Entry($0.key, $0.value.replacing(replacements, at: path[$0.key])) })
    }
  }

  /// Calls `body` for all text in it, with its place.
  func forEachText(at path: ValuePath = ValuePath(), _ body: (String, ValuePath) -> Void) {
    switch self {
    case .plain: break
    case .string(let text): body(text, path)
    case .sequence(let elements):
      for (number, element) in elements.enumerated() { element.forEachText(at: path[number], body) }
    case .mapping(let entries): for entry in entries { entry.value.forEachText(at: path[entry.key], body) }
    }
  }

  /// Where it and another value differ; the order of keys makes no difference.
  func differences(from other: YAMLValue, at path: ValuePath = ValuePath()) -> [ValuePath] {
    switch (self, other) {
    case (.sequence(let mine), .sequence(let others)) where mine.count == others.count:
      return mine.indices.flatMap { mine[$0].differences(from: others[$0], at: path[$0]) }
    case (.mapping(let mine), .mapping(let others)) where Set(mine.map(\.key)) == Set(others.map(\.key)):
      let values = Dictionary(others.map { ($0.key, $0.value) }) { first, _ in first }
      return mine.flatMap { entry in
        values[entry.key].map { entry.value.differences(from: $0, at: path[entry.key]) } ?? [path]
      }
    default: return self == other ? [] : [path]
    }
  }
}
