internal import BundleFormat
internal import Digests
internal import OCI

extension BundleIndex {
  /// The bytes of all blobs, each once.
  var blobBytes: Int {
    metadata.reduce(0) { $0 + $1.size } + blobs.reduce(0) { $0 + $1.descriptor.size }
  }
}

extension BundleIndex.Image {
  /// Where the image goes, relative to the target: `path:tag` for each tag, or `path@digest`.
  var destinations: [String] {
    tags.isEmpty ? ["\(destination)@\(manifest.digest)"] : tags.map { "\(destination):\($0)" }
  }
}
