public import Versions

/// What is asked for of one channel.
///
/// | given | chosen |
/// |---|---|
/// | no version | the head: the highest version |
/// | `minimum` | every version from it to the head |
/// | `maximum` | every version from the first to it |
/// | both | every version in the range |
/// | `full` | as above, but without a version the whole channel |
/// | `shortestPath` | of what the lines above choose only the shortest upgrade path from the lowest to the highest |
///
/// Source: oc-mirror v2, `mirror.platform.channels`, whose choices these are.
public struct ReleaseChannel: Sendable, Equatable {
  /// Whose releases a channel holds.
  public enum Kind: String, Sendable, CaseIterable {
    /// OpenShift Container Platform.
    case ocp
    /// The community distribution.
    case okd
  }

  /// The name, such as `stable-4.18`.
  public var name: String
  /// Whose releases it holds.
  public var kind: Kind
  /// The lowest version that is wanted.
  public var minimum: VersionLimit?
  /// The highest version that is wanted.
  public var maximum: VersionLimit?
  /// Whether only the versions on the shortest upgrade path are wanted.
  public var shortestPath: Bool
  /// Whether the whole channel is wanted.
  public var full: Bool

  /// Makes a request for a channel; by default, for its head.
  public init(
    _ name: String, kind: Kind = .ocp, minimum: SemanticVersion? = nil, maximum: SemanticVersion? = nil,
    shortestPath: Bool = false, full: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.minimum = minimum.map(VersionLimit.init)
    self.maximum = maximum.map(VersionLimit.init)
    self.shortestPath = shortestPath
    self.full = full
  }

  // Far longer than any real name.
  private static let maximumNameLength = 100

  /// Whether `text` can be the name of a channel: letters, digits, `.`, `-` and `_`, a letter or a digit first.
  ///
  /// Such a name is safe in a URL's query and as a part of a file's name.
  public static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= maximumNameLength else { return false }
    return isLetterOrDigit(first) && text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
  }

  // More than lie between any two releases of one major version so far.
  private static let maximumGap = 40

  /// The names of the channels between the lowest and the highest of several: an upgrade goes minor by minor.
  ///
  /// `stable-4.14` and `stable-4.17` have `stable-4.15` and `stable-4.16` between them; the names are those of the
  /// highest channel's series. A series `eus` has channels of even minors only.
  public static func between(_ channels: [ReleaseChannel]) -> [String] {
    let parts = channels.compactMap { Series($0.name) }.sorted { ($0.major, $0.minor) < ($1.major, $1.minor) }
    guard let low = parts.first, let high = parts.last, low.major == high.major else { return [] }
    guard high.minor - low.minor > 1, high.minor - low.minor <= maximumGap else { return [] }
    let named = Set(parts.map(\.minor))
    return (low.minor + 1..<high.minor).filter { minor in
      !named.contains(minor) && (high.name != "eus" || minor.isMultiple(of: 2))
    }.map { "\(high.name)-\(high.major).\($0)" }
  }

  /// The parts of a name such as `stable-4.18`.
  private struct Series {
    let name: Substring
    let major: Int
    let minor: Int

    init?(_ channel: String) {
      guard let dash = channel.lastIndex(of: "-") else { return nil }
      let numbers = channel[channel.index(after: dash)...].split(separator: ".", omittingEmptySubsequences: false)
      guard numbers.count == 2, numbers.allSatisfy(Self.isDigits),
        let major = Int(numbers[0]), let minor = Int(numbers[1])
      else { return nil }
      name = channel[..<dash]
      self.major = major
      self.minor = minor
    }

    // `Int` takes a sign too.
    private static func isDigits(_ text: Substring) -> Bool {
      text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
