internal import Charts
internal import Content
internal import Digests
internal import OCI

/// A chart as it was found: its archive, and what is beside it.
struct FoundChart: Sendable {
  /// How the archive comes to the target.
  enum Carriage: Sendable {
    /// An image is made of it.
    case made(provenance: [UInt8]?)
    /// It is in a registry already, under this reference by digest.
    case published(ImageReference)
  }

  /// Where it was found, for messages.
  let source: String
  /// The archive.
  let archive: [UInt8]
  /// How it travels.
  let carriage: Carriage
  /// The name and the version under which it was asked for, where there are some.
  let expected: (name: String, version: String?)?
  /// What the user should know of how it was found: one sentence each.
  let notes: [String]
}

/// A chart that is packed, and the images that it needs.
struct GatheredChart: Sendable {
  /// What it says of itself.
  let metadata: ChartMetadata
  /// Where it was found.
  let source: String
  /// The digest of its archive.
  let digest: Digest
  /// The image that was made of it; `nil` for one that is in a registry.
  let made: BundleImage?
  /// What is to be fetched: its images, and the chart itself where that is in a registry.
  let requests: [ImageRequest]
}
