internal import Diagnostics
internal import SystemIO

/// Resolve: finds out all that a bundle will hold; no layer moves.
struct Gathering: Sendable {
  let options: PackOptions
  let selection: Selection
  let sources: SourceSet
  let store: MetadataStore
  let reporter: any Reporter

  /// Fetches the metadata of all that was asked for.
  func run() async throws -> BundlePlanner {
    let requests = try await selection.requests(sources)
    reporter.report(.phase(.resolve, bytes: 0, items: requests.count))
    let resolver = Resolver(
      sources: sources, store: store, withReferrers: options.withReferrers,
      skipForeignLayers: options.skipForeignLayers, reporter: reporter)
    var planner = BundlePlanner(store)
    for images in try await resolved(requests, resolver) {
      for image in images { try planner.add(image) }
    }
    return planner
  }

  /// The images of each request, in the order of the requests.
  private func resolved(_ requests: [ImageRequest], _ resolver: Resolver) async throws -> [[BundleImage]] {
    let images = Monitor([[BundleImage]](repeating: [], count: requests.count))
    try await Array(requests.enumerated()).forEachConcurrently(limit: options.parallel) { number, request in
      let found = try await resolver.resolve(request)
      images.withLock { $0[number] = found }
      reporter.report(.finished(item: request.source, outcome: .moved))
    }
    return images.withLock { $0 }
  }
}
