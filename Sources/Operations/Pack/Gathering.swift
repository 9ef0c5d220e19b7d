internal import BundleFormat
internal import Configuration
internal import Diagnostics
internal import HTTPTransport
internal import Layers
internal import OCI
internal import SystemIO

/// Resolve: finds out all that a bundle will hold; no layer moves.
struct Gathering: Sendable {
  let options: PackOptions
  let selection: Selection
  let sources: SourceSet
  let store: MetadataStore
  /// Where layers lie that are made here, until they are in the bundle.
  let directory: String
  /// Threads for transfers and for programs that are run.
  let pool: BlockingPool
  let reporter: any Reporter

  /// Fetches the metadata of all that was asked for.
  func run() async throws -> Gathered {
    var gathered = Gathered(store)
    if let platform = selection.platform { try await gather(platform, into: &gathered) }
    let requests = try await selection.requests(sources, beside: gathered.releases.flatMap(\.requests)).merged
    reporter.report(.phase(.resolve, bytes: 0, items: requests.count))
    for images in try await resolved(requests) {
      for image in images { try gathered.planner.add(image) }
    }
    return gathered
  }

  private func gather(_ platform: PlatformRequest, into gathered: inout Gathered) async throws {
    let fetcher = options.registry.fetcher(pool: pool)
    if platform.graph {
      let image = try await graphDataImage(fetcher)
      // What this run makes stands first in the file, where it is written first.
      try gathered.planner.add(image)
      gathered.graphImage = image
    }
    let releases = try ReleaseGathering(
      options: options, sources: sources, fetcher: fetcher, pool: pool, reporter: reporter)
    (gathered.releases, gathered.notes) = try await releases.run(platform)
  }

  private func graphDataImage(_ fetcher: HTTPFetcher) async throws -> BundleImage {
    let place = try GraphData.Place(options.releases.graphData ?? GraphData.Place.published)
    let base = try ImageReference(options.releases.graphBaseImage ?? GraphDataImage.defaultBase)
    let data = try await GraphData.load(place, fetcher, directory: directory, pool: pool)
    let source = try await sources.source(.registry(host: base.registry, repository: base.repository))
    let built = try await GraphDataImage.build(data, on: base, of: source, directory: directory, pool: pool)
    for document in built.image.documents { try store.put(document.descriptor.digest, document.bytes) }
    sources.built.add(built.layer.descriptor.digest, built.layerFile)
    return BundleImage(
      source: "\(ImageOrigin.builtPrefix)graph-data", manifest: built.image.root,
      platforms: try store.platforms(of: built.image.root), reason: ImageReason.graphData.text,
      destination: "openshift/graph-image", tags: ["latest"], subject: nil, base: built.base.description)
  }

  /// The images of each request, in the order of the requests.
  private func resolved(_ requests: [ImageRequest]) async throws -> [[BundleImage]] {
    let resolver = Resolver(
      sources: sources, store: store, withReferrers: options.withReferrers,
      skipForeignLayers: options.skipForeignLayers, reporter: reporter)
    let images = Monitor([[BundleImage]](repeating: [], count: requests.count))
    try await Array(requests.enumerated()).forEachConcurrently(limit: options.parallel) { number, request in
      let found = try await resolver.resolve(request)
      images.withLock { $0[number] = found }
      reporter.report(.finished(item: request.source, outcome: .moved))
    }
    return images.withLock { $0 }
  }
}
