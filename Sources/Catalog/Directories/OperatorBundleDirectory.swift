internal import Diagnostics
internal import JSON

/// A directory in the format registry+v1, found by the annotations in its `metadata/`.
///
/// Source: operator-registry, `docs/design/operator-bundle.md` and `pkg/registry/parse.go`.
struct OperatorBundleDirectory {
  /// How the names of all annotations of a bundle begin.
  static let annotationPrefix = "operators.operatorframework.io.bundle."

  /// The file with the annotations.
  let path: String
  /// The package.
  let package: String
  /// The channels that it is in.
  let channels: [String]
  /// The default channel of the package; empty if it does not say.
  let defaultChannel: String
  /// The directory of the manifests.
  let manifests: String

  /// The directory of the annotations, and of what else is said about the bundle.
  var metadata: String { path.directory }
  /// The directory of the whole bundle.
  var directory: String { metadata.directory }

  /// Reads a document without a kind.
  ///
  /// - Returns: `nil` for one that is none of a bundle's annotations.
  /// - Throws: `corrupt` for annotations that say too little, or lead out of the bundle.
  init?(_ value: JSONValue, _ path: String, _ tree: OperatorFileTree) throws(SealiftError) {
    guard let annotations = value["annotations"]?.members,
      annotations.contains(where: { $0.name.hasPrefix(Self.annotationPrefix) })
    else { return nil }
    func annotation(_ name: String) -> String {
      annotations.first { $0.name == "\(Self.annotationPrefix)\(name).v1" }?.value.text ?? ""
    }
    func flaw(_ problem: String) -> SealiftError {
      SealiftError(.corrupt, "\(tree.name(path)): \(problem)", nextStep: "correct the annotations of the bundle")
    }
    self.path = path
    package = annotation("package")
    guard !package.isEmpty else { throw flaw("the annotations name no package") }
    let format = annotation("mediatype")
    guard ["", "registry+v1"].contains(format) else {
      throw flaw("the bundle is of the format '\(format)', and only registry+v1 is understood")
    }
    channels = annotation("channels").split(separator: ",").map { String($0.trimmed) }.filter { !$0.isEmpty }
    defaultChannel = annotation("channel.default")
    let place = annotation("manifests").isEmpty ? "manifests/" : annotation("manifests")
    let parts = place.split(separator: "/").filter { $0 != "." }
    guard !place.hasPrefix("/"), !parts.isEmpty, !parts.contains("..") else {
      throw flaw("the manifests are said to be in '\(place)', which is not inside of the bundle")
    }
    let outer = path.directory.directory
    manifests = (outer.isEmpty ? "" : "\(outer)/") + parts.joined(separator: "/")
  }
}

/// What the files in the `metadata/` of a bundle say beside its annotations, as properties of an `olm.bundle`.
struct OperatorBundleMetadata {
  /// The properties.
  private(set) var properties: [JSONValue] = []
  /// What was left out: one sentence each.
  private(set) var notes: [String] = []

  /// Reads `dependencies.yaml` and `properties.yaml`, which are told by their keys.
  ///
  /// - Parameter files: The files of that directory.
  init(_ files: [String], _ tree: OperatorFileTree) throws(SealiftError) {
    for path in files where path.isManifestName {
      for value in try ClusterManifestText.values(tree.bytes(path), source: tree.name(path)) {
        for dependency in value["dependencies"]?.elements ?? [] { try add(dependency, tree.name(path)) }
        for property in value["properties"]?.elements ?? [] {
          properties.append(try OperatorBundleProperty.checked(property, tree.name(path)))
        }
      }
    }
  }

  /// A dependency has other names than the property that says the same.
  private mutating func add(_ dependency: JSONValue, _ file: String) throws(SealiftError) {
    let dependency = try OperatorBundleProperty.checked(dependency, file)
    let value = dependency["value"] ?? .null
    switch dependency["type"]?.text {
    case "olm.package":
      properties.append(
        OperatorBundleProperty.make(
          "olm.package.required",
          .object([
            .init("packageName", value["packageName"] ?? .string("")),
            .init("versionRange", value["version"] ?? .string("")),
          ])))
    case "olm.gvk": properties.append(OperatorBundleProperty.make("olm.gvk.required", value))
    case "olm.label":
      // As a property it would say that the bundle provides the label.
      notes.append("\(file): the dependency of type olm.label is left out, because catalogs know none")
    default: properties.append(dependency)
    }
  }
}

/// One property of an `olm.bundle`.
enum OperatorBundleProperty {
  /// Makes one.
  static func make(_ type: String, _ value: JSONValue) -> JSONValue {
    .object([.init("type", .string(type)), .init("value", value)])
  }

  /// One that was read.
  ///
  /// - Throws: `corrupt` for one without type or value.
  static func checked(_ property: JSONValue, _ file: String) throws(SealiftError) -> JSONValue {
    guard let type = property["type"]?.text, !type.isEmpty, let value = property["value"] else {
      throw SealiftError(
        .corrupt, "\(file): a dependency or property has no type or no value", nextStep: "correct the file")
    }
    return make(type, value)
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text = text.dropLast() }
    return text
  }
}
