internal import Diagnostics
internal import JSON
internal import YAML

/// Kubernetes manifests, as JSON or YAML.
enum ClusterManifestText {
  /// Reads a file that holds one manifest as a tree.
  static func value(_ bytes: [UInt8], source: String) throws(SealiftError) -> JSONValue {
    let values = try values(bytes, source: source)
    guard let value = values.first, values.count == 1 else {
      throw SealiftError(
        .corrupt, "\(source) holds \(values.count) manifests, where there must be one",
        nextStep: "put each into a file of its own")
    }
    return value
  }

  /// Reads all manifests of a file as trees; documents that are empty are none.
  static func values(_ bytes: [UInt8], source: String) throws(SealiftError) -> [JSONValue] {
    let isJSON = bytes.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
    if isJSON, let values = try? JSONReader.values(bytes, source: source, code: .corrupt, limits: CatalogLimits.json) {
      return values
    }
    // What is no JSON can be YAML in braces.
    var values: [JSONValue] = []
    for node in try YAMLReader.documents(bytes, source: source, code: .corrupt, dialect: .lenient) where !node.isNull {
      let json = try YAMLTranslation.json(node)
      values.append(try JSONReader.value(json, source: source, code: .corrupt, limits: CatalogLimits.json))
    }
    return values
  }
}
