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

  /// The text of a scalar where Helm wants text: a number without quotes loses the zeros at its end, so that `1.10` is
  /// `1.1`.
  ///
  /// Source: sigs.k8s.io/yaml, which Helm reads `Chart.yaml` with: a number becomes text in its shortest form.
  var helmText: String? {
    guard case .plain(let text) = self, text.utf8.count <= 8, text.contains("."),
      let match = text.wholeMatch(of: /((?:0|[1-9][0-9]*)(?:\.[0-9]*?[1-9])?)\.?0*/)
    else { return scalarText }
    return String(match.1)
  }

  /// The text under a key, if it is there and not empty.
  func text(_ key: String) -> String? { self[key]?.scalarText.flatMap { $0.isEmpty ? nil : $0 } }

  /// The same as Helm has it.
  func helmText(_ key: String) -> String? { self[key]?.helmText.flatMap { $0.isEmpty ? nil : $0 } }
}
