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
  private static let dependencyTexts = ["alias", "condition", "name", "repository", "version"]

  /// The fields that Helm knows, with the types that it wants.
  var json: JSONValue {
    var members = Self.members(Self.texts, of: value)
    for name in Self.textLists {
      if let list = value[name]?.elements { members.append(.init(name, .array(list.compactMap(Self.text)))) }
    }
    members += Self.flags(["deprecated"], of: value)
    if let maintainers = value["maintainers"]?.elements {
      members.append(
        .init("maintainers", .array(maintainers.map { .object(Self.members(Self.maintainerTexts, of: $0)) })))
    }
    if let annotations = value["annotations"]?.entries {
      members.append(.init("annotations", .object(annotations.compactMap(Self.member))))
    }
    if let dependencies = value["dependencies"]?.elements {
      members.append(.init("dependencies", .array(dependencies.map(Self.dependency))))
    }
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
      guard !["\(prefix)title", "\(prefix)version"].contains(entry.key), let text = entry.value.scalarText else {
        continue
      }
      annotations[entry.key] = text
    }
    return annotations
  }

  private static func members(_ names: [String], of value: YAMLValue) -> [JSONValue.Member] {
    names.compactMap { name in value[name].flatMap(text).map { .init(name, $0) } }
  }

  private static func flags(_ names: [String], of value: YAMLValue) -> [JSONValue.Member] {
    names.compactMap { name in value[name]?.scalarText.map { .init(name, .boolean($0 == "true")) } }
  }

  private static func text(_ value: YAMLValue) -> JSONValue? { value.scalarText.map(JSONValue.string) }

  private static func member(_ entry: YAMLValue.Entry) -> JSONValue.Member? {
    text(entry.value).map { .init(entry.key, $0) }
  }

  private static func dependency(_ value: YAMLValue) -> JSONValue {
    var members = Self.members(dependencyTexts, of: value) + flags(["enabled"], of: value)
    if let tags = value["tags"]?.elements { members.append(.init("tags", .array(tags.compactMap(text)))) }
    if let imports = value["import-values"]?.elements {
      members.append(
        .init(
          "import-values",
          .array(imports.compactMap { $0.entries.map { .object($0.compactMap(member)) } ?? text($0) })))
    }
    return .object(members)
  }
}
