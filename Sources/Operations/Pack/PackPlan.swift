internal import BundleFormat
internal import Digests
internal import OCI

/// What a bundle will hold, before a layer has moved.
public struct PackPlan: Sendable {
  /// One image of the plan.
  public struct Image: Sendable {
    /// The reference as it was asked for.
    public let source: String
    /// The digest of its root manifest.
    public let digest: String
    /// Why it is here.
    public let reason: String
    /// Where it will go, `path:tag`, or `path@digest` where it has no tag.
    public let destinations: [String]
    /// Its platforms.
    public let platforms: [String]
  }

  /// The images in the order of the index.
  public let images: [Image]
  /// How many blobs there are: manifests, configs and layers.
  public let blobs: Int
  /// The bytes of all blobs, each once.
  public let blobBytes: Int
  /// The bytes that are still to be fetched, besides what was fetched for the plan.
  public let bytesToFetch: Int
  /// The size of the file; an upper bound unless `isExact`.
  public let fileBytes: Int
  /// Whether no blob is compressed while it is packed, so that the size is exact.
  public let isExact: Bool
  /// The bundle's id.
  public let id: String

  init(_ writer: BundleWriter, bytesToFetch: Int) {
    let verified = writer.head.verified
    let index = verified.index
    images = index.images.map { image in
      Image(
        source: image.source, digest: image.manifest.digest.description, reason: image.reason,
        destinations: image.destinations, platforms: image.platforms)
    }
    blobs = index.metadata.count + index.blobs.count
    blobBytes = index.blobBytes
    self.bytesToFetch = bytesToFetch
    fileBytes = writer.maximumFileBytes
    isExact = verified.layout.tailContents.isEmpty
    id = verified.id.description
  }
}

/// What `pack` did.
public struct PackReport: Sendable {
  /// The plan that it carried out.
  public let plan: PackPlan
  /// The path of the bundle; `nil` after a dry run.
  public let path: String?
  /// The size of the file; `nil` after a dry run.
  public let fileBytes: Int?
  /// The ids of the keys that signed.
  public let signers: [String]
  /// Whether an earlier run had begun.
  public let isResumed: Bool
}
