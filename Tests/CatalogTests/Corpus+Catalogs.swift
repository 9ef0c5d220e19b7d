import SystemIO
import TestSupport

@testable import Catalog

extension Corpus {
  /// Every directory in which a catalog lies, without the directory of the corpus.
  static let catalogs: [String] = {
    guard let path = directory else { return [] }
    return [
      "community-operators-prod/v4.16", "community-operators-prod/v4.19", "kueue-fbc/v4.19", "kueue-fbc/v4.22",
      "mtv-fbc/v4.15", "oc-mirror-testdata", "volsync-operator-product-fbc/catalog-4-17",
      "volsync-operator-product-fbc/catalog-4-19",
    ].map { "catalogs/\($0)" }
      + ((try? FileSystem.list("\(path)/catalogs/oc-mirror-integration-catalogs")) ?? [])
      .filter { $0.hasPrefix("test-") }.map { "catalogs/oc-mirror-integration-catalogs/\($0)" }
      + ["exp-latest", "latest", "old"]
      .map { "catalogs/operator-registry-testdata/alpha/action/testdata/index-declcfgs/\($0)" }
      + ["catalogs/operator-registry-testdata/alpha/action/testdata/list-index"]
  }()

  static func files(_ directory: String) throws -> [String] {
    try FileSystem.list(directory).flatMap { name in
      let path = "\(directory)/\(name)"
      return FileSystem.isDirectory(path) ? try files(path) : [path]
    }
  }

  static func catalog(_ name: String, keeping: CatalogReader.Keeping = .everything) throws -> Catalog {
    let full = path(name)
    if FileSystem.isDirectory(full) { return try CatalogDirectory.read(full, keeping: keeping) }
    let reader = CatalogReader(keeping: keeping)
    reader.file(name)
    let bytes = try FileSystem.read(full, limit: 1 << 26)
    reader.take(bytes.span.bytes)
    reader.end()
    return try reader.catalog()
  }
}
