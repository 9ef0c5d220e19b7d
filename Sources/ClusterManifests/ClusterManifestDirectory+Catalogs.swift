public import Digests
internal import YAML

extension ClusterManifestDirectory {
  /// The same where another image stands at the registry in place of a catalog's own, made on it.
  ///
  /// - Parameters:
  ///   - destination: The repository's path, relative to the target.
  ///   - digest: The catalog's own image.
  ///   - tags: Its tags.
  ///   - other: The image in its place.
  public func replacing(
    _ destination: String, _ digest: Digest, taggedAs tags: [String], by other: Digest
  ) -> ClusterManifestDirectory {
    guard digest != other else { return self }
    let name = Placeholder.reference(destination)
    let own = tags.map { "\(name):\($0)" }
    var result = self
    result.templates = templates.map { template in
      guard !template.isForeign, let image = template.catalogImage else { return template }
      var object = template.object
      if image == "\(name)@\(digest)" {
        object.set(template.catalogImagePath, .string("\(name)@\(other)"))
      } else if !own.contains(image) {
        return template
      }
      // A cache that the image holds is not of these documents.
      object.remove(["spec", "grpcPodConfig", "extractContent", "cacheDir"])
      return ClusterManifest(object)
    }
    return result
  }
}

extension ClusterManifestDirectory {
  /// The same with mirror sets of other images.
  ///
  /// - Parameter repositoryScope: As for `MirrorSets`.
  public func mirroring(_ images: [MirroredImage], repositoryScope: Bool) -> ClusterManifestDirectory {
    let sets = MirrorSets.templates(images, repositoryScope: repositoryScope)
    let paths = Set(sets.map(\.path))
    var result = self
    result.templates = templates.filter { $0.isForeign || !paths.contains($0.path) } + sets
    return result
  }
}

extension ClusterManifest {
  /// Where it names the image of a catalog.
  fileprivate var catalogImagePath: [String] {
    kind == "CatalogSource" ? ["spec", "image"] : ["spec", "source", "image", "ref"]
  }

  /// The image of the catalog that it is.
  fileprivate var catalogImage: String? {
    guard kind == "CatalogSource" || kind == "ClusterCatalog" else { return nil }
    return catalogImagePath.reduce(Optional(object)) { $0?[$1] }?.text
  }
}
