internal import Diagnostics
internal import Digests
internal import OCI
internal import Tar

extension BundleIndex {
  /// Checks that the parts of the index agree with each other.
  func check() throws(SealiftError) {
    try checkFiles()
    try checkBlobs()
    try checkImages()
  }

  private func checkFiles() throws(SealiftError) {
    guard files.map(\.path) == HeadFile.paths else {
      throw .index("'files' does not list \(HeadFile.paths.joined(separator: ", "))")
    }
    for file in files where file.size > Self.maximumBytes { throw .index("\(file.path) is too large for the head") }
  }

  private func checkBlobs() throws(SealiftError) {
    var digests: Set<Digest> = []
    digests.reserveCapacity(metadata.count + blobs.count)
    for descriptor in metadata {
      guard digests.insert(descriptor.digest).inserted else { throw .index("\(descriptor.digest) is listed twice") }
      guard descriptor.size <= Self.maximumMetadata else {
        throw .index("\(descriptor.digest) is too large for the head")
      }
    }
    for blob in blobs where !digests.insert(blob.descriptor.digest).inserted {
      throw .index("\(blob.descriptor.digest) is listed twice")
    }
    try checkOffsets()
  }

  private func checkOffsets() throws(SealiftError) {
    var position = 0
    var isTail = false
    for blob in blobs {
      let digest = blob.descriptor.digest
      if blob.encoding == .raw {
        guard !isTail else { throw .index("\(digest) is raw and stands behind compressed blobs") }
        guard blob.offset == position + TarHeader.blockBytes else { throw .index("\(digest) has a wrong offset") }
      } else {
        isTail = true
      }
      guard let bytes = TarHeader.entryBytes(blob.descriptor.size), bytes <= Self.maximumStream - position else {
        throw .index("its sizes add up to more than any disk holds")
      }
      position += bytes
    }
  }

  private func checkImages() throws(SealiftError) {
    let metadata = Dictionary(uniqueKeysWithValues: metadata.map { ($0.digest, $0) })
    guard images.reduce(0, { $0 + max(1, $1.tags.count) }) <= Self.maximumNames else {
      throw .index("it has more than \(Self.maximumNames) tags")
    }
    var names: [String: Digest] = [:]
    for image in images {
      let digest = image.manifest.digest
      guard let listed = metadata[digest], listed == image.manifest else {
        throw .index("image \(digest) is not among the metadata")
      }
      guard image.manifest.mediaType.isManifest else { throw .index("\(digest) is not an image") }
      guard ImageReference.isRepository(image.destination) else {
        throw .index("'\(image.destination)' is not a repository's path")
      }
      for tag in image.tags {
        guard ImageReference.isTag(tag) else { throw .index("'\(tag)' is not a tag") }
        let name = "\(image.destination):\(tag)"
        guard names.updateValue(digest, forKey: name) == nil else { throw .index("\(name) is listed twice") }
      }
    }
  }

  /// The greatest size of a manifest or config in the head, in bytes.
  public static let maximumMetadata = Manifest.maximumBytes
  /// The greatest number of tags, with an image without tags counted as one: each takes 250 bytes or more of
  /// `index.json`, which has a limit too.
  private static let maximumNames = 1 << 18
  /// The greatest size of the blobs' tar stream, 256 TiB: sums of sizes below it cannot overflow, and the seek table
  /// counts its frames in 32 bits.
  private static let maximumStream = 1 << 48
}

extension BundleIndex.HeadFile {
  /// The names of the files that every head has, in file order.
  static let paths = ["SHA256SUMS", "oci-layout", "index.json"]
}
