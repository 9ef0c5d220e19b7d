internal import Diagnostics

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
  /// Their names count whatever the case of their letters; two that are equal so are an error.
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

  /// A cursor at the value of a member, if the document has it.
  func cursor(at name: StaticString) -> JSONCursor? {
    Self.find(name, bytes, members, place).map { JSONCursor(bytes, members[$0].value, place) }
  }

  /// Where the value of a member lies.
  func value(of name: StaticString) -> Range<Int>? {
    Self.find(name, bytes, members, place).map { members[$0].value }
  }

  /// An error about the whole document.
  func flaw(_ problem: String) -> SealiftError { place.flaw(problem) }

  /// A document of its own, with a copy of the bytes.
  func copy() -> CatalogDocument {
    CatalogDocument(
      schema: schema, package: package, name: name, file: place.file, offset: place.offset, bytes: [UInt8](bytes))
  }

  private static func text(
    of name: StaticString, _ bytes: UnsafeRawBufferPointer, _ members: [JSONDocumentScanner.Member],
    _ place: DocumentPlace
  ) throws(SealiftError) -> String {
    guard let index = find(name, bytes, members, place) else { return "" }
    if find(name, bytes, members, place, after: index) != nil {
      throw place.flaw("the field '\(name)' stands twice in a document", at: members[index].name.lowerBound)
    }
    var cursor = JSONCursor(bytes, members[index].value, place)
    return try cursor.string()
  }

  private static func find(
    _ name: StaticString, _ bytes: UnsafeRawBufferPointer, _ members: [JSONDocumentScanner.Member],
    _ place: DocumentPlace, after first: Int = -1
  ) -> Int? {
    members[(first + 1)...].firstIndex { member in
      // With its quotes, for the cursor.
      var cursor = JSONCursor(bytes, member.name.lowerBound - 1..<member.name.upperBound + 1, place)
      return (try? cursor.text())?.isField(name) ?? false
    }
  }
}
