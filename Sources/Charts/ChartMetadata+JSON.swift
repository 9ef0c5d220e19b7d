internal import JSON
internal import YAML

extension ChartMetadata {
  // Source: Helm, pkg/chart, `Metadata`, `Maintainer`, `Dependency`: its fields and their types.
  private static let texts = [
    "apiVersion", "appVersion", "condition", "description", "home", "icon", "kubeVersion", "name", "tags", "type",
    "version",
  ]
  private static let textLists = ["keywords", "sources"]
  private static let maintainerTexts = ["email", "name", "url"]
  private static let dependencyTexts = ["alias", "condition", "name", "version"]

  /// The fields that Helm knows, with the types that it wants; it leaves out what is empty.
  var json: JSONValue {
    var members = Self.members(Self.texts, of: value)
    // Helm takes a chart that does not say it for an old one.
    if value.text("apiVersion") == nil { members.append(.init("apiVersion", .string("v1"))) }
    for name in Self.textLists { members += Self.list(name, value[name]?.elements?.compactMap(Self.text)) }
    members += Self.flags(["deprecated"], of: value)
    let maintainers = value["maintainers"]?.elements?.map {
      JSONValue.object(Self.members(Self.maintainerTexts, of: $0))
    }
    members += Self.list("maintainers", maintainers)
    if let annotations = value["annotations"]?.entries, !annotations.isEmpty {
      members.append(.init("annotations", .object(annotations.compactMap(Self.member))))
    }
    members += Self.list("dependencies", dependencies.map(Self.dependency))
    return .object(members)
  }

  /// What `helm push` writes into the manifest, but for the time.
  ///
  /// Source: Helm, pkg/registry, `generateOCIAnnotations`: a chart's own annotations do not replace title and version.
  var manifestAnnotations: [String: String] {
    let prefix = "org.opencontainers.image."
    var annotations: [String: String] = [
      "\(prefix)title": name, "\(prefix)version": version,
    ]
    annotations["\(prefix)description"] = value.text("description")
    annotations["\(prefix)url"] = value.text("home")
    annotations["\(prefix)source"] = value["sources"]?.elements?.first?.scalarText
    let authors = (value["maintainers"]?.elements ?? []).map { maintainer in
      [maintainer.text("name"), maintainer.text("email").map { "(\($0))" }].compactMap(\.self).joined(separator: " ")
    }.filter { !$0.isEmpty }
    annotations["\(prefix)authors"] = authors.isEmpty ? nil : authors.joined(separator: ", ")
    for entry in value["annotations"]?.entries ?? [] {
      guard !["\(prefix)title", "\(prefix)version"].contains(entry.key), let text = entry.value.helmText else {
        continue
      }
      annotations[entry.key] = text
    }
    return annotations
  }

  private static func members(_ names: [String], of value: YAMLValue) -> [JSONValue.Member] {
    names.compactMap { name in value.helmText(name).map { .init(name, .string($0)) } }
  }

  private static func flags(_ names: [String], of value: YAMLValue) -> [JSONValue.Member] {
    names.filter { value.text($0) == "true" }.map { .init($0, .boolean(true)) }
  }

  private static func list(_ name: String, _ elements: [JSONValue]?) -> [JSONValue.Member] {
    elements.map { $0.isEmpty ? [] : [.init(name, .array($0))] } ?? []
  }

  private static func text(_ value: YAMLValue) -> JSONValue? { value.helmText.map(JSONValue.string) }

  private static func member(_ entry: YAMLValue.Entry) -> JSONValue.Member? {
    text(entry.value).map { .init(entry.key, $0) }
  }

  private static func dependency(_ value: YAMLValue) -> JSONValue {
    var members = Self.members(dependencyTexts, of: value) + flags(["enabled"], of: value)
    // The one field that Helm writes even where it is empty.
    members.append(.init("repository", .string(value.text("repository") ?? "")))
    members += list("tags", value["tags"]?.elements?.compactMap(text))
    members += list(
      "import-values",
      value["import-values"]?.elements?.compactMap { $0.entries.map { .object($0.compactMap(member)) } ?? text($0) })
    return .object(members)
  }
}
