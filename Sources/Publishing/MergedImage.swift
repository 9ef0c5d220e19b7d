internal import BundleFormat
internal import ClusterManifests
internal import Content
internal import Digests
internal import OCI

/// The image of a merged catalog, which this run has made.
struct MergedImage: Sendable {
  /// What is merged.
  let merge: CatalogMerge
  /// Its manifest or index.
  let root: Descriptor
  /// Its manifests, children first.
  let manifests: [Descriptor]
  /// Its configs and new layers: the others are those of the bundle's own catalog.
  let blobs: [any BlobContent]
  /// What the target has of what the earlier catalogs need.
  let needed: [Receipt.Content]
  /// The same for clusters.
  let mirrored: [MirroredImage]
}

extension PublishPlan {
  /// The plan with merged catalogs in place of the bundle's own, each by the place of its image.
  func merging(_ merged: [Int: MergedImage]) -> PublishPlan {
    var plan = self
    for (place, image) in merged { plan.images[place].merged = image }
    return plan
  }

  /// The images in whose place merged catalogs come.
  var merged: [Image] { images.filter { $0.merged != nil } }
}

extension Publisher {
  /// Lists in the receipt what is merged, and what it needs of earlier bundles.
  func noteMerged() {
    var known = Set(receipt.manifests.map { ManifestPlace(repository: $0.repository, digest: $0.descriptor.digest) })
    for image in mergedImages.compactMap(\.merged) {
      receipt.merged.append(image.merge)
      for content in image.needed {
        let place = ManifestPlace(repository: content.repository, digest: content.descriptor.digest)
        if known.insert(place).inserted { receipt.manifests.append(content) }
      }
    }
  }
}
