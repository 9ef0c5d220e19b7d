internal import Diagnostics
public import YAML

/// A chart that a `DeleteImageSetConfiguration` names under `delete.helm`.
///
/// A bundle knows a chart by its name and version; where it came from is neither in its index nor at the target.
public struct ChartDeletion: Sendable {
  /// The name.
  public let name: String
  /// The version; `nil` for all that the bundles have.
  public let version: String?
  /// Where it begins in the file.
  public let position: YAMLPosition

  /// Reads all that `delete.helm` names, those of repositories first.
  static func all(_ node: YAMLNode, under key: String) throws(SealiftError) -> [ChartDeletion] {
    let path = "\(key).helm"
    let stanza = try Stanza(node, path: path, honoured: ["repositories", "local"])
    var charts: [ChartDeletion] = []
    for node in try stanza["repositories"]?.elements() ?? [] {
      // `name` and `url` are for the reader: the same lines say what to pack.
      let repository = try Stanza(node, path: "\(path).repositories[]", honoured: ["name", "url", "charts"])
      let named = try repository.list("charts") { (node) throws(SealiftError) in
        try ChartDeletion(
          Stanza(
            node, path: "\(path).repositories[].charts[]", honoured: ["name", "version"],
            refused: ["imagePaths": finding]))
      }
      guard !named.isEmpty else {
        throw repository.position.error(
          "a repository of \(path) names no charts, and which charts came from it is not known here",
          nextStep: "name them under charts, as `sealift inspect` shows them")
      }
      charts += named
    }
    return try charts
      + stanza.list("local") { (node) throws(SealiftError) in
        try ChartDeletion(
          Stanza(
            node, path: "\(path).local[]", honoured: ["name", "version", "path"], refused: ["imagePaths": finding]))
      }
  }

  private static let finding = "says how to find images, and the bundle knows them"

  private init(_ stanza: Stanza) throws(SealiftError) {
    name = try stanza.required("name").string()
    version = try stanza.checked("version", "a version") { !$0.isEmpty }
    position = stanza.position
  }
}
