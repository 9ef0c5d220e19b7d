internal import Diagnostics
internal import Digests

extension FetchedManifest {
  /// A manifest that is sent to a target.
  ///
  /// - Parameter reference: What it is sent as.
  /// - Throws: `corrupt` if it is sent as another digest than its own; `protocol` if it is no manifest.
  static func sent(
    _ bytes: [UInt8], mediaType: MediaType, as reference: ManifestReference
  ) throws(SealiftError) -> FetchedManifest {
    let digest = SHA256Hasher.digest(of: bytes)
    let manifest = try Manifest(bytes, mediaType: mediaType, source: "manifest \(digest)")
    if case .digest(let expected) = reference, expected != digest {
      throw SealiftError(
        .corrupt, "the bytes given for manifest \(expected) have the digest \(digest)",
        nextStep: "get a fresh copy of what is being unpacked")
    }
    let descriptor = Descriptor(mediaType: manifest.mediaType, digest: digest, size: bytes.count)
    return FetchedManifest(descriptor: descriptor, bytes: bytes, manifest: manifest)
  }
}
