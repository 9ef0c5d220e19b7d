internal import YAML

extension YAMLValue {
  /// The text of a scalar as it is written, quoted or not; `nil` for null, a list or a mapping.
  var scalarText: String? {
    switch self {
    case .string(let text): text
    case .plain(let text): ["", "~", "null", "Null", "NULL"].contains(text) ? nil : text
    case .sequence, .mapping: nil
    }
  }

  /// The text under a key, if it is there and not empty.
  func text(_ key: String) -> String? { self[key]?.scalarText.flatMap { $0.isEmpty ? nil : $0 } }
}
