internal import BundleFormat
internal import Catalog
internal import CatalogImages
internal import ClusterManifests
internal import Digests

/// A catalog whose image is known.
public struct PackedCatalog: Sendable {
  /// What is kept of it.
  let gathered: GatheredCatalog
  /// The digest of its image.
  let digest: Digest
  /// The repository at the target.
  let destination: String
  /// What its image is made of.
  let form: CarriedCatalog.Form

  /// What cluster manifests need of it.
  ///
  /// - Parameter isNamedByTag: Whether clusters name it by tag.
  func carried(isNamedByTag: Bool) -> CarriedCatalog {
    CarriedCatalog(
      source: gathered.name, destination: destination, version: gathered.version, tag: gathered.tag(of: digest),
      digest: digest, form: form, template: gathered.template, isNamedByTag: isNamedByTag)
  }

  /// What the user should know of what is in it: one sentence each.
  var notes: [String] {
    if form == .published, gathered.publishedImage?.place.isDatabase == true {
      return [
        "\(gathered.name) is an SQLite database, which OLM v1 cannot read: it will not serve the ClusterCatalog; "
          + "--catalog-base makes a file-based catalog of it"
      ]
    }
    let slowStart = form == .rebuilt ? gathered.catalog.slowStart(of: gathered.name) : nil
    return [slowStart].compactMap(\.self) + imageNotes
  }

  /// What cannot be installed by every means.
  private var imageNotes: [String] {
    let without = gathered.catalog.sortedPackages.flatMap(\.bundles).filter(\.image.isEmpty).map(\.name).inByteOrder
    guard let first = without.first else { return [] }
    let have = without.count > 1 ? "and \(without.count - 1) more have" : "has"
    return [
      "\(gathered.name): \(first) \(have) no bundle image: OLM takes what it installs from the catalog, but OLM v1, "
        + "which reads the ClusterCatalog, can install bundles with an image only"
    ]
  }

  /// Its entry of the index.
  var entry: BundleIndex.Catalog {
    BundleIndex.Catalog(
      digest: digest, packages: gathered.catalog.sortedPackages.compactMap(\.entry), pruned: form != .published,
      source: gathered.name)
  }
}

extension CatalogPackage {
  /// - Returns: `nil` for documents of other schemas alone, which are no package.
  fileprivate var entry: BundleIndex.CatalogPackage? {
    guard !channels.isEmpty else { return nil }
    return BundleIndex.CatalogPackage(
      operatorBundles: bundles.map(\.name).inByteOrder, channels: channels.map(\.name).inByteOrder,
      defaultChannel: defaultChannel, name: name)
  }
}

extension [String] {
  fileprivate var inByteOrder: [String] { sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}
