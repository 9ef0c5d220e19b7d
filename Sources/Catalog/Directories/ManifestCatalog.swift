internal import Diagnostics
internal import JSON

/// Makes a file-based catalog of package manifests and registry+v1 bundles, package by package.
final class ManifestCatalog {
  private let tree: ManifestTree
  private let survey: ManifestSurvey
  // The files and the versions by the directory in which they lie.
  private let files: [String: [String]]
  private let operators: [String: [FoundOperator]]

  private var notes: [String] = []
  private var placed: Set<String> = []

  init(_ tree: ManifestTree, _ survey: ManifestSurvey) {
    self.tree = tree
    self.survey = survey
    files = Dictionary(grouping: tree.files, by: \.directory)
    operators = Dictionary(grouping: survey.operators, by: \.path.directory)
  }

  /// Reads everything.
  ///
  /// - Throws: `corrupt` for a directory that is two catalogs in one, and for what is said twice.
  func content(keeping: CatalogReader.Keeping) throws(SealiftError) -> DirectoryContent {
    if let file = survey.catalogFile {
      let other = survey.packages.first?.path ?? survey.bundles.first?.path ?? ""
      throw SealiftError(
        .corrupt, "\(tree.root) holds a file-based catalog (\(file)) and manifests of operators (\(other))",
        nextStep: "name the directory of one of them")
    }
    let bundles = Dictionary(grouping: survey.bundles, by: \.package)
    try refuseDoubles(bundles)
    let reader = CatalogReader(keeping: keeping)
    for (_, bundles) in bundles.sorted(by: { byteOrder($0.key, $1.key) }) { try add(bundles, to: reader) }
    for package in survey.packages { try add(package, to: reader) }
    for found in survey.operators where !placed.contains(found.path) {
      notes.append("\(tree.name(found.path)): version '\(found.name)' is in no channel and is left out")
    }
    let formats: [DirectoryContent.Format?] = [
      survey.packages.isEmpty ? nil : .packageManifests, survey.bundles.isEmpty ? nil : .bundles,
    ]
    return DirectoryContent(catalog: try reader.catalog(), formats: formats.compactMap(\.self), notes: notes)
  }

  private func refuseDoubles(_ bundles: [String: [RegistryBundle]]) throws(SealiftError) {
    var places: [String: String] = [:]
    for package in survey.packages {
      guard let other = places.updateValue(package.path, forKey: package.name) ?? bundles[package.name]?.first?.path
      else { continue }
      throw SealiftError(
        .corrupt, "package '\(package.name)' is described in \(tree.name(other)) and in \(tree.name(package.path))",
        nextStep: "name a directory that has one of them")
    }
    var directories: [String: String] = [:]
    for bundle in survey.bundles {
      guard let other = directories.updateValue(bundle.path, forKey: bundle.manifests) else { continue }
      throw SealiftError(
        .corrupt, "two files describe one bundle: \(tree.name(other)) and \(tree.name(bundle.path))",
        nextStep: "remove one of them")
    }
  }

  private func add(_ bundles: [RegistryBundle], to reader: CatalogReader) throws(SealiftError) {
    let all = try bundles.map { (bundle) throws(SealiftError) in
      PlacedBundle(bundle: bundle, version: try version(in: bundle))
    }
    let members = all.filter { !$0.bundle.channels.isEmpty }
    guard members.reduce(0, { $0 + $1.bundle.channels.count }) <= CatalogLimits.packageEntries else {
      throw CatalogLimits.tooManyEntries(in: tree.name(members[0].bundle.path))
    }
    let graph = RegistryBundleGraph(members, updateGraph(of: bundles))
    guard let newest = graph.newest else { return }
    var icon: JSONValue?
    for member in members {
      placed.insert(member.version.path)
      let metadata = try BundleMetadata(files[member.bundle.metadata] ?? [], tree)
      notes += metadata.notes
      let bundle = try add(
        member.version, isShared: false, of: member.bundle.package, metadata: metadata.properties, to: reader)
      if member.version.path == newest.version.path { icon = bundle.icon }
    }
    let package = newest.bundle.package
    add(
      PackageDocuments(name: package, defaultChannel: graph.defaultChannel, icon: icon, channels: graph.channels),
      newest.bundle.path, to: reader)
  }

