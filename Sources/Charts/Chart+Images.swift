internal import Diagnostics
internal import YAML

extension Chart {
  /// The images that a chart names without being rendered, and what was not understood.
  public struct NamedImages: Sendable {
    /// Those of `artifacthub.io/images`.
    public internal(set) var listed: [ImageMention] = []
    /// Those of the values of the chart and of the charts in it.
    public internal(set) var inValues: [ImageMention] = []
    /// What could not be read: one sentence each.
    public internal(set) var problems: [String] = []
  }

  /// The annotation in which publishers list images.
  ///
  /// Source: Artifact Hub, "Helm annotations".
  public static let listAnnotation = "artifacthub.io/images"

  /// Finds the images that the chart names by itself.
  ///
  /// Source: `formats/helm.md`, "Charts that are not rendered".
  public func namedImages() -> NamedImages {
    var found = NamedImages()
    addListed(to: &found)
    var search = ValueImages()
    addValues(values, place: "", &search, &found)
    found.inValues = search.mentions
    if search.isExhausted { found.problems.append("its values are too many to look at all of them") }
    return found
  }

  private func addListed(to found: inout NamedImages) {
    if let text = metadata.value["annotations"]?.text(Self.listAnnotation) {
      do throws(SealiftError) {
        let list = try YAMLReader.documents(Array(text.utf8), source: Self.listAnnotation, dialect: .lenient)
        found.listed += (list.first?.value.elements ?? []).compactMap { $0.text("image") }
          .map { ImageMention($0, at: Self.listAnnotation) }
      } catch {
        found.problems.append("its annotation is no list: \(error.problem)")
      }
    }
    for chart in subcharts { chart.addListed(to: &found) }
  }

  /// - Parameters:
  ///   - values: The chart's values, with those that a chart around it sets.
  ///   - place: The keys above them.
  private func addValues(
    _ values: YAMLValue, place: String, _ search: inout ValueImages, _ found: inout NamedImages
  ) {
    if let unreadValues { found.problems.append(unreadValues) }
    let names = subcharts.map { ($0, aliases[$0.metadata.name] ?? [$0.metadata.name]) }
    search.add(values, at: place, appVersion: metadata.appVersion, except: Set(names.flatMap(\.1)))
    for (chart, names) in names {
      for name in names where !search.isExhausted {
        var own = chart.values
        if let over = values[name] { own = own.overlaid(with: over) }
        // Of what all charts share, this alone has a part in the names of images.
        if let registry = values["global"]?["imageRegistry"] {
          own = own.overlaid(with: ["global": ["imageRegistry": registry]])
        }
        chart.addValues(own, place: place + name + ".", &search, &found)
      }
    }
  }
}

extension YAMLValue {
  /// The value with another laid over it: mappings entry by entry, where null takes an entry away.
  ///
  /// Source: Helm, "Subcharts and Global Values", and pkg/chartutil, `CoalesceTables`.
  fileprivate func overlaid(with over: YAMLValue) -> YAMLValue {
    guard case .mapping(let own) = self, case .mapping(let others) = over else { return over }
    let changes = Dictionary(others.map { ($0.key, $0.value) }) { _, last in last }
    let known = Set(own.map(\.key))
    let kept = own.compactMap { entry -> Entry? in
      guard let change = changes[entry.key] else { return entry }
      return change.isNull ? nil : Entry(entry.key, entry.value.overlaid(with: change))
    }
    return .mapping(kept + others.filter { !known.contains($0.key) && !$0.value.isNull })
  }

  private var isNull: Bool {
    if case .plain = self { scalarText == nil } else { false }
  }
}
