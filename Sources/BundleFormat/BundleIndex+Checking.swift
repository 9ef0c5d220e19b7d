internal import Diagnostics
internal import Digests
internal import OCI
internal import Tar
internal import Versions

extension BundleIndex {
  /// Checks that the parts of the index agree with each other.
  func check() throws(SealiftError) {
    try checkFiles()
    try checkBlobs()
    try checkImages()
    try checkReleases()
    try checkCatalogs()
    try checkCarriedFiles()
    try checkManifests()
    try checkTools()
  }

  private func checkFiles() throws(SealiftError) {
    let fixed = HeadFile.fixedPaths
    guard files.prefix(fixed.count).map(\.path) == fixed else {
      throw .index("'files' does not begin with \(fixed.joined(separator: ", "))")
    }
    for file in files.prefix(fixed.count) where file.size > Self.maximumBytes {
      throw .index("\(file.path) is too large for the head")
    }
    let extra = files.dropFirst(fixed.count)
    guard extra.count <= HeadFile.maximumExtraFiles else {
      throw .index("'files' has more than \(HeadFile.maximumExtraFiles) manifests and signatures")
    }
    for file in extra {
      guard HeadFile.isExtraPath(file.path) else { throw .index("'\(file.path)' is not a path for a file of the head") }
      guard file.size <= HeadFile.maximumExtraBytes else { throw .index("\(file.path) is too large for the head") }
    }
    for (file, next) in zip(extra, extra.dropFirst()) {
      guard file.path.utf8.lexicographicallyPrecedes(next.path.utf8) else {
        throw .index("'\(next.path)' does not come after '\(file.path)'")
      }
    }
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
      guard image.base?.isEmpty != true else { throw .index("image \(digest) has an empty base") }
      let requests = image.requests
      guard requests.allSatisfy({ !$0.source.isEmpty && !$0.reason.isEmpty }) else {
        throw .index("image \(digest) has an empty source or reason")
      }
      guard Set(requests).count == requests.count else {
        throw .index("a further request for image \(digest) stands twice")
      }
      for tag in image.tags {
        guard ImageReference.isTag(tag) else { throw .index("'\(tag)' is not a tag") }
        let name = "\(image.destination):\(tag)"
        guard names.updateValue(digest, forKey: name) == nil else { throw .index("\(name) is listed twice") }
      }
    }
  }

  private func checkReleases() throws(SealiftError) {
    let manifests = Set(images.map(\.manifest.digest))
    let paths = Set(files.map(\.path))
    var names: Set<[String]> = []
    for release in releases {
      let name = "release \(release.version) \(release.architecture)"
      guard Release.architectures.contains(release.architecture) else {
        throw .index("'\(release.architecture)' is not the architecture of a release")
      }
      guard SemanticVersion(release.version) != nil else {
        throw .index("'\(release.version)' is not the version of a release")
      }
      guard names.insert([release.version, release.architecture]).inserted else {
        throw .index("\(name) is listed twice")
      }
      guard !release.source.isEmpty else { throw .index("\(name) has no source") }
      guard manifests.contains(release.digest) else {
        throw .index("the payload of \(name), \(release.digest), is not among the images")
      }
      try check(release.signatures, of: name, in: paths)
    }
  }

  private func check(
    _ signatures: [ReleaseSignature], of release: String, in paths: Set<String>
  ) throws(SealiftError) {
    var seen: Set<String> = []
    for signature in signatures {
      guard ReleaseSignature.isFingerprint(signature.key) else {
        throw .index("'\(signature.key)' is not the fingerprint of a key")
      }
      guard signature.path.hasPrefix(HeadFile.signaturePrefix), seen.insert(signature.path).inserted else {
        throw .index("'\(signature.path)' is not a path for a signature of \(release), or is listed twice")
      }
      for path in [signature.path, signature.keyPath] where !paths.contains(path) {
        throw .index("a signature of \(release) needs \(path), which is not in 'files'")
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
