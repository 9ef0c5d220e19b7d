internal import BundleFormat
internal import Catalog
internal import ClusterManifests
internal import Diagnostics
internal import Digests

/// A catalog whose image is known.
struct PackedCatalog: Sendable {
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
    if form == .published, case .database? = gathered.publishedImage?.place {
      return [
        "\(gathered.name) is an SQLite database, which OLM v1 cannot read: it will not serve the ClusterCatalog; "
          + "--catalog-base makes a file-based catalog of it"
      ]
    }
    let slowStart = form == .rebuilt ? Self.slowStart(of: gathered.name, gathered.catalog.documentBytes) : nil
    return [slowStart].compactMap(\.self) + imageNotes
  }

  /// The note that a pod may start slowly: without a cache, `opm` makes one of all documents at every start.
  ///
  /// Source: oc-mirror, pull request 899: 42 s for 45 to 70 operators; OLM's startup probe ends a pod after 100 s.
  static func slowStart(of name: String, _ documentBytes: Int) -> String? {
    guard documentBytes > slowBytes else { return nil }
    return
      "\(name): its \(documentBytes.asBytes) of documents are read anew at every start of its pod, because a catalog "
      + "that was changed has no cache; OLM gives a start 100 s, and a slow node may need more: ask for fewer packages, or "
      + "for the whole catalog"
  }

  static let slowBytes = 50 << 20

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

extension Catalog {
  /// The size of all documents.
  var documentBytes: Int {
    (others + sortedPackages.flatMap(\.documents)).reduce(0) { $0 + $1.bytes.count }
  }
}

extension CatalogPackage {
  /// - Returns: `nil` for documents of other schemas alone, which are no package.
  fileprivate var entry: BundleIndex.CatalogPackage? {
    guard !channels.isEmpty else { return nil }
    return BundleIndex.CatalogPackage(
      bundles: bundles.map(\.name).inByteOrder, channels: channels.map(\.name).inByteOrder,
      defaultChannel: defaultChannel, name: name)
  }
}

extension [String] {
  fileprivate var inByteOrder: [String] { sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}
