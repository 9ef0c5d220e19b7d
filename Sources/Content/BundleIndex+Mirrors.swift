public import BundleFormat
public import ClusterManifests
internal import OCI

extension BundleIndex {
  /// The images that a cluster is to find at the mirror.
  ///
  /// What refers to another image is found beside it, and no workload names an image of a directory.
  public var mirroredImages: [MirroredImage] { images.flatMap(\.mirrored) }
}

extension BundleIndex.Image {
  /// One for each name of it at a registry.
  fileprivate var mirrored: [MirroredImage] {
    var uses: [String: Use] = [:]
    for request in requests {
      guard let use = Use(request.reason) else { continue }
      // A name that workloads use needs a mirror, whatever else has it.
      if uses[request.source].map({ $0.role == .named }) ?? true { uses[request.source] = use }
    }
    return sources.compactMap { source in
      guard let use = uses[source], let reference = ImageReference(source: source) else { return nil }
      return MirroredImage(source: reference, destination: destination, category: use.category, role: use.role)
    }
  }
}

/// What a cluster does with an image that is packed for a reason.
private struct Use {
  let category: MirroredImage.Category
  let role: MirroredImage.Role

  init?(_ reason: ImageReason) {
    switch reason {
    case .requested, .clusterManifestImage, .chartImage: (category, role) = (.generic, .other)
    case .release: (category, role) = (.release, .payload)
    case .component: (category, role) = (.release, .other)
    case .catalog: (category, role) = (.operator, .named)
    case .operatorBundle, .operatorBundleImage: (category, role) = (.operator, .other)
    case .graphData, .chart, .referrer: return nil
    }
  }
}
