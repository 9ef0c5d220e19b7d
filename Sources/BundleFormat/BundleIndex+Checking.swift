internal import Diagnostics
internal import Digests
internal import OCI
internal import Tar
internal import Versions

extension BundleIndex {
  /// Checks that the parts of the index agree with each other.
  func check() throws(SealiftError) {
    guard Self.isTime(created) else { throw .index("'\(created)' is not a time, YYYY-MM-DDThh:mm:ssZ") }
    try checkFiles()
    let places = try placesOfBlobs()
    try checkBlobs()
    try checkHeld()
    try checkImages(places)
    let manifests = Set(images.lazy.map(\.manifest.digest))
    try checkReleases(manifests)
    try checkCatalogs(manifests)
    try checkCarriedFiles(places)
    try checkCarriedObjects()
    try checkTools()
    // Last: it costs the most.
    try checkDerivedFiles()
  }

  /// Checks that the files say what they must which follow from the rest of the index.
  private func checkDerivedFiles() throws(SealiftError) {
    for (made, listed) in zip(derivedFiles(), files) where made != listed {
      throw .index("\(listed.path) does not follow from it")
    }
  }

  private func checkFiles() throws(SealiftError) {
    let fixed = HeadFile.fixedPaths
    guard files.prefix(fixed.count).map(\.path) == fixed else {
      throw .index("'files' does not begin with \(fixed.joined(separator: ", "))")
    }
    for file in files.prefix(fixed.count) where file.size > Self.maximumBytes {
      throw .index("\(file.path) is too large for the head")
    }
    try checkExtra(files.dropFirst(fixed.count))
  }

  private func checkExtra(_ extra: ArraySlice<HeadFile>) throws(SealiftError) {
    guard extra.count <= HeadFile.maximumExtraFiles else {
      throw .index("'files' has more than \(HeadFile.maximumExtraFiles) manifests and signatures")
    }
    var sum = 0
    for file in extra {
      guard HeadFile.isExtraPath(file.path) else { throw .index("'\(file.path)' is not a path for a file of the head") }
      guard file.size <= HeadFile.maximumExtraBytes else { throw .index("\(file.path) is too large for the head") }
      sum += file.size
    }
    guard sum <= HeadFile.maximumExtraSum else {
      throw .index("its manifests and signatures are larger than \(HeadFile.maximumExtraSum.asBytes)")
    }
    for (file, next) in zip(extra, extra.dropFirst()) {
      guard file.path.utf8.lexicographicallyPrecedes(next.path.utf8) else {
        throw .index("'\(next.path)' does not come after '\(file.path)'")
      }
    }
  }

  /// The place of each blob: in `metadata`, or behind these in `blobs`, or behind these in `held`.
  ///
  /// - Throws: `corrupt` if one stands twice.
  func placesOfBlobs() throws(SealiftError) -> [Digest: Int32] {
    guard metadata.count + blobs.count + held.count <= Self.maximumBlobs else {
      throw .index("it has more than \(Self.maximumBlobs) blobs")
    }
    var places: [Digest: Int32] = [:]
    places.reserveCapacity(metadata.count + blobs.count + held.count)
    func add(_ digest: Digest) throws(SealiftError) {
      guard places.updateValue(Int32(places.count), forKey: digest) == nil else {
        throw .index("\(digest) is listed twice")
      }
    }
    for descriptor in metadata { try add(descriptor.digest) }
    for blob in blobs { try add(blob.descriptor.digest) }
    for blob in held { try add(blob.descriptor.digest) }
    return places
  }

