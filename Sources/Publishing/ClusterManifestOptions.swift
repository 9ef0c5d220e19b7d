/// What `unpack` leaves for the cluster, and where.
public struct ClusterManifestOptions: Sendable {
  /// The directory.
  public var directory: String
  /// Whether the manifests are all that is wanted: no registry is asked.
  public var isOnly = false
  /// The version of the cluster as `X.Y`, which decides about the kinds of mirror sets.
  public var clusterVersion: String?
  /// One of `mirrorAPIs`, whatever the version.
  public var mirrorAPI: String?
  /// How they are applied to the cluster once the images are at the target, if they are.
  public var apply: ApplyOptions?

  /// Makes options.
  public init(directory: String) { self.directory = directory }
}

/// The files that `unpack` leaves for the cluster.
public struct WrittenClusterManifests: Sendable {
  /// The directory.
  public let directory: String
  /// The paths of the files in it, sorted.
  public let files: [String]
  /// What another bundle had put into the directory, and what goes of it.
  public let replaced: [ReplacedClusterManifest]
  /// What came of applying them, if that was asked for.
  public internal(set) var applied: [AppliedClusterManifest]?
}

/// A file and what came of applying it.
public struct AppliedClusterManifest: Sendable, Equatable {
  /// The path in the directory.
  public let file: String
  /// Whether the cluster took it.
  public let isApplied: Bool
  /// What the tool said, such as `configmap/a created`.
  public let result: String
}
