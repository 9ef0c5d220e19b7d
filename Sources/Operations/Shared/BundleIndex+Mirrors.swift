internal import BundleFormat
internal import ClusterManifests
internal import OCI

extension BundleIndex {
  /// The images that a cluster is to find at the mirror.
  ///
  /// What refers to another image is found beside it, and no workload names an image of a directory.
  var mirroredImages: [MirroredImage] { images.compactMap(\.mirrored) }
}

extension BundleIndex.Image {
  fileprivate var mirrored: MirroredImage? {
    guard case .registry = try? ImageOrigin(source: source), let reference = try? ImageReference(source) else {
      return nil
    }
    func image(_ category: MirroredImage.Category, _ role: MirroredImage.Role = .other) -> MirroredImage {
      MirroredImage(source: reference, destination: destination, category: category, role: role)
    }
    switch ImageReason(reason) {
    case .requested, .manifestImage, .chartImage: return image(.generic)
    case .release: return image(.release, .payload)
    case .component: return image(.release)
    case .catalog: return image(.operator, .named)
    case .bundle, .bundleImage: return image(.operator)
    case .graphData, .chart, .referrer: return nil
    }
  }
}
