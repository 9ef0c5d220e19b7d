internal import Diagnostics
internal import JSON

/// A document of which only the outermost members are known so far; it borrows its bytes.
struct ScannedDocument {
  /// The text.
  let bytes: UnsafeRawBufferPointer
  /// `schema`.
  let schema: String
  /// `package`; for a document of schema `olm.package` its name.
  let package: String
  /// `name`.
  let name: String

  private let members: [JSONDocumentScanner.Member]
  private let place: DocumentPlace

  /// Finds the three members that say what the document is.
  ///
  /// Their names count whatever the case of their letters; of two that are the same to the letter the last one counts, and
  /// others that are equal but for the case are an error.
  ///
  /// Source: operator-registry, `declcfg.Meta.UnmarshalJSON`.
  init(
    _ bytes: UnsafeRawBufferPointer, members: [JSONDocumentScanner.Member], place: DocumentPlace
  ) throws(SealiftError) {
    self.bytes = bytes
    self.members = members
    self.place = place
    schema = try Self.text(of: "schema", bytes, members, place)
    name = try Self.text(of: "name", bytes, members, place)
    let package = try Self.text(of: "package", bytes, members, place)
    guard !schema.isEmpty else { throw place.flaw("a document has no schema") }
    self.package = schema == CatalogSchema.package ? name : package
  }

  /// A cursor at the value of a member, if the document has it; at the last one if it stands twice.
  func cursor(at name: StaticString) -> JSONCursor? {
    value(of: name).map { JSONCursor(bytes, $0, place) }
  }

  /// Where the value of a member lies.
  func value(of name: StaticString) -> Range<Int>? {
    Self.find(name, bytes, members, place).last.map { members[$0].value }
  }

  /// An error about the whole document.
  func flaw(_ problem: String) -> SealiftError { place.flaw(problem) }

  /// What cannot be read of the document, and whose it is.
  func flaw(_ error: SealiftError) -> DocumentFlaw {
    DocumentFlaw(schema: schema, package: package, name: name, error)
  }

  /// Reads every part of the document.
  func check() throws(SealiftError) {
    try JSONReader.read(Array(bytes), source: place.file, code: .corrupt, limits: CatalogLimits.json) {
      (reader) throws(SealiftError) in try reader.skip()
    }
  }

  /// A document of its own, with a copy of the bytes.
  func copy() -> CatalogDocument {
    CatalogDocument(
      schema: schema, package: package, name: name, file: place.file, offset: place.offset,
      repeatedKey: place.repeatedKey, bytes: [UInt8](bytes))
  }

  /// What a member says of which it is not sure that it can be read; empty if it cannot.
  static func member(
    _ name: StaticString, _ bytes: UnsafeRawBufferPointer, _ members: [JSONDocumentScanner.Member],
    _ place: DocumentPlace
  ) -> String {
    (try? text(of: name, bytes, members, place)) ?? ""
  }

  private static func text(
    of name: StaticString, _ bytes: UnsafeRawBufferPointer, _ members: [JSONDocumentScanner.Member],
    _ place: DocumentPlace
  ) throws(SealiftError) -> String {
    let found = find(name, bytes, members, place)
    guard let last = found.last else { return "" }
    for index in found
    where try self.name(of: members[index], bytes, place) != self.name(of: members[last], bytes, place) {
      throw place.flaw(
        "the field '\(name)' stands twice in a document, in letters of different case",
        at: members[index].name.lowerBound)
    }
    var cursor = JSONCursor(bytes, members[last].value, place)
    return try cursor.string()
  }

  private static func name(
    of member: JSONDocumentScanner.Member, _ bytes: UnsafeRawBufferPointer, _ place: DocumentPlace
  ) throws(SealiftError) -> String {
    // With its quotes, for the cursor.
    var cursor = JSONCursor(bytes, member.name.lowerBound - 1..<member.name.upperBound + 1, place)
    return try cursor.string()
  }

  private static func find(
    _ name: StaticString, _ bytes: UnsafeRawBufferPointer, _ members: [JSONDocumentScanner.Member],
    _ place: DocumentPlace
  ) -> [Int] {
    members.indices.filter { index in
      let quoted = members[index].name.lowerBound - 1..<members[index].name.upperBound + 1
      var cursor = JSONCursor(bytes, quoted, place)
      return (try? cursor.text())?.isField(name) ?? false
    }
  }
}
