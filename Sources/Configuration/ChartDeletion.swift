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
  static func all(_ node: YAMLNode, under key: String, _ findings: Findings) throws(SealiftError) -> [ChartDeletion] {
    let path = "\(key).helm"
    let fields = Stanza.Fields(honoured: ["repositories", "local"], older: ["repos": "repositories"])
    let stanza = try Stanza(node, path: path, fields, findings)
    let inRepositories = stanza.list("repositories") { (node) throws(SealiftError) in
      // `name` and `url` are for the reader: the same lines say what to pack.
      let repository = try Stanza(
        node, path: "\(path).repositories[]", Stanza.Fields(honoured: ["name", "url", "charts"]), findings)
      guard try repository["charts"]?.elements().isEmpty == false else {
        throw repository.position.error(
          "a repository of \(path) names no charts, and which charts came from it is not known here",
          nextStep: "name them under charts, as `sealift inspect` shows them")
      }
      return repository.list("charts") { (node) throws(SealiftError) in
        try ChartDeletion(node, path: "\(path).repositories[].charts[]", findings)
      }
    }
    return inRepositories.flatMap(\.self)
      + stanza.list("local") { (node) throws(SealiftError) in
        try ChartDeletion(node, path: "\(path).local[]", findings)
      }
  }

  private static let finding = "it says how to find images, and the bundle knows them"

  private init(_ node: YAMLNode, path: String, _ findings: Findings) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: path,
      Stanza.Fields(
        honoured: ["name", "version", "path"],
        idle: Dictionary(
          uniqueKeysWithValues: ["imagePaths", "platforms", "values", "valuesFiles"].map { ($0, Self.finding) })),
      findings)
    position = stanza.position
    version = stanza.text("version")
    name = try stanza.requiredText("name")
  }
}
