internal import Versions

/// The version of a chart: one of three numbers, often with a `v` before it.
public struct ChartVersion: Sendable {
  /// Its place in the order of versions.
  let order: SemanticVersion

  /// - Returns: `nil` for anything else.
  init?(_ text: String) {
    guard let order = SemanticVersion(Self.bare(text)) else { return nil }
    self.order = order
  }

  /// The text without the `v`.
  static func bare(_ text: String) -> String { text.hasPrefix("v") ? String(text.dropFirst()) : text }

  /// Whether two texts name one version: a `v` before the number may be missing on either side.
  public static func isSame(_ left: String, _ right: String) -> Bool { bare(left) == bare(right) }
}
