/// One end of a range of versions as people write it: `4.18.1`, `v4.18.1`, or with fewer numbers: `4.18` stands for all
/// versions that begin so.
///
/// Source: Masterminds/semver, constraints, by whose rules oc-mirror reads the bounds of operators.
public struct VersionLimit: Sendable, Hashable, CustomStringConvertible {
  /// The version, with zeros for the numbers that are not written.
  public let version: SemanticVersion
  private let count: Int

  /// A limit that is one version.
  public init(_ version: SemanticVersion) {
    self.version = version
    count = 3
  }

  /// Reads a limit; a pre-release wants all three numbers.
  ///
  /// - Returns: `nil` for anything else.
  public init?(_ text: String) {
    let bare = text.hasPrefix("v") || text.hasPrefix("V") ? String(text.dropFirst()) : text
    let count = bare.split(separator: ".", omittingEmptySubsequences: false).count
    let zeros = count < 3 ? String(repeating: ".0", count: 3 - count) : ""
    guard let version = SemanticVersion(bare + zeros) else { return nil }
    // `1.2-rc` would have its zero behind the pre-release.
    guard zeros.isEmpty || !version.isPrerelease && version.build.isEmpty else { return nil }
    self.version = version
    self.count = min(count, 3)
  }

  /// The version, if all of its numbers are written.
  public var exact: SemanticVersion? { count == 3 ? version : nil }

  /// Whether a version comes after all that this stands for.
  public func precedes(_ other: SemanticVersion) -> Bool {
    exact?.precedes(other) ?? precedesNumbers(of: other)
  }

  /// Whether a version comes before all that this stands for.
  public func follows(_ other: SemanticVersion) -> Bool {
    exact.map { other.precedes($0) } ?? followsNumbers(of: other)
  }

  /// Whether the written numbers are lower than those of a version, whatever pre-releases there are.
  public func precedesNumbers(of other: SemanticVersion) -> Bool {
    numbers(of: version).lexicographicallyPrecedes(numbers(of: other))
  }

  /// Whether the written numbers are higher than those of a version, whatever pre-releases there are.
  public func followsNumbers(of other: SemanticVersion) -> Bool {
    numbers(of: other).lexicographicallyPrecedes(numbers(of: version))
  }

  /// The limit with as many numbers as were written.
  public var description: String {
    exact?.description ?? numbers(of: version).map(String.init).joined(separator: ".")
  }

  private func numbers(of version: SemanticVersion) -> ArraySlice<Int> {
    [version.major, version.minor, version.patch].prefix(count)
  }
}
