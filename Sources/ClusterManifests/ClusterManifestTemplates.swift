public import Diagnostics

/// The objects of a bundle as they stand in it, with the placeholder for the target.
public enum ClusterManifestTemplates {
  /// All of them, sorted by path.
  ///
  /// - Parameters:
  ///   - images: All images of the bundle but those that refer to others, in the order of the bundle.
  ///   - releases: The releases; the same one may stand twice.
  ///   - updateService: The update service, if there is one.
  ///   - catalogs: The operator catalogs.
  ///   - earlier: Templates of earlier bundles, whose images the target has as well.
  /// - Throws: `configuration` if an object would be too large, cannot be named, or has the name of another.
  public static func all(
    images: [MirroredImage], releases: [CarriedRelease] = [], updateService: ClusterManifest? = nil,
    catalogs: [CarriedCatalog] = [], keeping earlier: [ClusterManifest] = []
  ) throws(SealiftError) -> [ClusterManifest] {
    var files = MirrorSets.templates(images, keeping: earlier)
    for release in releases {
      if let file = try release.signatureConfigMap() { files.append(file) }
    }
    if let updateService { files.append(updateService) }
    files += try CarriedCatalog.templates(catalogs)
    let unique = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
    return unique.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }
}
