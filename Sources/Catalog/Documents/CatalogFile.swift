public import Diagnostics

/// One file of a catalog that is written: documents one after the other, each followed by a newline.
public struct CatalogFile: Sendable {
  /// The path below the catalog's directory.
  public let path: String
  /// The documents, in order.
  public let documents: [CatalogDocument]

  /// The size in bytes.
  public var size: Int { documents.reduce(0) { $0 + $1.bytes.count + 1 } }

  /// Hands the bytes of the file to `body`, document by document.
  public func write<Failure: Error>(_ body: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    for document in documents { try body(document.bytes + [UInt8(ascii: "\n")]) }
  }
}

extension Catalog {
  /// Packages of which documents were not kept, sorted: to write them, read the catalog again with those.
  public var packagesWithoutDocuments: [String] { sortedPackages.filter { !$0.hasAllDocuments }.map(\.name) }

  /// Looks at every byte of all documents, as must be done before they are handed on.
  ///
  /// - Parameter source: The name of the catalog, for messages.
  /// - Returns: What a person should know of them: one sentence each.
  /// - Throws: `corrupt`, with the document, its file and the byte.
  @discardableResult
  public func checkDocuments(source: String) throws(SealiftError) -> [String] {
    for document in others { try document.check(source: source) }
    var notes: [String] = []
    for package in sortedPackages { notes += try package.checkDocuments(source: source) }
    return notes
  }

  /// The files of this catalog, sorted by path: one for each package, and one for what belongs to none.
  ///
  /// The names of packages must be DNS labels, which `validate` ensures.
  ///
  /// - Throws: `internal` if a package was read without its documents.
  ///
  /// Source: operator-registry, `declcfg.WriteFS`.
  public func files() throws(SealiftError) -> [CatalogFile] {
    if let name = packagesWithoutDocuments.first {
      throw SealiftError(
        .internal, "package '\(name)' was read without its documents", nextStep: "report this as a defect")
    }
    let packages = sortedPackages.map { CatalogFile(path: "\($0.name)/catalog.json", documents: $0.documents) }
    let rest = others.isEmpty ? [] : [CatalogFile(path: "catalog.json", documents: others)]
    return (packages + rest).sorted { byteOrder($0.path, $1.path) }
  }
}

extension CatalogPackage {
  /// Looks at every byte of its documents.
  ///
  /// - Returns: A note, if names stand twice in them.
  func checkDocuments(source: String) throws(SealiftError) -> [String] {
    var found: [(document: CatalogDocument, name: String)] = []
    for document in documents {
      if let name = try document.check(source: source).first { found.append((document, name)) }
    }
    guard let first = found.first else { return [] }
    let more = found.count > 1 ? ", and the like in \(found.count - 1) more of its documents" : ""
    return [
      "package '\(name)': a name, '\(first.name)', stands twice in \(first.document.subject)\(more); as OLM reads it, the "
        + "last one counts"
    ]
  }

  fileprivate var hasAllDocuments: Bool {
    packageDocuments.count == packageDocumentCount && channels.allSatisfy { $0.document != nil }
      && bundles.allSatisfy { $0.document != nil } && deprecations.allSatisfy { $0.document != nil }
  }
}
