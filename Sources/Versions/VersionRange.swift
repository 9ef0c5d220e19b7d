/// A condition on versions as operator catalogs write it: `>=1.0.0 <2.0.0 || 3.1.x`.
///
/// Conditions side by side must all hold; `||`, with a space on either side, separates alternatives. Pre-releases have no
/// special place here: `<2.0.0` holds for `2.0.0-rc.1`, and `>=1.0.0` for `1.5.0-2`, because only the order of versions
/// counts. Build metadata counts nowhere.
///
/// Source: blang/semver `ParseRange`, which OLM calls for `olm.package.required`.
public struct VersionRange: Sendable, Hashable, CustomStringConvertible {
  fileprivate enum Comparison: String {
    case less = "<"
    case lessOrEqual = "<="
    case equal = "="
    case notEqual = "!="
    case greaterOrEqual = ">="
    case greater = ">"
  }

  fileprivate struct Condition: Hashable {
    let comparison: Comparison
    let version: SemanticVersion
  }

  // Longer than any real range, so that reading one is cheap.
  private static let maximumLength = 4096

  private let alternatives: [[Condition]]

  /// The range as it is written.
  public let description: String

  /// Reads a range.
  ///
  /// - Returns: `nil` for anything that the grammar does not allow.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.maximumLength else { return nil }
    var alternatives: [[Condition]] = [[]]
    var rest = text[...]
    while true {
      rest = rest.drop { $0 == " " }
      if rest.isEmpty { break }
      let sign = rest.prefix { "<>=!".contains($0) }
      rest = rest.dropFirst(sign.count).drop { $0 == " " }
      let word = rest.prefix { $0 != " " }
      rest = rest.dropFirst(word.count)
      if sign.isEmpty, word == "||" {
        alternatives.append([])
        continue
      }
      guard let conditions = Self.conditions(sign: sign, version: word) else { return nil }
      alternatives[alternatives.count - 1] += conditions
    }
    guard alternatives.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.alternatives = alternatives
    description = text
  }

  /// Whether a version satisfies the range.
  public func contains(_ version: SemanticVersion) -> Bool {
    alternatives.contains { $0.allSatisfy { $0.holds(for: version) } }
  }

  private static func conditions(sign: Substring, version: Substring) -> [Condition]? {
    let comparison: Comparison
    switch sign {
    case "", "=", "==": comparison = .equal
    case "!", "!=": comparison = .notEqual
    default:
      guard let known = Comparison(rawValue: String(sign)) else { return nil }
      comparison = known
    }
    if version.contains(".x") { return wildcard(comparison, version) }
    return SemanticVersion(String(version)).map { [Condition(comparison: comparison, version: $0)] }
  }

  /// `1.2.x` and `1.x` stand for all versions that begin so.
  private static func wildcard(_ comparison: Comparison, _ version: Substring) -> [Condition]? {
    let parts = version.split(separator: ".", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), parts.last == "x", let major = Int(parts[0]), major >= 0, major < .max else {
      return nil
    }
    // In `1.x.x` the middle is a zero: what OLM reads, though hardly what was meant.
    guard let minor = parts.count == 2 || parts[1] == "x" ? 0 : Int(parts[1]), minor >= 0, minor < .max else {
      return nil
    }
    let next = parts.count == 2 ? "\(major + 1).0.0" : "\(major).\(minor + 1).0"
    guard let first = SemanticVersion("\(major).\(minor).0"), let end = SemanticVersion(next) else { return nil }
    switch comparison {
    case .less: return [Condition(comparison: .less, version: first)]
    case .lessOrEqual: return [Condition(comparison: .less, version: end)]
    case .greater: return [Condition(comparison: .greaterOrEqual, version: end)]
    case .greaterOrEqual: return [Condition(comparison: .greaterOrEqual, version: first)]
    case .equal:
      return [
        Condition(comparison: .greaterOrEqual, version: first), Condition(comparison: .less, version: end),
      ]
    // Both at once never hold: again what OLM reads.
    case .notEqual:
      return [
        Condition(comparison: .less, version: first), Condition(comparison: .greaterOrEqual, version: end),
      ]
    }
  }
}

extension VersionRange.Condition {
  fileprivate func holds(for candidate: SemanticVersion) -> Bool {
    let isLower = candidate.precedes(version)
    let isHigher = version.precedes(candidate)
    switch comparison {
    case .less: return isLower
    case .lessOrEqual: return !isHigher
    case .equal: return !isLower && !isHigher
    case .notEqual: return isLower || isHigher
    case .greaterOrEqual: return !isLower
    case .greater: return isHigher
    }
  }
}
