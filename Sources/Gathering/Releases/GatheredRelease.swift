internal import BundleFormat
internal import ClusterManifests
internal import Diagnostics
internal import Digests
internal import OCI
internal import Release
internal import Versions

/// A release whose payload was read and whose signatures were proven.
struct GatheredRelease: Sendable {
  /// The payload's reference, by digest.
  let source: ImageReference
  /// The payload's digest.
  let digest: Digest
  /// What the payload says of itself.
  let payload: ReleasePayload
  /// Its signatures; none where the user allowed that.
  let signatures: [ProvenReleaseSignature]
  /// The platforms of which its images are wanted.
  let platforms: WantedPlatforms
  /// The disk images for nodes in KubeVirt, where they are wanted.
  let kubeVirtImages: [(architecture: ReleaseArchitecture, image: ImageReference)]

  // Source: openshift/oc-mirror v2: where it puts payloads and components.
  private static let payloads = "openshift/release-images"
  private static let components = "openshift/release"
  private static let kubeVirtComponent = "kube-virt-container"

  /// How people call it: `4.18.1 amd64`.
  var name: String { "\(payload.version) \(payload.architecture.rawValue)" }

  /// The payload, then its components.
  var requests: [ImageRequest] {
    var root = ImageRequest(source, source: source.description, repository: Self.payloads, tag: payload.tag)
    root.reason = .release(name)
    let components = payload.references.components.map { request($0.name, $0.image) }
    let disks = kubeVirtImages.map { architecture, image in
      // A release for one architecture has one such image.
      let suffix = payload.architecture == .multi ? "-\(architecture.rawValue)" : ""
      return request(Self.kubeVirtComponent + suffix, image)
    }
    return ([root] + components + disks).map { request in
      var request = request
      request.platforms = platforms
      return request
    }
  }

  private func request(_ component: String, _ image: ImageReference) -> ImageRequest {
    var request = ImageRequest(
      image, source: image.description, repository: Self.components, tag: "\(payload.tag)-\(component)")
    request.reason = .component(component, of: name)
    return request
  }

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
      architecture: payload.architecture.rawValue, digest: digest, signatures: entries, source: source.description,
      version: payload.version.description)
  }
}
