internal import BundleFormat
internal import Catalog
internal import Configuration
internal import Diagnostics
internal import Digests
internal import Publishing
internal import Versions
internal import YAML

/// Which catalogs, and which of their bundles, requests mean.
///
/// The index knows the names of a package's bundles and channels, and not which channel has which bundle: what cannot be
/// decided so is an error.
struct CatalogChoice: Sendable {
  private struct Name: Hashable {
    let catalog: String
    let package: String
    let bundle: String
  }

  private var whole: Set<String> = []
  private var chosen: Set<Name> = []

  init(_ requests: [OperatorRequest], in carried: [CarriedImages]) throws(SealiftError) {
    let catalogs = carried.flatMap(\.index.catalogs)
    for request in requests {
      let matching = catalogs.filter { request.catalog.isSource($0.source) }
      guard !matching.isEmpty else { throw Self.missing(request, catalogs) }
      if request.isWhole { whole.formUnion(matching.map(\.source)) }
      for package in request.request.packages { try add(package, request, matching) }
    }
  }

  private mutating func add(
    _ wanted: PackageRequest, _ request: OperatorRequest, _ catalogs: [BundleIndex.Catalog]
  ) throws(SealiftError) {
    let found = catalogs.flatMap { catalog in
      catalog.packages.filter { $0.name == wanted.name }.map { (catalog: catalog.source, package: $0) }
    }
    guard !found.isEmpty else {
      let names = Set(catalogs.flatMap { $0.packages.map(\.name) }).sorted()
      let near = nearestName(to: wanted.name, in: names)
      throw request.position.error(
        "no bundle has the package '\(wanted.name)' of \(request.catalog)\(near.map { "; did you mean \($0)?" } ?? "")",
        nextStep: "ask for one that there is: \(names.prefix(8).joined(separator: ", "))")
    }
    var isMet = false
    for (catalog, package) in found {
      let bounds = try Self.bounds(wanted, package, request)
      for bundle in package.operatorBundles where try Self.isMeant(bundle, bounds, package, request) {
        chosen.insert(Name(catalog: catalog, package: package.name, bundle: bundle))
        isMet = true
      }
    }
    guard isMet else {
      let names = Set(found.flatMap { $0.package.operatorBundles }).sorted()
      throw request.position.error(
        "no bundle has a version of the package '\(wanted.name)' that is asked for",
        nextStep: "there are \(names.prefix(8).joined(separator: ", "))")
    }
  }

  /// The bounds that hold for all of a package.
  private static func bounds(
    _ wanted: PackageRequest, _ package: BundleIndex.CatalogPackage, _ request: OperatorRequest
  ) throws(SealiftError) -> VersionBounds {
    for channel in wanted.channels where !package.channels.contains(channel.name) {
      let near = nearestName(to: channel.name, in: package.channels)
      throw request.position.error(
        "the package '\(package.name)' has no channel '\(channel.name)'\(near.map { "; did you mean \($0)?" } ?? "")",
        nextStep: "its channels are \(package.channels.joined(separator: ", "))")
    }
    if wanted.channels.isEmpty { return wanted.bounds }
    let bounds = Set(wanted.channels.map(\.bounds))
    guard wanted.channels.count == package.channels.count, bounds.count == 1, let common = bounds.first else {
      throw request.position.error(
        "which versions of the package '\(package.name)' its channels have is not known here",
        nextStep: "name the package without channels, with minVersion and maxVersion if only a part is meant")
    }
    return common.isEmpty ? wanted.bounds : common
  }

  private static func isMeant(
    _ bundle: String, _ bounds: VersionBounds, _ package: BundleIndex.CatalogPackage, _ request: OperatorRequest
  ) throws(SealiftError) -> Bool {
    if bounds.isEmpty { return true }
    guard let version = version(of: bundle) else {
      throw request.position.error(
        "the name of \(bundle) in the package '\(package.name)' tells no version, so it cannot be compared",
        nextStep: "name the package without minVersion and maxVersion")
    }
    return bounds.contains(version)
  }

  /// The version in the name of a bundle: `name.v1.2.3`, `name.1.2.3-4` and the like.
  static func version(of bundle: String) -> SemanticVersion? {
    var isWordStart = false
    for index in bundle.indices {
      let character = bundle[index]
      if isWordStart, character.isASCII, character.isNumber, let version = SemanticVersion(String(bundle[index...])) {
        return version
      }
      // `.v1`: the letter is no part of the version, and begins the word all the same.
      isWordStart = character == "." || character == "-" || (isWordStart && character == "v")
    }
    return nil
  }

  /// What is meant of one bundle: the images of whole catalogs, and the operator bundles that no other catalog has too.
  func choice(in index: BundleIndex) -> (catalogs: Set<Digest>, operatorBundles: Set<String>) {
    let kept = Set(index.catalogs.filter { !whole.contains($0.source) }.map(\.digest))
    let catalogs = Set(index.catalogs.filter { whole.contains($0.source) }.map(\.digest)).subtracting(kept)
    var operatorBundles: Set<String> = []
    var others: Set<String> = []
    for catalog in index.catalogs {
      for package in catalog.packages {
        for bundle in package.operatorBundles {
          let name = Name(catalog: catalog.source, package: package.name, bundle: bundle)
          if whole.contains(catalog.source) || chosen.contains(name) {
            operatorBundles.insert(bundle)
          } else {
            others.insert(bundle)
          }
        }
      }
    }
    return (catalogs, operatorBundles.subtracting(others))
  }

  private static func missing(_ request: OperatorRequest, _ catalogs: [BundleIndex.Catalog]) -> SealiftError {
    let sources = Set(catalogs.map(\.source)).sorted()
    let near = nearestName(to: request.catalog.description, in: sources)
    return request.position.error(
      "no bundle has the catalog '\(request.catalog)'\(near.map { "; did you mean \($0)?" } ?? "")",
      nextStep: sources.isEmpty
        ? "name the bundle that brought it with --bundle" : "the catalogs are \(sources.joined(separator: ", "))")
  }
}

extension OperatorRequest.Origin {
  /// Whether an index names this place.
  fileprivate func isSource(_ source: String) -> Bool {
    (try? OperatorRequest.Origin(source)) == self
  }
}
