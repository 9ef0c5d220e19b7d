import JSON
import SystemIO
import TestSupport
import Testing

/// A configuration that asks for sample catalogs, and a directory to work in.
final class CatalogJob {
  let world: CatalogWorld
  let directory: TemporaryDirectory

  /// - Parameter world: The catalogs, if not those that all tests share.
  init(_ world: CatalogWorld? = nil) throws {
    self.world = try world ?? CatalogWorld.shared()
    directory = try TemporaryDirectory()
  }

  var bundle: String { directory("bundle.tar.zst") }

  /// Writes the configuration.
  ///
  /// - Parameters:
  ///   - operators: Lines of the list `operators`; `@NAME` stands for a catalog of the registry.
  ///   - more: Further lines of `mirror`.
  func configure(_ operators: String, also more: String = "") throws {
    var operators = operators
    // A name can be the beginning of another.
    for name in world.catalogs.keys.sorted(by: >) {
      operators = operators.replacing("catalog: @\(name)", with: "catalog: \(world.reference(name))")
    }
    let lines = operators.split(separator: "\n").map { "  \($0)\n" }.joined()
    let further = more.split(separator: "\n").map { "  \($0)\n" }.joined()
    let text =
      "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n  operators:\n\(lines)\(further)"
    try File(directory("imageset-config.yaml"), .replace).write(Array(text.utf8))
  }

  /// The arguments that pack what is configured.
  func pack(_ more: String...) -> [String] {
    [
      "pack", "-c", directory("imageset-config.yaml"), "--unsigned", "--src-tls-verify=false", "--retries", "0",
      "-o", bundle,
    ] + more
  }

  /// What `pack` says.
  func packed(_ more: String...) throws -> JSONValue {
    let result = try Program.succeed(pack("--json") + more)
    return try JSONReader.value(Array(result.output.utf8), source: "the report")
  }

  /// The arguments that unpack the bundle.
  func unpack(to target: RegistryServer, _ more: String...) -> [String] {
    ["unpack", bundle, target.address, "--allow-unsigned", "--dest-tls-verify=false", "--retries", "0"] + more
  }

  /// What is in the bundle.
  func inspected() throws -> JSONValue {
    let result = try Program.succeed(["inspect", "--json", bundle])
    return try JSONReader.value(Array(result.output.utf8), source: "the inspection")
  }

  /// The text of a cluster manifest in the bundle.
  func manifest(_ path: String) throws -> String {
    let result = try Program.succeed(["inspect", "--json", "--show", path, bundle])
    return try JSONReader.value(Array(result.output.utf8), source: "the inspection")["shown"]?.text ?? ""
  }

  /// The names of all bundles that a catalog of the report has.
  static func bundles(_ report: JSONValue, catalog: Int = 0) -> [String] {
    let packages = report["catalogs"]?.elements?[catalog]["packages"]?.elements ?? []
    return packages.flatMap { $0["bundles"]?.elements?.compactMap(\.text) ?? [] }
  }

  /// Every `repository:tag digest` that the report says will be at the target, sorted.
  static func planned(_ report: JSONValue) -> [String] {
    (report["images"]?.elements ?? []).flatMap { image in
      (image["destinations"]?.elements ?? []).map { "\($0.text ?? "?") \(image["digest"]?.text ?? "?")" }
    }.sorted()
  }
}
