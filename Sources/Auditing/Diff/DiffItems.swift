internal import BundleFormat
internal import Content
internal import Digests
internal import JSON
internal import OCI
internal import Versions

extension BundleContents.Release {
  /// It as one thing that is compared.
  var item: BundleDiff.Item {
    .init(
      "\(version) \(architecture)",
      [.init("digest", .string(digest)), .init("signers", .strings(signers)), .init("source", .string(source))])
  }
}

extension BundleContents.Catalog {
  /// Its image as one thing that is compared.
  func item(_ names: CatalogNames) -> BundleDiff.Item {
    .init(
      names[source],
      [.init("digest", .string(digest)), .init("pruned", .boolean(isPruned)), .init("source", .string(source))])
  }

  /// Its packages, each as one thing.
  func packageItems(_ names: CatalogNames) -> [BundleDiff.Item] {
    packages.map { package in
      .init(
        "\(package.name) in \(names[source])",
        [
          .init("bundles", .strings(package.operatorBundles)), .init("channels", .strings(package.channels)),
          .init("defaultChannel", .string(package.defaultChannel)),
          .init("version", .text(package.newestVersion?.description)),
        ])
    }
  }
}

extension BundleIndex.Image {
  /// It under each of its names at a target.
  var items: [BundleDiff.Item] {
    let facts: [JSONValue.Member] = [
      .init("absent", .strings(absent.map(\.description))), .init("digest", .string(manifest.digest.description)),
      .init("platforms", .strings(platforms)), .init("reasons", .strings(reasons.map(\.description))),
      .init("sources", .strings(sources)),
    ]
    return destinations.map { .init($0, facts) }
  }
}

extension BundleContents.File {
  /// It as one thing that is compared.
  var item: BundleDiff.Item {
    .init(
      name,
      [
        .init("digest", .string(digest)), .init("profiles", .strings(profiles)), .init("size", .integer(size)),
        .init("source", .string(source)),
      ])
  }
}

extension BundleContents.Template {
  /// It as one thing that is compared.
  var item: BundleDiff.Item {
    .init(
      path,
      [
        .init("digest", .string(digest.description)), .init("grants", .text(grants)), .init("kind", .string(kind)),
        .init("name", .string(name)), .init("namespace", .text(namespace)), .init("profiles", .strings(profiles)),
        .init("size", .integer(size)), .init("source", .text(source)),
      ])
  }
}

extension BundleContents.Tool {
  /// It as one thing that is compared.
  var item: BundleDiff.Item { .init(path, [.init("digest", .string(digest)), .init("size", .integer(size))]) }
}
