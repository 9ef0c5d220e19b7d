internal import BundleFormat
internal import Content
internal import Digests
internal import Gathering
internal import OCI

/// A bundle of which all is decided: its head is signed and written, and its blobs are to come.
struct PlannedBundle: Sendable {
  let writer: BundleWriter
  /// Holds what lies in the head.
  let store: MetadataStore
  /// How things were chosen: one sentence each.
  var notes: [String] = []
  /// What was asked for and is not in the bundle, and why: one sentence each.
  var missing: [String] = []

  var index: BundleIndex { writer.head.verified.index }

  /// The bytes of some blobs, by their places in the index.
  func bytes(of places: Set<Int>) -> Int { places.reduce(0) { $0 + index.blobs[$1].descriptor.size } }

  /// Where each blob can be fetched: from the first image that has it.
  func origins(built: BuiltLayers) throws -> [Digest: BlobOrigin] {
    var origins: [Digest: BlobOrigin] = [:]
    for image in index.images {
      let origin = try BlobOrigin(source: image.base ?? image.source)
      for blob in try ImageGraph(image, in: store).blobs where origins[blob.digest] == nil {
        origins[blob.digest] = built.contains(blob.digest) ? .built : origin
      }
    }
    for file in index.carriedFiles where origins[file.digest] == nil {
      origins[file.digest] = built.contains(file.digest) ? .built : .files
    }
    return origins
  }

  /// Of the blobs that stand in the body the places of those that this run has made.
  ///
  /// Compressed ones are written in order, behind the others; only files that can be fetched again are among them.
  func places(of built: BuiltLayers) -> [Int] {
    index.blobs.indices.filter {
      index.blobs[$0].encoding == .raw && built.contains(index.blobs[$0].descriptor.digest)
    }
  }
}
