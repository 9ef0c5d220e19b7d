import JSON
import SystemIO
import Testing

/// A receipt that `unpack` wrote.
///
/// Source: `formats/receipt.schema.json`.
struct Receipt {
  private let document: JSONValue

  init(_ path: String) throws {
    document = try JSONReader.value(FileSystem.read(path, limit: 64 << 20), source: "the receipt")
    try #require(document["apiVersion"]?.text == "sealift/receipt/v1")
  }

  var failure: String? { document["failure"]?.text }
  var bundle: String? { document["bundle"]?.text }
  var target: String? { document["target"]?.text }
  var signers: [String] { document["signers"]?.elements?.compactMap(\.text) ?? [] }
  var tags: [String] { elements("tags").compactMap { $0["name"]?.text } }

  /// How blobs, manifests and tags have ended, each way once.
  var outcomes: Set<String> {
    Set(["blobs", "manifests", "tags"].flatMap { elements($0).compactMap { $0["outcome"]?.text } })
  }

  /// How many blobs ended in a way.
  func blobs(_ outcome: String) -> Int { elements("blobs").count { $0["outcome"]?.text == outcome } }

  private func elements(_ name: String) -> [JSONValue] { document[name]?.elements ?? [] }
}
