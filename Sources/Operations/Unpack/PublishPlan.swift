internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import OCI

/// What goes where, in which order.
struct PublishPlan: Sendable {
  /// One image at the target.
  struct Image: Sendable {
    let entry: BundleImage
    let repository: String
    /// Its manifests, children first.
    let manifests: [Descriptor]
    /// How many blobs it needs.
    let blobCount: Int
  }

  /// One blob, and who needs it.
  struct Blob: Sendable {
    let descriptor: Descriptor
    /// Its place in the index's `blobs`; `nil` for a config, which lies in the head.
    let index: Int?
    /// The repositories that need it, each once.
    var repositories: [String] = []
    /// The images that need it, by their place in `images`.
    var images: [Int] = []
  }

  let images: [Image]
  /// Blobs that some image needs, configs first, then in file order.
  let blobs: [Blob]

  /// - Throws: `configuration` if two images get one name at the target.
  init(
    _ index: BundleIndex, _ store: MetadataStore, _ target: TargetAddress, maxNestedPaths: Int?
  ) throws(SealiftError) {
    var table = BlobTable(index)
    var images: [Image] = []
    var names: [String: BundleImage] = [:]
    for entry in index.images {
      let repository = target.repository(for: entry.destination, maxNestedPaths: maxNestedPaths)
      for tag in entry.tags {
        let name = "\(repository):\(tag)"
        if let other = names.updateValue(entry, forKey: name), other.manifest.digest != entry.manifest.digest {
          throw SealiftError(
            .configuration, "\(other.source) and \(entry.source) would both be \(name)",
            nextStep: "choose a larger --max-nested-paths")
        }
      }
      let graph = try ImageGraph(entry.manifest, in: store)
      let blobs = graph.configs + graph.layers
      for blob in blobs { try table.need(blob, in: repository, image: images.count) }
      images.append(
        Image(entry: entry, repository: repository, manifests: graph.manifests, blobCount: blobs.count))
    }
    self.images = images
    blobs = table.needed
  }
}

/// Collects who needs which blob.
private struct BlobTable {
  private var blobs: [PublishPlan.Blob]
  private var places: [Digest: Int]

  init(_ index: BundleIndex) {
    blobs =
      index.metadata.filter { !$0.mediaType.isManifest }.map { PublishPlan.Blob(descriptor: $0, index: nil) }
      + index.blobs.enumerated().map { PublishPlan.Blob(descriptor: $1.descriptor, index: $0) }
    places = Dictionary(blobs.enumerated().map { ($1.descriptor.digest, $0) }) { first, _ in first }
  }

  var needed: [PublishPlan.Blob] { blobs.filter { !$0.images.isEmpty } }

  mutating func need(_ blob: Descriptor, in repository: String, image: Int) throws(SealiftError) {
    guard let place = places[blob.digest] else {
      throw SealiftError(
        .corrupt, "an image needs \(blob.digest), and the bundle does not have it",
        nextStep: "pack the image again from a source that has all of it")
    }
    if !blobs[place].repositories.contains(repository) { blobs[place].repositories.append(repository) }
    blobs[place].images.append(image)
  }
}
