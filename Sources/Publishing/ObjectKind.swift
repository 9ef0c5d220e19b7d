internal import YAML

/// What is looked at of an object before it is applied.
struct ObjectKind {
  /// Its kind as `Kind (apiVersion)`.
  let kind: String
  /// For a CustomResourceDefinition: the kinds that the cluster serves once it is there, in the same form.
  let servedKinds: [String]?

  /// - Returns: `nil` for what is no object.
  init?(_ object: YAMLValue) {
    guard let kind = object["kind"]?.text, let version = object["apiVersion"]?.text else { return nil }
    self.kind = "\(kind) (\(version))"
    let spec = object["spec"]
    guard kind == "CustomResourceDefinition", let group = spec?["group"]?.text,
      let served = spec?["names"]?["kind"]?.text
    else {
      servedKinds = nil
      return
    }
    let versions = spec?["versions"]?.elements ?? []
    servedKinds = versions.compactMap { $0["name"]?.text.map { "\(served) (\(group)/\($0))" } }
  }
}
