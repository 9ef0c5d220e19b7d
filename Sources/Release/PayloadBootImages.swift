public import Diagnostics
internal import Digests
internal import JSON
public import OCI

/// The images from which the machines of a release boot; of these, KubeVirt's are container images.
///
/// Nothing is read until it is asked for: few mirrors want it, and a payload whose file is damaged serves the rest.
///
/// Source: openshift/installer, data/data/coreos; the ConfigMap's `data.stream` is a stream of coreos/stream-metadata.
public struct PayloadBootImages: Sendable {
  /// The place in a payload.
  public static let path = "release-manifests/0000_50_installer_coreos-bootimages.yaml"
  /// The greatest size in bytes; real ones have about 100 KiB.
  public static let maximumBytes = 2 << 20

  private let bytes: [UInt8]

  /// Takes the file.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The KubeVirt images of an architecture, for `multi` of all that have one.
  ///
  /// - Parameters:
  ///   - architecture: The release's.
  ///   - release: What the release is called in messages.
  /// - Returns: None where the release has none for it.
  /// - Throws: `protocol` if the file cannot be read, or names an image otherwise than by digest.
  public func kubeVirt(
    for architecture: ReleaseArchitecture, release: String
  ) throws(SealiftError) -> [(architecture: ReleaseArchitecture, image: ImageReference)] {
    let source = "\(Self.path) of release \(release)"
    let maps = try PayloadConfigMap.all(bytes, source: source)
    guard let text = maps.first(where: { $0.kind == "ConfigMap" })?["stream"] else {
      throw Self.error("\(source) is no ConfigMap with a stream")
    }
    let stream = try JSONReader.value(Array(text.utf8), source: "the stream in \(source)")
    let wanted = architecture == .multi ? ReleaseArchitecture.allCases.filter { $0 != .multi } : [architecture]
    var images: [(architecture: ReleaseArchitecture, image: ImageReference)] = []
    for architecture in wanted {
      let kubeVirt = stream["architectures"]?[architecture.tagName]?["images"]?["kubevirt"]
      guard let text = kubeVirt?["digest-ref"]?.text else { continue }
      guard let image = try? ImageReference(text), image.digest != nil else {
        throw Self.error("\(source) names the KubeVirt image of \(architecture.tagName) as '\(text)', not by a digest")
      }
      images.append((architecture, image))
    }
    return images
  }

  private static func error(_ problem: String) -> SealiftError {
    SealiftError(.protocol, problem, nextStep: "leave kubeVirtContainer out, or ask the publisher of the release")
  }
}