  private func version(in bundle: RegistryBundle) throws(SealiftError) -> FoundOperator {
    let found = operators[bundle.manifests] ?? []
    guard found.count == 1 else {
      let names = found.map(\.name).joined(separator: ", ")
      throw SealiftError(
        .corrupt,
        "\(tree.name(bundle.manifests)) holds \(found.isEmpty ? "no ClusterServiceVersion" : "\(found.count): \(names)"), "
          + "where a bundle must have one",
        nextStep: "correct the bundle of \(tree.name(bundle.path))")
    }
    return found[0]
  }

  /// What the nearest directory above says.
  private func updateGraph(of bundles: [RegistryBundle]) -> UpdateGraph {
    var directory = bundles.first?.directory ?? ""
    while true {
      if let graph = survey.updateGraphs[directory] { return graph }
      if directory.isEmpty { return .replaces }
      directory = directory.directory
    }
  }

  private func add(_ package: PackageManifest, to reader: CatalogReader) throws(SealiftError) {
    let inBundles = Set(survey.bundles.map(\.manifests))
    let below = survey.operators.filter {
      $0.path.isBelow(package.path.directory) && !inBundles.contains($0.path.directory)
    }
    let graph = try PackageManifestGraph(package, below, tree)
    let head = package.channels.first { $0.name == package.defaultChannel }?.head
    var icon: JSONValue?
    for member in graph.members {
      placed.insert(member.path)
      let isShared = (operators[member.path.directory] ?? []).count > 1
      let bundle = try add(member, isShared: isShared, of: package.name, metadata: [], to: reader)
      if member.name == head { icon = bundle.icon }
    }
    add(
      PackageDocuments(
        name: package.name, defaultChannel: package.defaultChannel, icon: icon, channels: graph.channels),
      package.path, to: reader)
  }

  private func add(
    _ version: FoundOperator, isShared: Bool, of package: String, metadata: [JSONValue], to reader: CatalogReader
  ) throws(SealiftError) -> ManifestBundle {
    var bundle = try ManifestBundle(
      version, package: package, files: files[version.path.directory] ?? [], isShared: isShared, tree)
    reader.take(bundle.document(metadata: metadata), from: version.path)
    notes += bundle.notes
    return bundle
  }

  private func add(_ documents: PackageDocuments, _ path: String, to reader: CatalogReader) {
    for document in documents.values { reader.take(document, from: path) }
  }
}

/// A package and its channels, on their way to documents.
private struct PackageDocuments {
  let name: String
  let defaultChannel: String
  let icon: JSONValue?
  let channels: [(name: String, entries: [CatalogChannel.Entry])]

  var values: [JSONValue] {
    var package: [JSONValue.Member] = [
      .init("schema", .string(CatalogSchema.package)), .init("name", .string(name)),
      .init("defaultChannel", .string(defaultChannel)),
    ]
    if let icon { package.append(.init("icon", icon)) }
    return [.object(package)]
      + channels.map { channel in
        .object([
          .init("schema", .string(CatalogSchema.channel)), .init("name", .string(channel.name)),
          .init("package", .string(name)), .init("entries", .array(channel.entries.map(\.value))),
        ])
      }
  }
}

extension CatalogChannel.Entry {
  fileprivate var value: JSONValue {
    var members = [JSONValue.Member("name", .string(name))]
    if let replaces { members.append(.init("replaces", .string(replaces))) }
    if !skips.isEmpty { members.append(.init("skips", .array(skips.map { .string($0) }))) }
    if !skipRange.isEmpty { members.append(.init("skipRange", .string(skipRange))) }
    return .object(members)
  }
}

extension CatalogReader {
  /// Takes a document that was made of a file.
  fileprivate func take(_ document: JSONValue, from path: String) {
    file(path)
    take(JSONWriter.bytes(of: document).span.bytes)
    end()
  }
}
