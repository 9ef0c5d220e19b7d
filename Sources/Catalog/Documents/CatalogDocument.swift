public import Diagnostics
public import JSON

/// One document of a file-based catalog that is kept: its JSON text as it came, or as YAML translates to it.
public final class CatalogDocument: Sendable {
  /// What it describes: `olm.bundle` and the like; any other is passed on untouched.
  public let schema: String
  /// The package to which it belongs; empty for none.
  public let package: String
  /// Its name; empty for none.
  public let name: String
  /// The file from which it came.
  public let file: String
  /// The JSON text, without space around it.
  public let bytes: [UInt8]

  let offset: Int?
  // Of YAML, in whose translation nothing stands twice any more.
  private let repeatedKey: String?

  /// Makes one of text that is already known to be a JSON object with these members.
  init(
    schema: String, package: String, name: String, file: String, offset: Int? = nil, repeatedKey: String? = nil,
    bytes: [UInt8]
  ) {
    self.schema = schema
    self.package = package
    self.name = name
    self.file = file
    self.offset = offset
    self.repeatedKey = repeatedKey
    self.bytes = bytes
  }

  /// The document as a tree, read as OLM reads it.
  ///
  /// - Throws: `corrupt` for what is not JSON.
  public func value() throws(SealiftError) -> JSONValue {
    try JSONReader.value(bytes, source: file, code: .corrupt, limits: CatalogLimits.json)
  }

  /// Reads the whole document, as must be done before it is handed on.
  ///
  /// - Parameter source: The name of the catalog, for messages.
  /// - Returns: The first names that stand twice in it: OLM takes the last one.
  @discardableResult
  func check(source: String) throws(SealiftError) -> [String] {
    do throws(SealiftError) {
      return try JSONReader.read(
        bytes, source: "\(source): \(description)", code: .corrupt, limits: CatalogLimits.json
      ) { (reader) throws(SealiftError) in
        try reader.skip()
        return [repeatedKey].compactMap(\.self) + reader.repeatedNames
      }
    } catch {
      throw error.reworded(nextStep: DocumentPlace.nextStep)
    }
  }

  /// The same document with other text.
  func replacing(_ bytes: [UInt8]) -> CatalogDocument {
    CatalogDocument(
      schema: schema, package: package, name: name, file: file, offset: offset, repeatedKey: repeatedKey, bytes: bytes)
  }

  var place: DocumentPlace { DocumentPlace(file: file, offset: offset) }

  var subject: String { "\(schema) '\(name)'" }

  var description: String {
    let owner = package.isEmpty || schema == CatalogSchema.package ? "" : " of package \(package)"
    return "\(subject)\(owner) in \(file)"
  }
}

/// The schemas that OLM defines.
enum CatalogSchema {
  static let package = "olm.package"
  static let channel = "olm.channel"
  static let bundle = "olm.bundle"
  static let deprecations = "olm.deprecations"
}
