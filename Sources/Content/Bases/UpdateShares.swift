internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import OCI

/// How much of the layers of each image of an update travels, and how much of them the target has.
///
/// Manifests and small configs always travel, and do not count. A layer that several images need counts for the first of
/// them, so that the numbers add up.
struct UpdateShares {
  /// For each image of the index: the bytes of its layers that travel, and of those that are held.
  private(set) var images: [(new: Int, held: Int)] = []

  /// - Parameter store: Holds the manifests of all images.
  init(_ index: BundleIndex, _ store: MetadataStore) throws(SealiftError) {
    var isHeld: [Digest: Bool] = [:]
    isHeld.reserveCapacity(index.blobs.count + index.held.count)
    for blob in index.blobs { isHeld[blob.descriptor.digest] = false }
    for blob in index.held { isHeld[blob.descriptor.digest] = true }
    for image in index.images {
      var share = (new: 0, held: 0)
      for blob in try ImageGraph(image, in: store).blobs {
        guard let isHeld = isHeld.removeValue(forKey: blob.digest) else { continue }
        if isHeld { share.held += blob.size } else { share.new += blob.size }
      }
      images.append(share)
    }
  }
}

extension BundleContents {
  /// A bundle that the target must have taken before.
  public struct Base: Sendable {
    /// When it was planned.
    public let created: String
    /// Its id.
    public let id: String
    /// What its file was called.
    public let name: String
    /// How many held blobs it is the first to bring.
    public let blobs: Int
    /// Their bytes.
    public let bytes: Int
  }

  /// The bases of an index, each with what rests on it.
  ///
  /// - Parameter isCounted: Which held blobs count.
  static func bases(of index: BundleIndex, where isCounted: (Descriptor) -> Bool = { _ in true }) -> [Base] {
    let places = index.basePlaces
    var totals = [(blobs: Int, bytes: Int)](repeating: (0, 0), count: index.bases.count)
    for blob in index.held where isCounted(blob.descriptor) {
      guard let first = blob.places.first else { continue }
      totals[places[first].base].blobs += 1
      totals[places[first].base].bytes += blob.descriptor.size
    }
    return zip(index.bases, totals).map { base, total in
      Base(
        created: base.created, id: base.id.description, name: base.name, blobs: total.blobs, bytes: total.bytes)
    }
  }
}
