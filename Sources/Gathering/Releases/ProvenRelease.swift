internal import BundleFormat
internal import ClusterManifests
internal import Diagnostics
internal import Digests
internal import Release
internal import Versions

/// A release whose payload was read and whose signatures were proven, wherever its images come from.
struct ProvenRelease: Sendable {
  /// The payload's reference, by digest.
  let source: String
  /// The payload's digest.
  let digest: Digest
  /// What the payload says of itself.
  let payload: ReleasePayload
  /// Its signatures; none where the user allowed that.
  let signatures: [ProvenReleaseSignature]

  /// How people call it: `4.18.1 amd64`.
  var name: String { "\(payload.version) \(payload.architecture.rawValue)" }

  /// What cluster manifests need of it.
  var carried: CarriedRelease {
    CarriedRelease(
      version: payload.version.description, architecture: payload.architecture.rawValue, digest: digest,
      signatures: signatures.map(\.bytes))
  }

  /// Its entry of the index, whose files are added to the head.
  func entry(_ files: inout HeadFileSet) throws(SealiftError) -> BundleIndex.Release {
    var entries: [BundleIndex.ReleaseSignature] = []
    for (number, signature) in signatures.enumerated() {
      let path = "\(BundleIndex.HeadFile.signaturePrefix)\(digest.tag)/signature-\(number + 1)"
      let entry = BundleIndex.ReleaseSignature(key: signature.key.fingerprint, path: path)
      try files.add(path, signature.bytes)
      try files.add(entry.keyPath, signature.key.bytes)
      entries.append(entry)
    }
    return BundleIndex.Release(
      architecture: payload.architecture.rawValue, digest: digest, signatures: entries, source: source,
      version: payload.version.description)
  }
}
