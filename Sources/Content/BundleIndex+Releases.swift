public import BundleFormat
public import ClusterManifests
public import Diagnostics

extension BundleIndex {
  /// The same with those of its releases alone that are among others.
  public func with(_ releases: [CarriedRelease]) -> BundleIndex {
    var index = self
    let kept = Set(releases.map(\.digest))
    index.releases = index.releases.filter { kept.contains($0.digest) }
    return index
  }

  /// The releases with the signatures that a cluster is given.
  ///
  /// - Parameter store: Holds the files of the head.
  public func carriedReleases(_ store: MetadataStore) throws(SealiftError) -> [CarriedRelease] {
    let digests = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.digest) })
    var carried: [CarriedRelease] = []
    for release in releases {
      var messages: [[UInt8]] = []
      for signature in release.signatures {
        // A checked index lists all of them.
        if let digest = digests[signature.path] { messages.append(try store.required(digest)) }
      }
      carried.append(
        CarriedRelease(
          version: release.version, architecture: release.architecture, digest: release.digest, signatures: messages))
    }
    return carried
  }
}
