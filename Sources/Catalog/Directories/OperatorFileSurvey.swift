internal import Diagnostics
internal import Glibc
internal import JSON
internal import Versions

/// What the files of a directory are, told by what stands in them.
struct OperatorFileSurvey {
  /// The package manifests.
  private(set) var packages: [PackageManifest] = []
  /// The registry+v1 bundles.
  private(set) var bundles: [OperatorBundleDirectory] = []
  /// The ClusterServiceVersions, in bundles or not.
  private(set) var operators: [FoundOperator] = []
  /// How packages of bundles want their channels made, by directory.
  private(set) var updateGraphs: [String: UpdateGraph] = [:]
  /// What says where templates of catalogs lie, by directory.
  private(set) var templates: [String: CatalogTemplates] = [:]
  /// A file of a file-based catalog, if there is one.
  private(set) var catalogFile: String?
  /// Why the first file that may be one of these cannot be read.
  private(set) var failure: SealiftError?

  private let tree: OperatorFileTree

  /// Whether anything says which package a ClusterServiceVersion belongs to.
  var hasManifests: Bool { !packages.isEmpty || !bundles.isEmpty }

  /// Looks at all files.
  ///
  /// - Throws: `corrupt` for one that is a part of a catalog and says too little; `storage`.
  init(_ tree: OperatorFileTree) throws(SealiftError) {
    self.tree = tree
    for path in tree.files { try look(at: path) }
  }

  private mutating func look(at path: String) throws(SealiftError) {
    guard let bytes = try tree.smallFile(path) else {
      if !path.isTemplate, try FileText(tree.head(path)).isCatalog { catalogFile = catalogFile ?? path }
      return
    }
    let text = FileText(bytes)
    if catalogFile == nil, !path.isTemplate, text.isCatalog { catalogFile = path }
    guard text.mayBeManifest || (path.isPipelineFile && text.mayMapTemplates) else { return }
    let values: [JSONValue]
    do throws(SealiftError) { values = try ClusterManifestText.values(bytes, source: tree.name(path)) } catch {
      // Prose about operators holds the same words, and so can a file that a file-based catalog ignores.
      if path.isManifestName { failure = failure ?? error }
      return
    }
    for value in values where try take(value, path) {
      guard values.count == 1 else {
        throw SealiftError(
          .corrupt,
          "\(tree.name(path)) holds \(values.count) documents, where one that describes an operator stands alone",
          nextStep: "put each into a file of its own")
      }
    }
  }

  private mutating func take(_ value: JSONValue, _ path: String) throws(SealiftError) -> Bool {
    if path.isPipelineFile, let mapping = value["fbc"] { templates[path.directory] = CatalogTemplates(mapping) }
    if let version = ClusterServiceVersion(value) {
      operators.append(FoundOperator(path: path, version))
    } else if value["kind"] != nil || value["schema"] != nil {
      return false
    } else if let package = try PackageManifest(value, path, tree) {
      packages.append(package)
    } else if let bundle = try OperatorBundleDirectory(value, path, tree) {
      bundles.append(bundle)
    } else if let graph = value["updateGraph"]?.text.flatMap(UpdateGraph.init(_:)) {
      updateGraphs[path.directory] = graph
    } else {
      return false
    }
    return true
  }
}

/// A ClusterServiceVersion in a directory.
struct FoundOperator {
  /// Its file.
  let path: String
  /// Its version, as a catalog must have it.
  let version: SemanticVersion?
  /// Its place in a channel.
  let entry: CatalogChannel.Entry

  init(path: String, _ version: ClusterServiceVersion) {
    self.path = path
    self.version = SemanticVersion(version.version)
    entry = version.entry
  }

  /// The name.
  var name: String { entry.name }
}

/// The text of a file, searched for what it may be before it is read in earnest.
private struct FileText {
  // With a zero at the end, for `strstr`.
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes + [0] }

  /// Whether it may describe an operator, a package or a bundle.
  var mayBeManifest: Bool {
    (holds("packageName") && holds("currentCSV")) || holds(OperatorBundleDirectory.annotationPrefix)
      || holds("updateGraph")
      || hasField("kind", "ClusterServiceVersion", onlyOutermost: false)
  }

  /// Whether it may say where templates of catalogs lie.
  var mayMapTemplates: Bool { holds("fbc") }

  /// Whether it is a file of a file-based catalog, and not a template of one.
  var isCatalog: Bool {
    !holds("olm.template.")
      && [CatalogSchema.package, CatalogSchema.channel, CatalogSchema.bundle].contains {
        hasField("schema", $0, onlyOutermost: true)
      }
  }

  private func holds(_ text: String) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        guard let start = bytes.baseAddress else { return false }
        return strstr(start, text) != nil
      }
    }
  }

  /// Whether a field has a value, in YAML or JSON, as far as can be told without reading the file.
  private func hasField(_ field: String, _ value: String, onlyOutermost: Bool) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        guard let start = text.baseAddress else { return false }
        var next = strstr(start, value)
        while let found = next {
          let place = UnsafePointer(found) - start
          if isValue(of: Array(field.utf8), at: place, value.utf8.count, onlyOutermost) { return true }
          next = strstr(start + place + value.utf8.count, value)
        }
        return false
      }
    }
  }

  /// Whether what stands at `place` is the whole value of a field that stands before it.
  private func isValue(of field: [UInt8], at place: Int, _ length: Int, _ onlyOutermost: Bool) -> Bool {
    let after = bytes[place + length]
    guard Self.isSpace(after) || Self.isQuote(after) || ",}#".utf8.contains(after) || after == 0 else { return false }
    var index = place - 1
    while index >= 0, Self.isSpace(bytes[index]) || Self.isQuote(bytes[index]) { index -= 1 }
    guard index >= 0, bytes[index] == UInt8(ascii: ":") else { return false }
    index -= 1
    while index >= 0, Self.isSpace(bytes[index]) { index -= 1 }
    let isQuoted = index >= 0 && Self.isQuote(bytes[index])
    if isQuoted { index -= 1 }
    let begin = index - field.count + 1
    guard begin >= 0, bytes[begin...index].elementsEqual(field) else { return false }
    if isQuoted || !onlyOutermost { return true }
    // In YAML the outermost fields stand at the start of their lines.
    return begin == 0 || bytes[begin - 1] == UInt8(ascii: "\n")
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
}

extension String {
  /// The directory part of a path; empty where it has none.
  var directory: String { lastIndex(of: "/").map { String(self[..<$0]) } ?? "" }

  /// Whether a path lies in a directory, which may be empty for the outermost.
  func isBelow(_ directory: String) -> Bool { directory.isEmpty || hasPrefix("\(directory)/") }

  /// Whether it is where the community's pipelines look for what a package wants.
  fileprivate var isPipelineFile: Bool { ["ci.yaml", "ci.yml"].contains(split(separator: "/").last) }

  /// Whether it lies where the community's pipelines look for templates of catalogs.
  fileprivate var isTemplate: Bool { directory.split(separator: "/").last == Substring(CatalogTemplates.directory) }

  /// Whether a file of this name is meant to be read as a manifest.
  var isManifestName: Bool { hasSuffix(".yaml") || hasSuffix(".yml") || hasSuffix(".json") }
}
