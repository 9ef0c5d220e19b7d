internal import Diagnostics
internal import JSON
internal import YAML

/// A Kubernetes object of a payload, as far as a ConfigMap is read.
struct PayloadConfigMap {
  private(set) var kind = ""
  /// The names of the annotations.
  private(set) var annotations: [String] = []
  /// The texts by name, in the order of the file.
  private(set) var data: [(name: String, text: String)] = []

  /// The text of a name.
  subscript(name: String) -> String? { data.first { $0.name == name }?.text }

  /// Reads all objects of a file in YAML or JSON.
  ///
  /// - Throws: `protocol` for what cannot be read strictly.
  static func all(_ bytes: [UInt8], source: String) throws(SealiftError) -> [PayloadConfigMap] {
    if bytes.first(where: { !Self.spaces.contains($0) }) == UInt8(ascii: "{") {
      return [PayloadConfigMap(try JSONReader.value(bytes, source: source))]
    }
    var maps: [PayloadConfigMap] = []
    for document in try YAMLReader.documents(bytes, source: source, code: .protocol) {
      if case .mapping = document.content { maps.append(try PayloadConfigMap(document)) }
    }
    return maps
  }

  private static let spaces = Array(" \t\r\n".utf8)

  private init(_ object: JSONValue) {
    kind = object["kind"]?.text ?? ""
    annotations = object["metadata"]?["annotations"]?.members?.map(\.name) ?? []
    data = object["data"]?.members?.compactMap { member in member.value.text.map { (member.name, $0) } } ?? []
  }

  private init(_ object: YAMLNode) throws(SealiftError) {
    if let node = object["kind"] { kind = try node.string() }
    // Other kinds have other things there.
    guard kind == "ConfigMap" else { return }
    if let node = object["metadata"]?["annotations"] { annotations = try node.entries().map(\.key) }
    for entry in try object["data"]?.entries() ?? [] {
      if case .scalar(let text, _) = entry.value.content { data.append((entry.key, text)) }
    }
  }
}
