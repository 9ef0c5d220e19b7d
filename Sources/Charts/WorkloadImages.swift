public import YAML

/// The images that Kubernetes objects run.
///
/// Source: Kubernetes API, `PodSpec`; `formats/helm.md`, "Rendered charts".
public enum WorkloadImages {
  // Where kinds have the template of their pods; other kinds have nothing there.
  private static let podSpecs = [
    ["spec"], ["spec", "template", "spec"], ["spec", "jobTemplate", "spec", "template", "spec"], ["template", "spec"],
  ]
  private static let containers = ["initContainers", "containers", "ephemeralContainers"]
  /// How deep lists of objects are looked into: one in a list is real.
  private static let maximumLists = 4

  /// What the containers of objects, and their volumes, take for images.
  public static func mentions(in objects: [YAMLValue]) -> [ImageMention] { objects.flatMap { mentions($0, depth: 0) } }

  /// What paths of the user's find in objects; texts alone.
  public static func mentions(in objects: [YAMLValue], at path: JSONPath) -> [ImageMention] {
    objects.flatMap { object in
      path.values(in: object).compactMap(\.scalarText).filter { !$0.isEmpty }
        .map { ImageMention($0, at: "\(path) of \(name(of: object))") }
    }
  }

  private static func mentions(_ object: YAMLValue, depth: Int) -> [ImageMention] {
    if let items = object["items"]?.elements, depth < maximumLists {
      return items.flatMap { mentions($0, depth: depth + 1) }
    }
    return podSpecs.flatMap { path in
      path.reduce(object) { $0?[$1] }.map { texts(in: $0) } ?? []
    }.map { ImageMention($0, at: name(of: object)) }
  }

  private static func texts(in spec: YAMLValue) -> [String] {
    let images = containers.flatMap { spec[$0]?.elements ?? [] }.compactMap { $0.text("image") }
    return images + (spec["volumes"]?.elements ?? []).compactMap { $0["image"]?.text("reference") }
  }

  private static func name(of object: YAMLValue) -> String {
    "\(object.text("kind") ?? "an object") \(object["metadata"]?.text("name") ?? "without a name")"
  }
}
