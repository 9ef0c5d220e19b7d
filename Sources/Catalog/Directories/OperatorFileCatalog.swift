internal import Diagnostics
internal import JSON

/// Makes a file-based catalog of package manifests and registry+v1 bundles, package by package.
final class OperatorFileCatalog {
  private let tree: OperatorFileTree
  private let survey: OperatorFileSurvey
  // The files and the versions by the directory in which they lie.
  private let files: [String: [String]]
  private let operators: [String: [FoundOperator]]

  private var notes: [String] = []
  private var placed: Set<String> = []
  private let release: String?
  // The file of the template of each package that has one, and why it is not used.
  private var templates: [String: (file: String, problem: String?)] = [:]

  /// - Parameter release: The catalog for which templates are wanted, if that is known.
  init(_ tree: OperatorFileTree, _ survey: OperatorFileSurvey, release: String?) {
    self.tree = tree
    self.survey = survey
    self.release = release
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
    var catalog = try reader.catalog()
    for (package, template) in templates.sorted(by: { byteOrder($0.key, $1.key) }) {
      try finish(&catalog.packages[package], template)
    }
    return DirectoryContent(catalog: catalog, formats: formats.compactMap(\.self), notes: notes)
  }

  private func refuseDoubles(_ bundles: [String: [OperatorBundleDirectory]]) throws(SealiftError) {
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

  private func add(_ bundles: [OperatorBundleDirectory], to reader: CatalogReader) throws(SealiftError) {
    let all = try bundles.map { (bundle) throws(SealiftError) in
      PlacedOperatorBundle(bundle: bundle, version: try version(in: bundle))
    }
    if try addTemplate(all, to: reader) { return }
    let members = all.filter { !$0.bundle.channels.isEmpty }
    guard members.reduce(0, { $0 + $1.bundle.channels.count }) <= CatalogLimits.packageEntries else {
      throw CatalogLimits.tooManyEntries(in: tree.name(members[0].bundle.path))
    }
    let graph = OperatorBundleGraph(members, updateGraph(of: bundles))
    guard let newest = graph.newest else { return }
    var icon: JSONValue?
    for member in members {
      let bundle = try add(member, to: reader)
      if member.version.path == newest.version.path { icon = bundle.icon }
    }
    let package = newest.bundle.package
    add(
      PackageDocuments(name: package, defaultChannel: graph.defaultChannel, icon: icon, channels: graph.channels),
      newest.bundle.path, to: reader)
  }

  private func add(_ member: PlacedOperatorBundle, to reader: CatalogReader) throws(SealiftError)
    -> OperatorBundleDocument
  {
    placed.insert(member.version.path)
    let metadata = try OperatorBundleMetadata(files[member.bundle.metadata] ?? [], tree)
    notes += metadata.notes
    return try add(
      member.version, isShared: false, of: member.bundle.package, metadata: metadata.properties, to: reader)
  }

  private func version(in bundle: OperatorBundleDirectory) throws(SealiftError) -> FoundOperator {
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
  private func updateGraph(of bundles: [OperatorBundleDirectory]) -> UpdateGraph {
    var directory = bundles.first?.directory ?? ""
    while true {
      if let graph = survey.updateGraphs[directory] { return graph }
      if directory.isEmpty { return .replaces }
      directory = directory.directory
    }
  }

  /// Adds a package whose channels stand in a template.
  ///
  /// - Returns: Whether there is one that can be used.
  private func addTemplate(_ bundles: [PlacedOperatorBundle], to reader: CatalogReader) throws(SealiftError) -> Bool {
    guard let package = bundles.first?.bundle.package, let choice = template(of: bundles) else { return false }
    let path = choice.path
    do throws(SealiftError) {
      let values = try values(ofTemplate: path)
      guard let content = try TemplateContent(values, of: package, bundles) else {
        templates[package] = (path, "is of a kind that is not read")
        return false
      }
      for bundle in bundles where content.entries.contains(bundle.version.name) { _ = try add(bundle, to: reader) }
      for document in content.documents { reader.take(document, from: path) }
    } catch {
      templates[package] = (path, error.problem)
      return false
    }
    templates[package] = (path, nil)
    notes.append("package '\(package)': its channels are those of \(tree.name(path))\(choice.purpose)")
    return true
  }

  private func values(ofTemplate path: String) throws(SealiftError) -> [JSONValue] {
    do throws(SealiftError) { return try ClusterManifestText.values(tree.bytes(path), source: path) } catch {
      throw error.reworded("cannot be read: \(error.problem)")
    }
  }

  private func template(of bundles: [PlacedOperatorBundle]) -> (path: String, purpose: String)? {
    var directory = bundles.first?.bundle.directory ?? ""
    while survey.templates[directory] == nil {
      if directory.isEmpty { return nil }
      directory = directory.directory
    }
    let place = (directory.isEmpty ? "" : "\(directory)/") + CatalogTemplates.directory
    let names = (files[place] ?? []).filter(\.isManifestName).map { String($0.dropFirst(place.count + 1)) }
    guard let choice = survey.templates[directory]?.choice(for: release, among: names) else { return nil }
    let isOnly = choice.catalog.isEmpty || choice.catalog == choice.file
    return ("\(place)/\(choice.file)", isOnly ? "" : ", for \(choice.catalog)")
  }

  /// Leaves out what a template names and nobody has; where one could not be used, says so if that matters.
  private func finish(
    _ package: inout CatalogPackage?, _ template: (file: String, problem: String?)
  ) throws(SealiftError) {
    guard let found = package else { return }
    let file = tree.name(template.file)
    if let problem = template.problem {
      let isSound = found.channels.allSatisfy { ChannelGraph($0.entries).problems().isEmpty }
      if isSound {
        notes.append("package '\(found.name)': the catalog template \(file) is not used, because it \(problem)")
      } else {
        package?.flaws.append("has its channels in the catalog template \(file), which \(problem)")
      }
      return
    }
    let names = Set(found.bundles.map(\.name))
    let missing = Set(found.channels.flatMap { $0.entries.map(\.name) }).subtracting(names)
    guard !missing.isEmpty else { return }
    // What is left need not be a package; then it is said what is missing.
    guard let rest = try? found.without(missing, source: tree.root) else { return }
    package = rest
    let shown = missing.sorted(by: byteOrder).prefix(3).joined(separator: ", ")
    let more = missing.count > 3 ? " and \(missing.count - 3) more" : ""
    notes.append("package '\(found.name)': \(file) names versions that are not here and are left out: \(shown)\(more)")
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
  ) throws(SealiftError) -> OperatorBundleDocument {
    var bundle = try OperatorBundleDocument(
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
struct PackageDocuments {
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