  private func checkBlobs() throws(SealiftError) {
    var sum = 0
    for descriptor in metadata {
      guard descriptor.size <= Self.maximumMetadata else {
        throw .index("\(descriptor.digest) is too large for the head")
      }
      sum += descriptor.size
    }
    guard sum <= Self.maximumMetadataSum else {
      throw .index("its metadata is larger than \(Self.maximumMetadataSum.asBytes)")
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

  private func checkImages(_ places: [Digest: Int32]) throws(SealiftError) {
    guard images.reduce(0, { $0 + max(1, $1.tags.count) }) <= Self.maximumTags else {
      throw .index("it has more than \(Self.maximumTags) tags")
    }
    var names: Set<TaggedName> = []
    for image in images {
      let digest = image.manifest.digest
      guard let place = places[digest], place < metadata.count, metadata[Int(place)] == image.manifest else {
        throw .index("image \(digest) is not among the metadata")
      }
      guard image.manifest.mediaType.isManifest else { throw .index("\(digest) is not an image") }
      guard ImageReference.isRepository(image.destination) else {
        throw .index("'\(image.destination)' is not a repository's path")
      }
      try check(image)
      for tag in image.tags {
        guard ImageReference.isTag(tag) else { throw .index("'\(tag)' is not a tag") }
        guard names.insert(TaggedName(repository: image.destination, tag: tag)).inserted else {
          throw .index("\(image.destination):\(tag) is listed twice")
        }
      }
    }
  }

  // Two texts that are there, and not a third that joins them: there can be 131,072.
  private struct TaggedName: Hashable {
    let repository: String
    let tag: String
  }

  private func check(_ image: Image) throws(SealiftError) {
    let digest = image.manifest.digest
    let requests = image.requests
    guard requests.allSatisfy({ !$0.source.isEmpty }) else {
      throw .index("image \(digest) has an empty source or reason")
    }
    guard image.also.isEmpty || Set(requests).count == requests.count else {
      throw .index("a further request for image \(digest) stands twice")
    }
    if let base = image.base, !Self.isBase(base) || !Image.isBuilt(image.source) {
      throw .index("'\(base)' is not a reference by digest that image \(digest) was built on")
    }
    for (digest, next) in zip(image.absent, image.absent.dropFirst()) where digest >= next {
      throw .index("'absent' of image \(image.manifest.digest) is not in order, or has \(next) twice")
    }
    for platform in image.platforms where !Self.isPlatform(platform) {
      throw .index("'\(platform)' is not a platform")
    }
  }

  private func checkReleases(_ manifests: Set<Digest>) throws(SealiftError) {
    let sizes = Dictionary(files.map { ($0.path, $0.size) }) { first, _ in first }
    var used: Set<String> = []
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
      try check(release, name, sizes, &used)
    }
    for file in files where file.path.hasPrefix(HeadFile.signaturePrefix) && !used.contains(file.path) {
      throw .index("no release needs \(file.path)")
    }
  }

  private func check(
    _ release: Release, _ name: String, _ sizes: [String: Int], _ used: inout Set<String>
  ) throws(SealiftError) {
    var seen: Set<String> = []
    var sum = 0
    for signature in release.signatures {
      guard ReleaseSignature.isFingerprint(signature.key) else {
        throw .index("'\(signature.key)' is not the fingerprint of a key")
      }
      guard signature.path.hasPrefix(release.signaturePrefix), seen.insert(signature.path).inserted else {
        throw .index("'\(signature.path)' is not a path for a signature of \(name), or is listed twice")
      }
      for path in [signature.path, signature.keyPath] where sizes[path] == nil {
        throw .index("a signature of \(name) needs \(path), which is not in 'files'")
      }
      used.formUnion([signature.path, signature.keyPath])
      sum += sizes[signature.path] ?? 0
    }
    guard release.signatures.count <= Release.maximumSignatures, sum <= Release.maximumSignatureBytes else {
      throw .index("\(name) has too many signatures, or too large ones")
    }
  }

  /// The greatest size of a manifest or config in the head, in bytes.
  public static let maximumMetadata = Manifest.maximumBytes
  /// The greatest size of all manifests and configs together: those of 20,000 images have less, and all are read before
  /// anything is said of a bundle.
  private static let maximumMetadataSum = 256 << 20
  /// The greatest number of tags, with an image without tags counted as one: each takes 250 bytes or more of
  /// `index.json`, which has a limit too.
  private static let maximumTags = 1 << 17
  /// The greatest number of blobs, with manifests and configs: more than 32 MiB of `bundle.json` can honestly list, and
  /// what a table of 2^18 places takes.
  static let maximumBlobs = 3 << 16
  /// The greatest number of different media types: there are some dozens.
  static let maximumMediaTypes = 4096
  /// The greatest number of images: each has 400 bytes or more, a manifest, a config and a layer.
  static let maximumImages = 1 << 16
  /// The greatest number of texts and digests in the lists of images, releases, catalogs, files and manifests together.
  static let maximumTexts = 1 << 18
  /// The greatest length of one text in bytes: the longest path that Linux opens.
  static let maximumText = 4096
  /// The greatest number of profiles of a file or of a manifest.
  static let maximumProfiles = 256
  /// The greatest size of the blobs' tar stream, 256 TiB: sums of sizes below it cannot overflow, and the seek table
  /// counts its frames in 32 bits.
  static let maximumStream = 1 << 48
}
