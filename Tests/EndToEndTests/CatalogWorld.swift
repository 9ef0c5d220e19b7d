import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport

/// Sample operator catalogs in a real registry, with every image that they name.
///
/// Source: `scripts/sample-catalogs` says what there is.
final class CatalogWorld: Sendable {
  private static let held = SharedFixture { try CatalogWorld() }

  /// The one that all tests of this process share; nothing changes it.
  static func shared() throws -> CatalogWorld { try held.get() }

  /// Whether all that it takes is installed.
  static let isPossible =
    RegistryServer.program != nil && (try? runTool("python3", ["-c", "import yaml, sqlite3"]).status) == 0
  /// Why tests that need it are skipped.
  static let reason = "docker-registry or python3 with yaml is not installed"

  let registry: RegistryServer
  /// The documents of the catalog `harbour`, of the packages whose images are there.
  let documents: [JSONValue]
  /// The digests of the images in the registry, by their references.
  let images: [String: Digest]
  /// References in the catalog that no image answers.
  let gone: [String]
  /// The digests of the catalog images, by name.
  let catalogs: [String: Digest]
  private let directory: TemporaryDirectory

  /// - Parameters:
  ///   - source: A file-based catalog in place of our own; its images get names of the registry.
  ///   - packages: The packages of it whose images are made.
  init(from source: String? = nil, packages: [String] = []) throws {
    directory = try TemporaryDirectory()
    registry = try RegistryServer()
    let folder = directory("world")
    let given = source.map { ["--catalog-dir", $0] } ?? []
    let made = try runTool(
      Repository.path("scripts/sample-catalogs"),
      [folder, "--registry", registry.address] + given + packages.flatMap { ["--package", $0] })
    guard made.status == 0 else {
      throw SealiftError(.internal, "there are no sample catalogs: \(made.errors)", nextStep: "read that")
    }
    let summary = try JSONReader.value(FileSystem.read("\(folder)/world.json", limit: 1 << 26), source: "the world")
    func digests(_ name: String) throws -> [String: Digest] {
      try Dictionary(
        uniqueKeysWithValues: (summary[name]?.members ?? []).map { ($0.name, try Digest($0.value.text ?? "")) })
    }
    documents = summary["documents"]?.elements ?? []
    gone = (summary["gone"]?.elements ?? []).compactMap(\.text)
    images = try digests("images")
    catalogs = try digests("catalogs")
  }

  /// The reference of a catalog image.
  func reference(_ catalog: String) -> String { "\(registry.address)/catalogs/\(catalog):v1" }

  /// The directory with the files of the catalog `harbour`.
  var configs: String { directory("world/configs") }

  /// The OCI layout with all that is in the registry.
  var layout: String { directory("world/images") }

  /// The documents of a package, or of none where it is empty.
  func documents(of package: String) -> [JSONValue] {
    documents.filter { ($0["schema"]?.text == "olm.package" ? $0["name"] : $0["package"])?.text ?? "" == package }
  }
}
