internal import BundleFormat
internal import Charts
internal import Configuration
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Publishing
internal import YAML

/// What of a bundle is asked to be deleted, in the terms of its index.
struct DeletionSelection: Sendable {
  private var releases: Set<String> = []
  private var hasGraphData = false
  private var catalogs: Set<Digest> = []
  private var operatorBundles: Set<String> = []
  private var charts: Set<String> = []
  // By which names: an image that was asked for under two of them goes when both are.
  private var requested: [ManifestPlace: Set<ImageName>] = [:]

  /// Whether all that an image is here for is asked for; a referrer follows its subject, and is decided on later.
  func contains(_ image: CarriedImages.Image) -> Bool { remainingReason(image) == nil }

  /// Whether one of several reasons of an image is asked for.
  func touches(_ image: CarriedImages.Image) -> Bool {
    requested[image.place] != nil || image.reasons.contains { contains($0, image) }
  }

  private func remainingReason(_ image: CarriedImages.Image) -> ImageReason? {
    image.reasons.first { !contains($0, image) }
  }

  /// What an image is here for and is not asked for.
  func remaining(_ image: CarriedImages.Image) -> String {
    guard let reason = remainingReason(image) else { return "" }
    guard let asked = requested[image.place], reason.isByItself else { return reason.description }
    let rest = image.names.filter { !asked.contains($0) }
    // What was asked for under this very name had several tags.
    let texts = rest.map { name in asked.contains { $0.source == name.source } ? "tag \(name.tag)" : name.source }
    return texts.joined(separator: ", ")
  }

  private func contains(_ reason: ImageReason, _ image: CarriedImages.Image) -> Bool {
    switch reason {
    case .requested, .clusterManifestImage: requested[image.place].map { $0.isSuperset(of: image.names) } ?? false
    case .release(let release), .component(_, of: let release): releases.contains(release)
    case .graphData: hasGraphData
    case .catalog: catalogs.contains(image.entry.manifest.digest)
    case .operatorBundle(let name), .operatorBundleImage(let name): operatorBundles.contains(name)
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
      (selections[index].catalogs, selections[index].operatorBundles) = catalogs.choice(in: bundle.index)
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

/// A name under which an image was asked for by itself.
private struct ImageName: Hashable {
  let source: String
  let tag: String
}

extension CarriedImages.Image {
  /// The names under which it was asked for by itself, each once for each tag that it has of that.
  fileprivate var names: [ImageName] {
    let sources = Set(entry.requests.filter { $0.reason.isByItself }.map(\.source))
    return entry.names.filter { sources.contains($0.source) }.flatMap { name in
      name.tags.map { ImageName(source: name.source, tag: $0) }
    }
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
    case .requested, .clusterManifestImage: true
    default: false
    }
  }
}

extension AdditionalImage {
  /// Where each bundle has taken the image, and under which names.
  fileprivate func places(in carried: [CarriedImages]) throws(SealiftError) -> [[ManifestPlace: Set<ImageName>]] {
    let named = carried.map { bundle in bundle.images.filter { !$0.names.isEmpty } }
    let places = named.map { images in
      Dictionary(images.map { ($0.place, names(of: $0)) }) { $0.union($1) }.filter { !$0.value.isEmpty }
    }
    guard places.allSatisfy(\.isEmpty) else { return places }
    let near = nearestName(to: text, in: Set(named.joined().flatMap(\.names).map(\.source)).sorted())
    throw position.error(
      "no bundle has the image '\(text)' by itself\(near.map { "; did you mean \($0)?" } ?? "")",
      nextStep: "look at what `sealift inspect` lists as requested, and write its source")
  }

  /// The names of an image that this means; none if it means another.
  private func names(of image: CarriedImages.Image) -> Set<ImageName> {
    guard targetRepository.map({ $0 == image.entry.destination }) ?? true else { return [] }
    let names = Dictionary(
      grouping: image.names.filter { isMeant($0.source, image.entry.manifest.digest) }, by: \.source)
    return Set(names.values.flatMap(meant))
  }

  /// Whether a name of an image is this one: its very source, or the part of it that names the image.
  private func isMeant(_ source: String, _ digest: Digest) -> Bool {
    switch origin {
    case .registry(let reference):
      guard let source = ImageReference(source: source),
        (source.registry, source.repository) == (reference.registry, reference.repository),
        reference.digest.map({ $0 == digest }) ?? true
      else { return false }
      return source == reference || source.tag == reference.tag
    case .layout, .mirror:
      return source == text || [":", "//", "@"].contains { source.hasPrefix(text + $0) }
    }
  }

  /// Of the names with one source, which differ by their tags at the target, those that are meant.
  private func meant(_ names: [ImageName]) -> [ImageName] {
    if let targetTag { return names.filter { $0.tag == targetTag } }
    guard case .registry(let reference) = origin, names.count > 1 else { return names }
    return names.filter { $0.tag == reference.tag ?? reference.digest?.tag }
  }

  private var text: String {
    switch origin {
    case .registry(let reference): reference.description
    case .layout(let layout): OCILayoutAddress.prefix + layout
    case .mirror(let address): address.description
    }
  }
}
