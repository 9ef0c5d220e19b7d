internal import YAML

/// Finds the shapes in which values name images.
///
/// Source: `formats/helm.md`, "Charts that are not rendered".
struct ValueImages {
  private(set) var mentions: [ImageMention] = []
  /// Whether it stopped before the end.
  private(set) var isExhausted = false

  // A chart that is in another under many names would be looked at without end.
  private var budget = 2_000_000
  private static let costOfChart = 1000
  private var appVersion: String?
  private var globalRegistry: String?

  /// Looks at the values of one chart.
  ///
  /// - Parameters:
  ///   - place: The keys above them, with a dot at the end.
  ///   - appVersion: The tag of an image that has none.
  ///   - skipped: The keys under which the values of other charts are.
  mutating func add(_ values: YAMLValue, at place: String, appVersion: String?, except skipped: Set<String>) {
    self.appVersion = appVersion
    globalRegistry = values["global"]?.text("imageRegistry")
    budget -= Self.costOfChart
    for entry in values.entries ?? [] where !skipped.contains(entry.key) {
      search(entry.value, key: entry.key, place + entry.key)
    }
  }

  private mutating func search(_ value: YAMLValue, key: String, _ place: String) {
    budget -= 1
    guard budget > 0 else { return isExhausted = true }
    switch value {
    case .plain, .string:
      guard Self.namesImage(key), let text = value.scalarText, !text.isEmpty else { return }
      mentions.append(ImageMention(text, at: place))
    case .sequence(let elements):
      for (number, element) in elements.enumerated() { search(element, key: "", "\(place)[\(number)]") }
    case .mapping(let entries):
      let image = image(value, key: key)
      if let image { mentions.append(ImageMention(image, at: place)) }
      for entry in entries {
        // Part of what was found.
        if image != nil, entry.key == "image", entry.value.entries == nil { continue }
        search(entry.value, key: entry.key, "\(place).\(entry.key)")
      }
    }
  }

  /// Whether a text or a mapping under this key is an image.
  private static func namesImage(_ key: String) -> Bool { key == "image" || key.hasSuffix("Image") }

  /// The reference that a mapping of parts makes.
  private func image(_ value: YAMLValue, key: String) -> String? {
    let isNamed = Self.namesImage(key)
    let hasParts = ["tag", "digest", "registry"].contains { value[$0] != nil }
    guard isNamed || hasParts || value["imageTag"] != nil else { return nil }
    var name = value.text("repository") ?? value.text("image")
    if isNamed { name = name ?? value.text("name") }
    guard var name else { return nil }
    if value["registry"] != nil, let registry = globalRegistry ?? value.text("registry") {
      name = "\(registry)/\(name)"
    }
    if let digest = value.text("digest") { return name + (value.text("tag").map { ":\($0)" } ?? "") + "@\(digest)" }
    if let tag = value.text("tag") ?? value.text("imageTag") { return "\(name):\(tag)" }
    let last = name.split(separator: "/").last ?? ""
    guard !last.contains(":"), !last.contains("@"), value["repository"] != nil, let appVersion else { return name }
    return "\(name):\(appVersion)"
  }
}
