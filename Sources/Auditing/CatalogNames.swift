internal import Content
internal import OCI
internal import Versions

/// Names of catalogs that outlive a version: the source without its tag or digest, where one catalog has it.
struct CatalogNames {
  private let ambiguous: Set<String>

  /// - Parameter sides: The sources of the catalogs of several bundles.
  init(_ sides: [[String]]) {
    ambiguous = Set(
      sides.flatMap { sources in
        Dictionary(grouping: sources, by: Self.base).filter { $0.value.count > 1 }.keys
      })
  }

  /// The name of a catalog.
  subscript(source: String) -> String {
    let base = Self.base(source)
    return ambiguous.contains(base) ? source : base
  }

  private static func base(_ source: String) -> String {
    guard let reference = ImageReference(source: source) else { return source }
    return "\(reference.registry)/\(reference.repository)"
  }
}

extension BundleContents.Catalog.Package {
  /// The newest version that the names of its bundles have, which are `NAME.vVERSION` by habit.
  ///
  /// The heads of the channels stand in the catalog's image, and so not in the head of the bundle.
  var newestVersion: SemanticVersion? {
    operatorBundles.compactMap { name in
      name.firstRange(of: ".v").flatMap { SemanticVersion(String(name[$0.upperBound...])) }
    }.max { $0.precedes($1) }
  }
}
