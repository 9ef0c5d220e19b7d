/// What `unpack` did, or would do.
public struct UnpackReport: Sendable {
  /// The id of the bundle.
  public let bundle: String
  /// What goes where: `source -> destination`.
  public let mapping: [(source: String, destination: String)]
  /// The bytes of all blobs, each once.
  public let blobBytes: Int
  /// What the signatures of its releases are worth here.
  public let releases: [ReleaseFinding]
  /// How the releases are used from the target; `nil` without a release, and where the target is no registry.
  public let instructions: ReleaseInstructions?
  /// The cluster manifests that were written, or would be.
  public internal(set) var manifests: WrittenManifests?
  /// The files that were written, or would be.
  public let files: UnpackedFiles?
  /// How many files the bundle holds, and their bytes.
  public let carriedFiles: (count: Int, bytes: Int)
  /// Whether nothing else was asked for.
  public let isOnlyManifests: Bool
  /// What was done; `nil` after a dry run.
  public let receipt: Receipt?
}
