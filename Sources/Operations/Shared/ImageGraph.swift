internal import Diagnostics
internal import Digests
internal import OCI

/// All that one image consists of.
struct ImageGraph: Sendable {
  /// Its manifests, each once, children before the indexes that name them; the root is last.
  private(set) var manifests: [Descriptor] = []
  /// Its configs, each once.
  private(set) var configs: [Descriptor] = []
  /// Its layers, each once, in the order in which they are met.
  private(set) var layers: [Descriptor] = []

  /// The greatest nesting of indexes; real images have one level, and a few have two.
  static let maximumDepth = 4

  /// Walks an image whose manifests are in `store`.
  ///
  /// Foreign layers are left out: a registry takes a manifest without them.
  init(_ root: Descriptor, in store: MetadataStore) throws(SealiftError) {
    var seen: Set<Digest> = []
    try walk(root, store, &seen, depth: 0)
  }

  private mutating func walk(
    _ descriptor: Descriptor, _ store: MetadataStore, _ seen: inout Set<Digest>, depth: Int
  ) throws(SealiftError) {
    guard seen.insert(descriptor.digest).inserted else { return }
    guard depth < Self.maximumDepth else {
      throw SealiftError(
        .protocol, "\(descriptor.digest) is nested in more than \(Self.maximumDepth) indexes",
        nextStep: "name one of the inner images")
    }
    switch try store.manifest(descriptor).manifest.content {
    case .index(let children):
      for child in children { try walk(child, store, &seen, depth: depth + 1) }
    case .image(let config, let layers):
      if seen.insert(config.digest).inserted { configs.append(config) }
      for layer in layers where !layer.isForeign && seen.insert(layer.digest).inserted { self.layers.append(layer) }
    }
    manifests.append(descriptor)
  }
}

extension Descriptor {
  /// Whether it is a layer that registries do not hold, but other URLs do.
  ///
  /// Source: OCI image-spec, layer.md, "Non-Distributable Layers"; Docker's foreign layers.
  var isForeign: Bool {
    hasURLs || mediaType.rawValue.contains("nondistributable") || mediaType.rawValue.contains("foreign.diff")
  }
}
