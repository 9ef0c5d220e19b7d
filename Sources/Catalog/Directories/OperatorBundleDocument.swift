internal import Diagnostics
internal import Digests
internal import JSON

/// One version of an operator with all its objects, on its way to an `olm.bundle`.
struct OperatorBundleDocument {
  // More than any real bundle; with base64 still within the greatest document.
  private static let maxBytes = 32 << 20

  /// What was left out or looks wrong: one sentence each.
  private(set) var notes: [String] = []

  private let package: String
  private let version: ClusterServiceVersion
  private var objects: [JSONValue] = []

  /// Reads the directory of a version.
  ///
  /// All objects in the directory belong to it. Where several versions lie in one directory, only the definitions that
  /// it owns do, in the version that it owns.
  ///
  /// - Parameters:
  ///   - files: The files of that directory.
  ///   - isShared: Whether there are several versions in it.
  ///
  /// Source: operator-registry, `sqlite.DirectoryLoader.LoadBundle`; operator-courier, `nest.py`.
  init(
    _ found: FoundOperator, package: String, files: [String], isShared: Bool, _ tree: OperatorFileTree
  ) throws(SealiftError) {
    self.package = package
    guard
      let version = ClusterServiceVersion(
        try ClusterManifestText.value(tree.bytes(found.path), source: tree.name(found.path)))
    else { throw Self.changed(tree.name(found.path)) }
    self.version = version
    var bytes = 0
    for path in files where path != found.path && path.isManifestName {
      let text = try tree.bytes(path)
      bytes += text.count
      guard bytes <= Self.maxBytes else {
        throw SealiftError(
          .corrupt, "the manifests beside \(tree.name(found.path)) have more than \(Self.maxBytes.asBytes)",
          nextStep: "check that it is the directory you meant")
      }
      let values = try ClusterManifestText.values(text, source: tree.name(path))
      objects += values.filter { $0["kind"]?.text != nil && $0["apiVersion"]?.text != nil }
    }
    objects.removeAll { $0["kind"]?.text == "ClusterServiceVersion" }
    if isShared { keepOwned(tree.name(found.path)) }
    noteMissing(tree.name(found.path))
  }

  private static func changed(_ file: String) -> SealiftError {
    SealiftError(.corrupt, "\(file) has changed while it was read", nextStep: "run again when nothing writes to it")
  }

  private mutating func keepOwned(_ file: String) {
    let owned = version.ownedDefinitions
    let others = objects.filter { !ResourceDefinition.isDefinition($0) }
    if !others.isEmpty {
      notes.append(
        "\(file): \(others.count) objects of other kinds lie in its directory and are left out, because they may belong "
          + "to another version there")
    }
    var kept: [String: JSONValue] = [:]
    for object in objects where ResourceDefinition.isDefinition(object) {
      guard let name = object["metadata"]?["name"]?.text, owned.contains(name) else { continue }
      if let other = kept[name], !suits(object), suits(other) { continue }
      kept[name] = object
    }
    objects = kept.keys.sorted(by: byteOrder).compactMap { kept[$0] }
  }

  /// Whether a definition has a resource type that the version says it provides.
  private func suits(_ definition: JSONValue) -> Bool {
    !Set(ResourceDefinition.provided(by: definition)).isDisjoint(with: version.provided)
  }

  private mutating func noteMissing(_ file: String) {
    let names = Set(objects.filter(ResourceDefinition.isDefinition).compactMap { $0["metadata"]?["name"]?.text })
    for name in version.ownedDefinitions.subtracting(names).sorted(by: byteOrder) {
      notes.append("\(file): the definition '\(name)', which it owns, is not beside it")
    }
    if version.version != version.writtenVersion {
      notes.append("\(file): the version '\(version.writtenVersion)' counts as \(version.version)")
    }
  }
}

extension OperatorBundleDocument {
  /// The icon, if there is one that a catalog can have.
  var icon: JSONValue? {
    guard let icon = version.object["spec"]?["icon"]?.elements?.first, let type = icon["mediatype"]?.text,
      let data = icon["base64data"]?.text?.filter({ !$0.isWhitespace }), let bytes = Base64.decode(data), !bytes.isEmpty
    else { return nil }
    return .object([.init("base64data", .string(Base64.encode(bytes))), .init("mediatype", .string(type))])
  }

  /// The document.
  ///
  /// - Parameter metadata: Properties that stand beside the manifests.
  ///
  /// Source: operator-registry, `registry.PropertiesFromBundle`.
  mutating func document(metadata: [JSONValue] = []) -> JSONValue {
    let identity = JSONValue.object([
      .init("packageName", .string(package)), .init("version", .string(version.version)),
    ])
    let provided = objects.flatMap(ResourceDefinition.provided) + version.provided
    var properties = [OperatorBundleProperty.make("olm.package", identity)]
    properties += provided.map { OperatorBundleProperty.make("olm.gvk", $0.value) }
    properties += version.required.map { OperatorBundleProperty.make("olm.gvk.required", $0.value) }
    // There must be one, and the manifest's version is the one that is installed.
    properties += (metadata + annotatedProperties()).filter { $0["type"]?.text != "olm.package" }
    for object in [version.object] + objects {
      let data = Base64.encode(JSONWriter.bytes(of: object))
      properties.append(OperatorBundleProperty.make("olm.bundle.object", .object([.init("data", .string(data))])))
    }
    var seen: Set<[UInt8]> = []
    let images = ClusterServiceVersion.images(of: version.object)
    return .object([
      .init("schema", .string(CatalogSchema.bundle)), .init("name", .string(version.name)),
      .init("package", .string(package)), .init("image", .string("")),
      .init("properties", .array(properties.filter { seen.insert(JSONWriter.bytes(of: $0)).inserted })),
      .init("relatedImages", .array(images.map(\.value))),
    ])
  }

  /// The properties that an annotation of the manifest lists.
  private mutating func annotatedProperties() -> [JSONValue] {
    guard let text = version.annotation("olm.properties") else { return [] }
    let source = "the annotation olm.properties of \(version.name)"
    do throws(SealiftError) {
      let value = try JSONReader.value(Array(text.utf8), source: source, code: .corrupt, limits: CatalogLimits.json)
      return try (value.elements ?? []).map { (property) throws(SealiftError) in
        try OperatorBundleProperty.checked(property, source)
      }
    } catch {
      // OLM goes on without them too.
      notes.append("\(source) is left out: \(error.problem)")
      return []
    }
  }
}

extension GroupVersionKind {
  fileprivate var value: JSONValue {
    .object([.init("group", .string(group)), .init("kind", .string(kind)), .init("version", .string(version))])
  }
}

extension RelatedImage {
  fileprivate var value: JSONValue { .object([.init("image", .string(image)), .init("name", .string(name))]) }
}
