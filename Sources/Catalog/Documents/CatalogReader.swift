public import Diagnostics

/// Reads a file-based catalog from the bytes of its files, which may come in any order and in pieces of any size.
///
/// Documents are told by their content, never by the name of their file: YAML, JSON, or one JSON object after the other.
/// A document that is not asked for is passed over without being held, so memory follows what is kept. Files that
/// `.indexignore` names (in the syntax of `.gitignore`, in any directory) count for nothing, even if they cannot be read;
/// every other file must be one of documents.
///
/// Threads: one at a time.
public final class CatalogReader {
  /// Which documents are kept.
  public enum Keeping: Sendable {
    /// All of them.
    case everything
    /// Those of these packages, and those that belong to no package.
    case packages(Set<String>)
    /// None: only what plans and lists need.
    case facts
    /// Those of these bundles, by package, and all others of their packages, and those that belong to no package.
    case bundles([String: Set<String>])
  }

  private let keeping: Keeping
  private let isThorough: Bool
  private var files: [CatalogFileContent] = []
  private var current: CatalogFileContent?
  private var splitter = DocumentSplitter("")
  private var documents = 0

  /// Makes a reader without files.
  ///
  /// - Parameter isThorough: Whether also documents that are not kept are looked at in every part, so that all flaws are
  ///   found at once.
  public init(keeping: Keeping, isThorough: Bool = false) {
    self.keeping = keeping
    self.isThorough = isThorough
  }

  /// Begins a file.
  ///
  /// - Parameter path: Its path below the catalog's directory, without a slash at the start.
  public func file(_ path: String) {
    current = CatalogFileContent(path: path)
    splitter = DocumentSplitter(path)
  }

  /// Takes the next bytes of the file. What is wrong with them is reported by `catalog`.
  public func take(_ bytes: RawSpan) {
    guard let content = current, content.failure == nil else { return }
    bytes.withUnsafeBytes { bytes in
      do throws(SealiftError) {
        if content.isIgnoreFile { return try content.takeRules(bytes) }
        try splitter.take(bytes) { (found) throws(SealiftError) in try add(found, to: content) }
      } catch { content.failure = error }
    }
  }

  /// Ends the file.
  public func end() {
    guard let content = current else { return }
    current = nil
    files.append(content)
    guard content.failure == nil, !content.isIgnoreFile else { return }
    do throws(SealiftError) {
      try splitter.end { (found) throws(SealiftError) in try add(found, to: content) }
    } catch { content.failure = error }
  }

  /// The catalog of all files so far, the same whatever their order. What cannot be read of it are problems of its bundles
  /// and packages, and of the catalog where nobody can tell whose it is.
  ///
  /// - Throws: `corrupt` for the first file, by path, that is not ignored and goes beyond all bounds.
  public func catalog() throws(SealiftError) -> Catalog {
    let rules = IgnoreRules(files.filter(\.isIgnoreFile).map { ($0.path, $0.rules) })
    var catalog = Catalog()
    for file in files.sorted(by: { byteOrder($0.path, $1.path) }) {
      if !file.isIgnoreFile, rules.ignores(file.path) { continue }
      if let failure = file.failure { throw failure }
      for item in file.items { catalog.add(item) }
    }
    return catalog
  }

  private func add(_ found: DocumentSplitter.Found, to content: CatalogFileContent) throws(SealiftError) {
    documents += 1
    guard documents <= CatalogLimits.documents else {
      throw DocumentPlace(file: content.path, offset: nil).flaw(
        "the catalog has more than \(CatalogLimits.documents) documents")
    }
    switch found {
    case .flaw(let flaw): content.items.append(.flaw(flaw))
    case .document(let document):
      do throws(SealiftError) {
        if isThorough { try document.check() }
        let isKept = keeps(document)
        if let item = try CatalogItem(document, isKept: isKept, withImages: isKept || isThorough) {
          content.items.append(item)
        }
      } catch { content.items.append(.flaw(document.flaw(error))) }
    }
  }

  private func keeps(_ document: ScannedDocument) -> Bool {
    switch keeping {
    case .everything: true
    case .facts: false
    case .packages(let names): document.package.isEmpty || names.contains(document.package)
    case .bundles(let names):
      document.package.isEmpty
        || names[document.package].map { document.schema != CatalogSchema.bundle || $0.contains(document.name) }
          ?? false
    }
  }
}

/// What one file of a catalog holds.
final class CatalogFileContent {
  let path: String
  let isIgnoreFile: Bool
  var items: [CatalogItem] = []
  var rules: [UInt8] = []
  var failure: SealiftError?

  init(path: String) {
    self.path = path
    isIgnoreFile = path == ".indexignore" || path.hasSuffix("/.indexignore")
  }

  func takeRules(_ bytes: UnsafeRawBufferPointer) throws(SealiftError) {
    guard rules.count + bytes.count <= CatalogLimits.ignoreFileBytes else {
      throw DocumentPlace(file: path, offset: nil).flaw(
        "it is larger than \(CatalogLimits.ignoreFileBytes.asBytes)")
    }
    rules += bytes
  }
}
