public import Diagnostics
internal import Digests
internal import JSON
internal import OCI

extension OperatorBundle {
  /// All images that the bundle needs, as they are written, each once: its own, then those it names.
  ///
  /// A bundle without `relatedImages` is asked for those of the ClusterServiceVersion that stands in its document.
  /// Empty references are left out. The bundle must have been read with its document.
  ///
  /// - Throws: `corrupt` for manifests that cannot be read.
  public func images() throws(SealiftError) -> [RelatedImage] {
    var images = [RelatedImage(name: "", image: image)] + relatedImages
    if relatedImages.allSatisfy({ $0.image.isEmpty }), hasManifests {
      for manifest in try manifests() { images += ClusterServiceVersion.images(of: manifest) }
    }
    var seen: Set<String> = []
    return images.filter { !$0.image.isEmpty && seen.insert($0.image).inserted }
  }

  /// The manifests of the properties `olm.bundle.object`.
  private func manifests() throws(SealiftError) -> [JSONValue] {
    guard let document else { return [] }
    var manifests: [JSONValue] = []
    for property in try document.value()["properties"]?.elements ?? []
    where property["type"]?.text == "olm.bundle.object" {
      guard let data = property["value"]?["data"]?.text, let bytes = Base64.decode(data) else {
        throw document.place.flaw("bundle '\(name)' has a property olm.bundle.object whose data is not base64")
      }
      manifests.append(
        try ClusterManifestText.value(bytes, source: "a manifest of bundle '\(name)' in \(document.file)"))
    }
    return manifests
  }
}

extension ClusterServiceVersion {
  // It is meant for a web page: real ones hold addresses of pages, and images that no deployment uses.
  private static let shownImage = "containerImage"
  private static let gatheringImage = "operators.openshift.io/must-gather-image"

  /// The images that a manifest names; none if it is of another kind.
  ///
  /// `spec.relatedImages` and the containers of its deployments, as OLM reads them, and beyond that the variables
  /// `RELATED_IMAGE_*` of those containers and the annotation for must-gather, for operators from before `relatedImages`;
  /// the annotation `containerImage` where nothing else names an image. What OLM does not read counts only where it is an
  /// image reference: real ones are web addresses, `REPLACE_IMAGE` and names without a tag.
  ///
  /// Source: operator-registry, `pkg/registry.ClusterServiceVersion.GetOperatorImages` and `GetRelatedImages`.
  static func images(of manifest: JSONValue) -> [RelatedImage] {
    guard manifest["kind"]?.text == "ClusterServiceVersion" else { return [] }
    var images = (manifest["spec"]?["relatedImages"]?.elements ?? []).map { image in
      RelatedImage(name: image["name"]?.text ?? "", image: image["image"]?.text ?? "")
    }
    let install = manifest["spec"]?["install"]
    for deployment in install?["spec"]?["deployments"]?.elements ?? [] {
      let pod = deployment["spec"]?["template"]?["spec"]
      for container in (pod?["containers"]?.elements ?? []) + (pod?["initContainers"]?.elements ?? []) {
        images.append(RelatedImage(name: container["name"]?.text ?? "", image: container["image"]?.text ?? ""))
        images += variables(of: container)
      }
    }
    let annotations = manifest["metadata"]?["annotations"]
    for annotation in images.contains(where: { !$0.image.isEmpty }) ? [gatheringImage] : [shownImage, gatheringImage] {
      guard let text = annotations?[annotation]?.text, (try? ImageReference(text)) != nil else { continue }
      images.append(RelatedImage(name: annotation, image: text))
    }
    var seen: Set<String> = []
    return images.filter { !$0.image.isEmpty && seen.insert($0.image).inserted }
  }

  private static func variables(of container: JSONValue) -> [RelatedImage] {
    (container["env"]?.elements ?? []).compactMap { variable in
      guard let name = variable["name"]?.text, name.hasPrefix("RELATED_IMAGE_"), let image = variable["value"]?.text
      else { return nil }
      let related = RelatedImage(name: name, image: image)
      return related.isReference ? related : nil
    }
  }
}

extension RelatedImage {
  /// Whether the image can be one. A reference without a tag or digest is one for OLM, though nothing can be fetched by
  /// it.
  fileprivate var isReference: Bool {
    // Only people and their tools write a transport before it.
    if image.contains("://") { return false }
    return (try? ImageReference(image)) != nil || (try? ImageReference(image + ":latest")) != nil
  }
}
