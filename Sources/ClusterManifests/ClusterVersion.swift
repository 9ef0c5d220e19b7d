public import Diagnostics

/// The version of a cluster as far as it decides which kinds it knows: `X.Y`.
public struct ClusterVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The first number.
  public let major: Int
  /// The second number.
  public let minor: Int

  /// Source: OpenShift 4.18 release notes: OLM v1 is generally available.
  static let firstWithClusterCatalog = ClusterVersion(major: 4, minor: 18)

  /// Makes a version.
  public init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `X.Y`.
  ///
  /// - Throws: `usage` for anything else.
  public init(_ text: String) throws(SealiftError) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]), "\(major).\(minor)" == text,
      major >= 0, minor >= 0
    else {
      throw SealiftError(
        .usage, "'\(text)' is not the version of a cluster", nextStep: "write it as two numbers, for example 4.18")
    }
    self.init(major: major, minor: minor)
  }

  /// `X.Y`.
  public var description: String { "\(major).\(minor)" }

  /// Whether a version is older.
  public static func < (left: ClusterVersion, right: ClusterVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

/// Which kinds of mirror sets are written.
public enum MirrorAPI: String, Sendable, CaseIterable {
  /// `ImageDigestMirrorSet` and `ImageTagMirrorSet`.
  case idms
  /// `ImageContentSourcePolicy`, which has no form for images by tag.
  case icsp
  /// All of them.
  case both

  /// The kinds that a cluster of that version serves; those of today's clusters if it is not known.
  ///
  /// Source: OpenShift 4.13 is the first that serves `ImageDigestMirrorSet`.
  public init(for version: ClusterVersion?) {
    self = version.map { $0 < ClusterVersion(major: 4, minor: 13) } == true ? .icsp : .idms
  }

  /// Whether objects of a kind are written; those that are no mirror sets always are.
  func includes(_ kind: String) -> Bool {
    switch MirrorKind(rawValue: kind) {
    case nil: true
    case .imageContentSourcePolicy: self != .idms
    case .imageDigestMirrorSet, .imageTagMirrorSet: self != .icsp
    }
  }
}
