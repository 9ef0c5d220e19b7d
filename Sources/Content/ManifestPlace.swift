public import Digests

/// A manifest in a repository of the target: what is deleted, or must stay.
public struct ManifestPlace: Hashable, Sendable, Comparable {
  /// The repository's path at the target.
  public let repository: String
  /// The digest of the manifest.
  public let digest: Digest

  /// Makes one.
  public init(repository: String, digest: Digest) {
    self.repository = repository
    self.digest = digest
  }

  /// By repository, then by digest.
  public static func < (left: Self, right: Self) -> Bool {
    (left.repository, left.digest) < (right.repository, right.digest)
  }

  /// Both as people write them.
  public var name: String { "\(repository)@\(digest)" }
}
