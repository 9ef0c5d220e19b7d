/// A version of three numbers, with a pre-release and build metadata where there are some.
///
/// Two versions that differ in their build metadata alone are equal in order, but not the same.
///
/// Source: semver.org, Semantic Versioning 2.0.0.
public struct SemanticVersion: Sendable, Hashable, CustomStringConvertible {
  /// One part of a pre-release.
  public enum Identifier: Sendable, Hashable {
    case number(Int)
    case text(String)
  }

  /// The first number.
  public let major: Int
  /// The second number.
  public let minor: Int
  /// The third number.
  public let patch: Int
  /// The parts of the pre-release; none for a release.
  public let prerelease: [Identifier]
  /// The build metadata, which has no part in the order.
  public let build: String

  // Longer than any real version, and short enough that comparing costs nothing.
  private static let maximumLength = 256

  /// Reads a version; a leading `v` is not part of one.
  ///
  /// - Returns: `nil` for anything that the grammar does not allow.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.maximumLength else { return nil }
    let plus = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    let dash = plus[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = dash[0].split(separator: ".", omittingEmptySubsequences: false).map(Self.number)
    guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else { return nil }
    (self.major, self.minor, self.patch) = (major, minor, patch)
    var identifiers: [Identifier] = []
    for part in dash.count == 2 ? dash[1].split(separator: ".", omittingEmptySubsequences: false) : [] {
      guard let identifier = Self.identifier(part) else { return nil }
      identifiers.append(identifier)
    }
    prerelease = identifiers
    build = plus.count == 2 ? String(plus[1]) : ""
    guard plus.count == 1 || build.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isWord)
    else { return nil }
  }

  /// The version as it is written.
  public var description: String {
    let suffix = prerelease.map(\.description).joined(separator: ".")
    return "\(major).\(minor).\(patch)" + (suffix.isEmpty ? "" : "-\(suffix)") + (build.isEmpty ? "" : "+\(build)")
  }

  /// Whether this comes before a release of the same numbers.
  public var isPrerelease: Bool { !prerelease.isEmpty }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy(isDigit), text == "0" || text.first != "0" else { return nil }
    return Int(text)
  }

  private static func identifier(_ text: Substring) -> Identifier? {
    guard isWord(text) else { return nil }
    guard text.utf8.allSatisfy(isDigit) else { return .text(String(text)) }
    return number(text).map(Identifier.number)
  }

  private static func isWord(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"): true
        default: isDigit(byte)
        }
      }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension SemanticVersion {
  /// Whether this version comes before another in semver's order.
  ///
  /// Not `Comparable`: versions that differ in build metadata alone are neither smaller, larger nor the same.
  public func precedes(_ other: SemanticVersion) -> Bool {
    let numbers = [(major, other.major), (minor, other.minor), (patch, other.patch)]
    if let (mine, theirs) = numbers.first(where: { $0 != $1 }) { return mine < theirs }
    // A release comes after its pre-releases.
    if prerelease.isEmpty || other.prerelease.isEmpty { return !prerelease.isEmpty && other.prerelease.isEmpty }
    for (mine, theirs) in zip(prerelease, other.prerelease) where mine != theirs { return mine.precedes(theirs) }
    return prerelease.count < other.prerelease.count
  }
}

extension SemanticVersion.Identifier: CustomStringConvertible {
  /// The part as it is written.
  public var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .text(let text): text
    }
  }

  fileprivate func precedes(_ other: Self) -> Bool {
    switch (self, other) {
    case (.number(let mine), .number(let theirs)): mine < theirs
    case (.number, .text): true
    case (.text, .number): false
    // By ASCII order, which String's own comparison is not.
    case (.text(let mine), .text(let theirs)): mine.utf8.lexicographicallyPrecedes(theirs.utf8)
    }
  }
}
