public import BundleFormat
public import Diagnostics
public import Digests
public import OCI

/// All that one image consists of.
public struct ImageGraph: Sendable {
  /// Its manifests, each once, children before the indexes that name them; the root is last. Their sizes are those of
  /// their bytes.
  public private(set) var manifests: [Descriptor] = []
  /// Its configs, each once.
  public private(set) var configs: [Descriptor] = []
  /// Its layers, each once, in the order in which they are met.
  public private(set) var layers: [Descriptor] = []
  /// The manifests of which an index states another size than they have: digests do not lie, descriptors do.
  public private(set) var misstated: [Descriptor] = []

  private var knownManifests: Set<Digest>
  private var knownBlobs: Set<Digest> = []

  /// Its configs and layers.
  public var blobs: [Descriptor] { configs + layers }

  /// Walks an image whose manifests are in `store`.
  ///
  /// Foreign layers are left out: a registry takes a manifest without them.
  ///
  /// - Parameter absent: The images of its lists that it is without.
  public init(_ root: Descriptor, without absent: [Digest] = [], in store: MetadataStore) throws(SealiftError) {
    knownManifests = Set(absent)
    try walk(root, store, depth: 0)
  }

  /// Walks an image of a bundle.
  public init(_ image: BundleImage, in store: MetadataStore) throws(SealiftError) {
    try self.init(image.manifest, without: image.absent, in: store)
  }

  private mutating func walk(
    _ descriptor: Descriptor, _ store: MetadataStore, depth: Int
  ) throws(SealiftError) {
    guard knownManifests.insert(descriptor.digest).inserted else { return }
    guard depth < Manifest.maximumDepth else {
      throw SealiftError(
        .protocol, "\(descriptor.digest) is nested in \(depth) indexes", nextStep: "name one of the inner images")
    }
    let (manifest, bytes) = try store.manifest(descriptor)
    switch manifest.content {
    case .index(let children):
      for child in children { try walk(child, store, depth: depth + 1) }
    case .image(let config, let layers):
      if knownBlobs.insert(config.digest).inserted { configs.append(config) }
      for layer in layers where !layer.isForeign && knownBlobs.insert(layer.digest).inserted {
        self.layers.append(layer)
      }
    }
    if bytes.count != descriptor.size { misstated.append(descriptor) }
    manifests.append(Descriptor(mediaType: descriptor.mediaType, digest: descriptor.digest, size: bytes.count))
  }
}
