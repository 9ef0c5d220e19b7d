internal import BundleFormat
internal import Charts
internal import Configuration
internal import Diagnostics
internal import Digests
internal import OCI
internal import YAML

/// What of a bundle is asked to be deleted, in the terms of its index.
struct DeletionSelection: Sendable {
  private var releases: Set<String> = []
  private var hasGraphData = false
  private var catalogs: Set<Digest> = []
  private var bundles: Set<String> = []
  private var charts: Set<String> = []
  // By which tags: an image that was asked for under two names goes when both are.
  private var requested: [ManifestPlace: Set<String>] = [:]

  /// Whether all that an image is here for is asked for; a referrer follows its subject, and is decided on later.
  func contains(_ image: CarriedImages.Image) -> Bool { image.reasons.allSatisfy { contains($0, image) } }

  /// Whether one of several reasons of an image is asked for.
  func touches(_ image: CarriedImages.Image) -> Bool {
    requested[image.place] != nil || image.reasons.contains { contains($0, image) }
  }

  /// What an image is here for and is not asked for.
  func remaining(_ image: CarriedImages.Image) -> String {
    let reason = image.reasons.first { !contains($0, image) }?.text ?? ""
    guard let tags = requested[image.place], reason == ImageReason.requested.text else { return reason }
    return "tag \(image.entry.tags.filter { !tags.contains($0) }.joined(separator: ", "))"
  }

  private func contains(_ reason: ImageReason, _ image: CarriedImages.Image) -> Bool {
    switch reason {
    case .requested, .manifestImage: requested[image.place].map { $0.isSuperset(of: image.entry.tags) } ?? false
    case .release(let release), .component(_, of: let release): releases.contains(release)
    case .graphData: hasGraphData
    case .catalog: catalogs.contains(image.entry.manifest.digest)
    case .bundle(let name), .bundleImage(let name): bundles.contains(name)
    case .chart(let title), .chartImage(let title): charts.contains(title)
    case .referrer: false
    }
  }

  /// Finds what a request asks for in each of several bundles.
  ///
  /// - Throws: `configuration` for what none of them has, with the names that come near.
  static func find(_ request: DeletionRequest, in carried: [CarriedImages]) throws(SealiftError) -> [DeletionSelection]
  {
    var selections = carried.map { _ in DeletionSelection() }
    if let platform = request.platform {
      let found = try ReleaseChoice(platform).find(in: carried, request.source)
      for index in carried.indices {
        selections[index].releases = found
        selections[index].hasGraphData = platform.graph
      }
      if platform.graph, !carried.contains(where: { $0.images.contains { $0.reasons.contains(.graphData) } }) {
        throw platform.position.error("no bundle has graph data", nextStep: "remove graph: true")
      }
    }
    let catalogs = try CatalogChoice(request.operators, in: carried)
    for (index, bundle) in carried.enumerated() {
      (selections[index].catalogs, selections[index].bundles) = catalogs.choice(in: bundle.index)
    }
    let charts = try request.charts.titles(in: carried)
    for index in selections.indices { selections[index].charts = charts }
    for image in request.additionalImages {
      for (index, places) in try image.places(in: carried).enumerated() {
        selections[index].requested.merge(places) { $0.union($1) }
      }
    }
    return selections
  }
}

extension [ChartDeletion] {
  /// The charts that are meant, each as reasons name it: `web 1.2.3`.
  fileprivate func titles(in carried: [CarriedImages]) throws(SealiftError) -> Set<String> {
    let known = Set(carried.flatMap(\.images).flatMap(\.reasons).compactMap(\.chart))
    var found: Set<String> = []
    for chart in self {
      let named = known.filter { $0.hasPrefix("\(chart.name) ") }
      let meant = named.filter { title in
        chart.version.map { ChartVersion.isSame(String(title.dropFirst(chart.name.count + 1)), $0) } ?? true
      }
      guard !meant.isEmpty else { throw chart.missing(named.isEmpty ? known : named) }
      found.formUnion(meant)
    }
    return found
  }
}

extension ChartDeletion {
  /// - Parameter titles: The charts that there are, of this name if there are any.
  fileprivate func missing(_ titles: Set<String>) -> SealiftError {
    let title = [name, version].compactMap(\.self).joined(separator: " ")
    let near = nearestName(to: title, in: titles.sorted())
    return position.error(
      "no bundle has the chart '\(title)'\(near.map { "; did you mean \($0)?" } ?? "")",
      nextStep: titles.isEmpty
        ? "name the bundle that brought it with --bundle"
        : "ask for one that there is: \(titles.sorted().prefix(8).joined(separator: ", "))")
  }
}

extension ImageReason {
  /// The name and the version of the chart that an image is.
  fileprivate var chart: String? {
    if case .chart(let title) = self { title } else { nil }
  }

  /// Whether what is here for this is named one by one.
  fileprivate var isByItself: Bool {
    switch self {
    case .requested, .manifestImage: true
    default: false
    }
  }
}

extension AdditionalImage {
  /// Where each bundle has taken the image, and under which tags.
  fileprivate func places(in carried: [CarriedImages]) throws(SealiftError) -> [[ManifestPlace: Set<String>]] {
    let named = carried.map { bundle in bundle.images.filter { $0.reasons.contains(where: \.isByItself) } }
    let places = named.map { images in
      Dictionary(images.map { ($0.place, tags(of: $0.entry)) }) { $0.union($1) }.filter { !$0.value.isEmpty }
    }
    guard places.allSatisfy(\.isEmpty) else { return places }
    let near = nearestName(to: text, in: Set(named.joined().map(\.entry.source)).sorted())
    throw position.error(
      "no bundle has the image '\(text)' by itself\(near.map { "; did you mean \($0)?" } ?? "")",
      nextStep: "look at what `sealift inspect` lists as requested, and write its source")
  }

  /// The tags of an image that this means; none if it means another.
  private func tags(of entry: BundleImage) -> Set<String> {
    guard targetRepository.map({ $0 == entry.destination }) ?? true else { return [] }
    let tags = Set(entry.tags)
    switch origin {
    case .registry(let reference):
      guard case .registry = try? ImageOrigin(source: entry.source), let source = try? ImageReference(entry.source),
        (source.registry, source.repository) == (reference.registry, reference.repository),
        reference.digest.map({ $0 == entry.manifest.digest }) ?? true
      else { return [] }
      // An image has one source, whatever it was asked for by: the others are known by their tags.
      if targetTag == nil, source == reference, tags.count == 1 { return tags }
      return tags.intersection([targetTag ?? reference.tag ?? reference.digest?.tag ?? ""])
    case .layout, .mirror:
      let isPart = [":", "//", "@"].contains { entry.source.hasPrefix(text + $0) }
      guard isPart || entry.source == text else { return [] }
      return targetTag.map { tags.intersection([$0]) } ?? tags
    }
  }

  private var text: String {
    switch origin {
    case .registry(let reference): reference.description
    case .layout(let layout): OCILayoutAddress.prefix + layout
    case .mirror(let address): address.description
    }
  }
}
