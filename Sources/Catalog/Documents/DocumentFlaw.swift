internal import Diagnostics
internal import YAML

/// Why a document of a catalog cannot be read, and whose it is as far as that can be told.
struct DocumentFlaw {
  /// What the document is; empty if that cannot be told.
  let schema: String
  /// The package to which it belongs; empty if that cannot be told.
  let package: String
  /// Its name; empty if that cannot be told.
  let name: String
  /// What is wrong, and where.
  let problem: String

  init(schema: String = "", package: String = "", name: String = "", _ error: SealiftError) {
    self.schema = schema
    self.package = package
    self.name = name
    problem = error.problem
  }

  /// Reads of a document in JSON whose it is, as far as its members go.
  init(
    _ error: SealiftError, _ bytes: UnsafeRawBufferPointer, _ members: [JSONDocumentScanner.Member],
    _ place: DocumentPlace
  ) {
    func member(_ name: StaticString) -> String { ScannedDocument.member(name, bytes, members, place) }
    let schema = member("schema")
    self.init(
      schema: schema, package: member(schema == CatalogSchema.package ? "name" : "package"), name: member("name"), error
    )
  }

  /// Reads of a document in YAML whose it is.
  init(_ error: SealiftError, _ node: YAMLNode) {
    func field(_ name: String) -> String { (try? node[name]?.string()) ?? "" }
    let schema = field("schema")
    self.init(
      schema: schema, package: field(schema == CatalogSchema.package ? "name" : "package"), name: field("name"), error)
  }

  /// Reads of text that is no YAML whose it is, as far as its outermost lines say so.
  init(_ error: SealiftError, lines text: [UInt8]) {
    var fields: [String: String] = [:]
    let lines = text.split(separator: UInt8(ascii: "\n"))
    // Where other documents may be in it, nobody knows whose they are.
    let isOne = !lines.contains { $0.first == UInt8(ascii: "{") || $0.starts(with: "...".utf8) }
    for line in lines where isOne {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let value = String(decoding: line[(colon + 1)...], as: UTF8.self).split { " \t\r\"'".contains($0) }.first
      fields[String(decoding: line[..<colon], as: UTF8.self)] = value.map { String($0) }
    }
    let schema = fields["schema"] ?? ""
    self.init(
      schema: schema, package: fields[schema == CatalogSchema.package ? "name" : "package"] ?? "",
      name: fields["name"] ?? "", error)
  }

  /// The problem as something that its package has.
  var ofPackage: String { "has \(subject) that cannot be read: \(problem)" }

  private var subject: String {
    let name = name.isEmpty ? "" : " '\(name)'"
    switch schema {
    case CatalogSchema.package: return "an olm.package"
    case CatalogSchema.channel: return "a channel\(name)"
    case CatalogSchema.bundle: return "a bundle\(name)"
    case CatalogSchema.deprecations: return "deprecations"
    case "": return "a document\(name)"
    default: return "a document\(name) of schema '\(schema)'"
    }
  }
}
