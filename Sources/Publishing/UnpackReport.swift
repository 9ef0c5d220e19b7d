public import BundleFormat
public import Content
public import Diagnostics

/// What `unpack` did, or would do.
public struct UnpackReport: Sendable {
  /// The id of the bundle.
  public let bundle: String
  /// What goes where: `source -> destination`.
  public let mapping: [(source: String, destination: String)]
  /// The tags of the target that stand for something else before it; after a dry run those that would.
  public let replaced: [Replacement]
  /// The catalogs that are merged with those of earlier bundles, or would be.
  public let merged: [CatalogMerge]
  /// The lists that were made anew; after a dry run those that would be.
  public let rewritten: [RewrittenList]
  /// The images of the bundle that were not wanted, as the target would call them.
  public let leftOut: [String]
  /// The bytes of all blobs, each once.
  public let blobBytes: Int
  /// What it rests on; `nil` if that is nothing, or no target was asked.
  public let held: HeldReport?
  /// What the signatures of its releases are worth here.
  public let releases: [ReleaseFinding]
  /// How the releases are used from the target; `nil` without a release, where the target is no registry, and where it
  /// did not take all.
  public let instructions: ReleaseInstructions?
  /// The cluster manifests that were written, or would be.
  public internal(set) var clusterManifests: WrittenClusterManifests?
  /// The files that were written, or would be.
  public let files: UnpackedFiles?
  /// How many files the bundle holds, and their bytes.
  public let carriedFiles: (count: Int, bytes: Int)
  /// Whether nothing else was asked for.
  public let isOnlyClusterManifests: Bool
  /// What was damaged or missing of what was read, and was made anew from parity.
  public let repaired: [DamagedVolume]
  /// What was done; `nil` after a dry run.
  public let receipt: Receipt?

  /// The error for what the target did not take, or lacks; `nil` if there is none.
  public var failure: SealiftError? { receipt?.refused.failure ?? held?.missing.failure() }
}
