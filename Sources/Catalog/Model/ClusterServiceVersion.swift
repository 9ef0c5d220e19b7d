internal import JSON
internal import Versions

/// The manifest of one version of an operator.
///
/// Source: operator-framework/api, `v1alpha1.ClusterServiceVersion`; operator-registry, `pkg/registry/csv.go`.
struct ClusterServiceVersion {
  /// The manifest.
  let object: JSONValue
  /// Its name, which becomes that of the bundle.
  let name: String

  /// Reads a manifest.
  ///
  /// - Returns: `nil` for one of another kind, and for one without a name.
  init?(_ object: JSONValue) {
    guard object["kind"]?.text == "ClusterServiceVersion", let name = object["metadata"]?["name"]?.text, !name.isEmpty
    else { return nil }
    self.object = object
    self.name = name
  }

  /// The version as it is written; empty for none.
  var writtenVersion: String { object["spec"]?["version"]?.text ?? "" }

  /// The version as a catalog must have it: OLM itself reads `v1.2` in a manifest as `1.2.0`, but not in a catalog.
  ///
  /// Source: blang/semver, `ParseTolerant`.
  var version: String {
    let written = writtenVersion
    guard SemanticVersion(written) == nil else { return written }
    var text = written.drop { $0.isWhitespace }
    if text.first == "v" { text = text.dropFirst() }
    while text.last?.isWhitespace == true { text = text.dropLast() }
    var parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() where part.count > 1 {
      let digits = part.drop { $0 == "0" }
      let beginsWithDigit = digits.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
      parts[index] = beginsWithDigit ? digits : "0" + digits
    }
    parts += Array(repeating: "0", count: max(0, 3 - parts.count))
    return SemanticVersion(parts.joined(separator: "."))?.description ?? written
  }

  /// Its place in a channel.
  var entry: CatalogChannel.Entry {
    let spec = object["spec"]
    let replaces = spec?["replaces"]?.text ?? ""
    return CatalogChannel.Entry(
      name: name, replaces: replaces.isEmpty ? nil : replaces,
      skips: (spec?["skips"]?.elements ?? []).compactMap(\.text).filter { !$0.isEmpty },
      skipRange: annotation("olm.skipRange") ?? "")
  }

  /// An annotation that is text.
  func annotation(_ name: String) -> String? { object["metadata"]?["annotations"]?[name]?.text }

  /// The names of the custom resource definitions that come with it.
  var ownedDefinitions: Set<String> {
    Set(definitions("customresourcedefinitions", "owned").compactMap { $0["name"]?.text })
  }

  /// The resource types that it says it provides.
  var provided: [GroupVersionKind] { resources("owned") }

  /// The resource types that it needs.
  var required: [GroupVersionKind] { resources("required") }

  private func definitions(_ section: String, _ relation: String) -> [JSONValue] {
    object["spec"]?[section]?[relation]?.elements ?? []
  }

  private func resources(_ relation: String) -> [GroupVersionKind] {
    definitions("customresourcedefinitions", relation).compactMap { definition in
      // Its name is `PLURAL.GROUP`.
      guard let dot = definition["name"]?.text?.firstIndex(of: "."), let name = definition["name"]?.text else {
        return nil
      }
      return GroupVersionKind(
        group: String(name[name.index(after: dot)...]), version: definition["version"]?.text ?? "",
        kind: definition["kind"]?.text ?? "")
    }
      + definitions("apiservicedefinitions", relation).map { definition in
        GroupVersionKind(
          group: definition["group"]?.text ?? "", version: definition["version"]?.text ?? "",
          kind: definition["kind"]?.text ?? "")
      }
  }
}

/// What a custom resource definition defines.
enum ResourceDefinition {
  /// The resource types of a manifest; none if it is of another kind.
  ///
  /// Source: operator-registry, `registry.Bundle.ProvidedAPIs`.
  static func provided(by manifest: JSONValue) -> [GroupVersionKind] {
    guard isDefinition(manifest), let spec = manifest["spec"] else { return [] }
    let versions = (spec["versions"]?.elements ?? []).compactMap { $0["name"]?.text }
    // `apiextensions.k8s.io/v1beta1` may have one in place of the list.
    let single = spec["version"]?.text.map { [$0] } ?? []
    return (versions + single).map { version in
      GroupVersionKind(
        group: spec["group"]?.text ?? "", version: version, kind: spec["names"]?["kind"]?.text ?? "")
    }
  }

  /// Whether a manifest is one.
  static func isDefinition(_ manifest: JSONValue) -> Bool { manifest["kind"]?.text == "CustomResourceDefinition" }
}
