internal import Catalog
internal import Diagnostics
internal import OCI

/// Leaves out the bundles whose images cannot be had, and those that need them.
struct CatalogDropping {
  /// The catalogs, as far as they are left.
  private(set) var catalogs: [GatheredCatalog]
  /// What was left out and why: one sentence each.
  private(set) var sentences: [String] = []

  private let unmetBefore: Set<Unmet>

  private struct Unmet: Hashable {
    let selection: Int
    let bundle: OperatorBundleName
    let reason: String
  }

  /// - Parameter catalogs: The catalogs with all bundles.
  init(_ catalogs: [GatheredCatalog]) throws(SealiftError) {
    self.catalogs = catalogs
    unmetBefore = try Self.unmet(catalogs)
  }

  /// Leaves out all bundles that need one of these images, and what depends on them.
  ///
  /// - Parameter missing: The places of the images.
  /// - Throws: `configuration` where a package would lose its default channel, or a catalog all packages.
  mutating func drop(_ missing: Set<RequestPlace>) throws(SealiftError) {
    for place in catalogs.indices {
      var bundles: Set<OperatorBundleName> = []
      let unusable = try catalogs[place].requests().unusable.map(\.bundle)
      for package in catalogs[place].catalog.sortedPackages {
        for bundle in package.bundles {
          let name = OperatorBundleName(package: package.name, bundle: bundle.name)
          let isUnusable = unusable.contains(name)
          let isWithoutImages = try isUnusable ? true : !missing.isDisjoint(with: bundle.places())
          if isWithoutImages { bundles.insert(name) }
        }
      }
      try drop(bundles, at: place, because: "an image of it is missing")
    }
    while true {
      let unmet = try Self.unmet(catalogs).subtracting(unmetBefore)
      if unmet.isEmpty { return }
      for (place, unmet) in Dictionary(grouping: unmet, by: \.selection).sorted(by: { $0.key < $1.key }) {
        let reasons = unmet.map(\.reason).sorted().joined(separator: "; ")
        try drop(Set(unmet.map(\.bundle)), at: place, because: "\(reasons), which is left out")
      }
    }
  }

  private mutating func drop(
    _ bundles: Set<OperatorBundleName>, at place: Int, because reason: String
  ) throws(SealiftError) {
    guard !bundles.isEmpty else { return }
    let name = catalogs[place].name
    let (catalog, alsoDropped) = try catalogs[place].catalog.without(bundles, source: name)
    guard !catalog.packages.isEmpty else {
      throw SealiftError(
        .notFound, "nothing is left of \(name): images of all its bundles are missing",
        nextStep: "look at where its images come from")
    }
    catalogs[place].catalog = catalog
    catalogs[place].isWhole = false
    sentences += bundles.map(\.bundle).sorted().map { "bundle \($0) of \(name) is left out: \(reason)" }
    sentences += alsoDropped.map { "bundle \($0.bundle) of \(name) is left out: no update would lead to it" }
  }

  private static func unmet(_ catalogs: [GatheredCatalog]) throws(SealiftError) -> Set<Unmet> {
    let whole = CatalogRequest(isFull: true)
    let plan = try DependencyPlan(
      catalogs.map { CatalogSelection(source: $0.name, catalog: $0.catalog, request: whole) })
    return Set(
      plan.missing.map {
        Unmet(
          selection: $0.selection, bundle: OperatorBundleName(package: $0.package, bundle: $0.bundle), reason: $0.reason
        )
      })
  }
}

extension OperatorBundle {
  /// Where its images are requested.
  fileprivate func places() throws(SealiftError) -> [RequestPlace] {
    try images().compactMap { image in
      guard let reference = try? ImageReference(image.image) else { return nil }
      return ImageRequest(reference, source: image.image).place
    }
  }
}
