internal import BundleFormat
internal import OCI
internal import Release

/// A release of a registry that the configuration asks for.
struct GatheredRelease: Sendable {
  /// The payload's reference, by digest.
  let reference: ImageReference
  /// What it is.
  let proven: ProvenRelease
  /// The platforms of which its images are wanted.
  let platforms: WantedPlatforms
  /// The disk images for nodes in KubeVirt, where they are wanted.
  let kubeVirtImages: [(architecture: ReleaseArchitecture, image: ImageReference)]

  // Source: openshift/oc-mirror v2: where it puts payloads and components.
  private static let payloads = "openshift/release-images"
  private static let components = "openshift/release"
  private static let kubeVirtComponent = "kube-virt-container"

  /// The payload, then its components.
  var requests: [ImageRequest] {
    let payload = proven.payload
    var root = ImageRequest(reference, source: proven.source, repository: Self.payloads, tag: payload.tag)
    root.reason = .release(proven.name)
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
      image, source: image.description, repository: Self.components, tag: "\(proven.payload.tag)-\(component)")
    request.reason = .component(component, of: proven.name)
    return request
  }
}
