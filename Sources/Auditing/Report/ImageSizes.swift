internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI

/// How many bytes each image has, and how many of them are no other image's.
struct ImageSizes {
  /// The sizes of one image.
  struct Size {
    /// Of all that it consists of.
    var bytes = 0
    /// Of what no other image has.
    var own = 0
  }

  /// In the order of the index.
  private(set) var sizes: [Size] = []

  init(_ head: AuditedHead) throws(SealiftError) {
    let index = head.index
    var places: [Digest: Int32] = [:]
    places.reserveCapacity(index.metadata.count + index.blobs.count + index.held.count)
    for descriptor in index.metadata { places[descriptor.digest] = Int32(places.count) }
    for blob in index.blobs { places[blob.descriptor.digest] = Int32(places.count) }
    for blob in index.held { places[blob.descriptor.digest] = Int32(places.count) }
    var users = [Int32](repeating: 0, count: places.count)
    var parts: [[(place: Int32, size: Int)]] = []
    for image in index.images {
      let own = try head.graph(image).parts.compactMap { part in places[part.digest].map { ($0, part.size) } }
      for part in own { users[Int(part.0)] += 1 }
      parts.append(own)
    }
    sizes = parts.map { parts in
      parts.reduce(into: Size()) { size, part in
        size.bytes += part.size
        if users[Int(part.place)] == 1 { size.own += part.size }
      }
    }
  }
}
