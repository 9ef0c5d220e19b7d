internal import Diagnostics

/// One document on its way into a catalog: what was read of it, and its text if it is kept.
enum CatalogItem {
  case package(name: String, defaultChannel: String, CatalogDocument?)
  case channel(CatalogChannel)
  case bundle(OperatorBundle)
  case deprecations(package: String, DeprecationList)
  case other(CatalogDocument)
  case flaw(DocumentFlaw)

  private static let entryFields: [StaticString] = ["name", "replaces", "skips", "skipRange"]
  private static let deprecationFields: [StaticString] = ["reference", "message"]
  private static let referenceFields: [StaticString] = ["schema", "name"]

  /// Reads a document.
  ///
  /// - Parameters:
  ///   - isKept: Whether its text is kept.
  ///   - withImages: Whether the images of a bundle are read, which only those that are kept need.
  /// - Returns: `nil` for one that is neither kept nor needed.
  init?(_ document: ScannedDocument, isKept: Bool, withImages: Bool) throws(SealiftError) {
    let copy = isKept ? document.copy() : nil
    switch document.schema {
    case CatalogSchema.package:
      var channel = ""
      if var cursor = document.cursor(at: "defaultChannel") { channel = try cursor.string() }
      self = .package(name: document.name, defaultChannel: channel, copy)
    case CatalogSchema.channel:
      let entries = try Self.entries(document)
      self = .channel(
        CatalogChannel(name: document.name, package: document.package, entries: entries, document: copy))
    case CatalogSchema.bundle:
      var bundle = try OperatorBundleReader.read(document, withImages: withImages)
      bundle.document = copy
      self = .bundle(bundle)
    case CatalogSchema.deprecations:
      let entries = try Self.deprecations(document)
      self = .deprecations(package: document.package, DeprecationList(entries: entries, document: copy))
    default:
      guard let copy else { return nil }
      self = .other(copy)
    }
  }

  static func entries(_ document: ScannedDocument) throws(SealiftError) -> [CatalogChannel.Entry] {
    var entries: [CatalogChannel.Entry] = []
    guard var cursor = document.cursor(at: "entries") else { return [] }
    try cursor.array { (cursor) throws(SealiftError) in
      var (name, replaces, range) = ("", "", "")
      var skips: [String] = []
      try cursor.fields(entryFields) { (cursor, field) throws(SealiftError) in
        switch field {
        case 0: name = try cursor.string()
        case 1: replaces = try cursor.string()
        case 2: try cursor.array { (cursor) throws(SealiftError) in skips.append(try cursor.string()) }
        default: range = try cursor.string()
        }
      }
      entries.append(
        .init(name: name, replaces: replaces.isEmpty ? nil : replaces, skips: skips, skipRange: range))
    }
    return entries
  }

  static func deprecations(_ document: ScannedDocument) throws(SealiftError) -> [DeprecationList.Entry] {
    var entries: [DeprecationList.Entry] = []
    guard var cursor = document.cursor(at: "entries") else { return [] }
    try cursor.array { (cursor) throws(SealiftError) in
      var reference = ["", ""]
      var message = ""
      try cursor.fields(deprecationFields) { (cursor, field) throws(SealiftError) in
        guard field == 0 else { return message = try cursor.string() }
        try cursor.fields(referenceFields) { (cursor, field) throws(SealiftError) in
          reference[field] = try cursor.string()
        }
      }
      entries.append(.init(schema: reference[0], name: reference[1], message: message))
    }
    return entries
  }
}

extension Catalog {
  /// Puts a document in its place.
  mutating func add(_ item: CatalogItem) {
    switch item {
    case .flaw(let flaw): add(flaw)
    case .package(let name, let defaultChannel, let document):
      with(name) { package in
        if package.packageDocumentCount == 0 { package.defaultChannel = defaultChannel }
        package.packageDocumentCount += 1
        if let document { package.packageDocuments.append(document) }
      }
    case .channel(let channel):
      with(channel.package) { $0.channels.append(channel) }
    case .bundle(let bundle): with(bundle.package) { $0.bundles.append(bundle) }
    case .deprecations(let name, let list): with(name) { $0.deprecations.append(list) }
    case .other(let document):
      if document.package.isEmpty {
        others.append(document)
      } else {
        with(document.package) { $0.others.append(document) }
      }
    }
  }

  /// A flaw stays with the bundle or the package that has it.
  private mutating func add(_ flaw: DocumentFlaw) {
    guard !flaw.package.isEmpty else { return flaws.append(flaw.problem) }
    with(flaw.package) { package in
      guard flaw.schema == CatalogSchema.bundle, !flaw.name.isEmpty else {
        return package.flaws.append(flaw.ofPackage)
      }
      var bundle = OperatorBundle(name: flaw.name, package: flaw.package)
      bundle.flaws = ["cannot be read: \(flaw.problem)"]
      bundle.isUnreadable = true
      package.bundles.append(bundle)
    }
  }

  private mutating func with(_ name: String, _ change: (inout CatalogPackage) -> Void) {
    change(&packages[name, default: CatalogPackage(name: name)])
  }
}
