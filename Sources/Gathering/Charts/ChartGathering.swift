internal import BundleFormat
internal import Charts
internal import Configuration
internal import Content
internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import OCI
internal import SystemIO

/// Fetches the charts that a configuration asks for, and finds the images that they need.
struct ChartGathering: Sendable {
  let sources: ChartSources
  let local: LocalCharts
  let maker: ChartImageMaker
  /// What renders charts, if it is installed.
  let helm: HelmProgram?
  let pool: BlockingPool
  let reporter: any Reporter

  /// - Returns: The charts, those of repositories first, each once; and what the user should know.
  func run(_ request: HelmRequest) async throws -> (charts: [GatheredChart], notes: [String]) {
    var charts: [GatheredChart] = []
    var notes: [String] = []
    func add(_ found: FoundChart, _ wanted: Wanted) async throws {
      let (chart, more) = try await gather(found, wanted)
      reporter.report(.finished(item: found.source, outcome: .moved))
      guard try Self.isNew(chart, among: charts) else { return }
      charts.append(chart)
      notes += found.notes + more
    }
    for repository in request.repositories {
      for (found, wanted) in try await fetches(of: repository, &notes) { try await add(try await found(), wanted) }
    }
    for chart in request.local {
      try await add(
        try await pool.run { try local.read(chart) }, Wanted(paths: chart.imagePaths, platforms: chart.platforms))
    }
    return (charts, notes)
  }

  /// What is wanted of the images of a chart.
  private struct Wanted {
    /// Where its rendered objects have further ones.
    var paths: [JSONPath] = []
    /// Those of which they are wanted; none for all.
    var platforms: [Platform] = []
  }

  private typealias Fetch = (found: () async throws -> FoundChart, wanted: Wanted)

  /// What fetches each chart of a repository, so that only one is in memory at a time.
  private func fetches(of repository: HelmRequest.Repository, _ notes: inout [String]) async throws -> [Fetch] {
    if repository.url.hasPrefix(HelmRequest.registryPrefix) {
      let place = repository.url.dropFirst(HelmRequest.registryPrefix.count)
      let path = place.hasSuffix("/") ? place.dropLast() : place
      reporter.report(.phase(.resolve, bytes: 0, items: repository.charts.count))
      return repository.charts.map { chart in
        (
          { try await sources.pull("\(path)/\(chart.name)", name: chart.name, version: chart.version ?? "") },
          Wanted(paths: chart.imagePaths, platforms: chart.platforms)
        )
      }
    }
    let listed = try await sources.list(repository)
    reporter.report(.phase(.resolve, bytes: 0, items: listed.entries.count))
    if repository.charts.isEmpty {
      notes.append(
        "repository \(repository.name): the newest version of each of its \(listed.entries.count) charts is packed; "
          + "name charts for others")
    }
    return listed.entries.map { entry, request in
      (
        { try await sources.fetch(entry, base: listed.base) },
        Wanted(paths: request?.imagePaths ?? [], platforms: request?.platforms ?? [])
      )
    }
  }

  private func gather(_ found: FoundChart, _ wanted: Wanted) async throws -> (GatheredChart, [String]) {
    let (chart, images) = try await pool.run {
      let chart = try ChartArchive.read(found.archive, found.source)
      try Self.check(chart.metadata, found)
      return (chart, try self.images(of: chart, found, wanted.paths))
    }
    let metadata = chart.metadata
    var requests = images.references.map { reference in
      var request = ImageRequest(reference, source: reference.description)
      request.reason = .chartImage(metadata.title)
      request.platforms = WantedPlatforms(wanted.platforms)
      return request
    }
    var made: BundleImage?
    switch found.carriage {
    case .made(let provenance): made = try await maker.make(found, metadata, provenance: provenance)
    case .published(let reference):
      var request = ImageRequest(reference, source: reference.description, repository: try metadata.repository)
      request.tags = [try metadata.tag]
      request.reason = .chart(metadata.title)
      requests.insert(request, at: 0)
    }
    let gathered = GatheredChart(
      metadata: metadata, source: found.source, digest: SHA256Hasher.digest(of: found.archive), made: made,
      requests: requests)
    return (gathered, images.notes)
  }

  private func images(of chart: Chart, _ found: FoundChart, _ paths: [JSONPath]) throws(SealiftError) -> ChartImages {
    guard let helm else { return ChartImages(of: chart, because: "helm is not on the PATH", paths: paths) }
    switch try helm.render(chart.metadata.name, archive: found.archive) {
    case .failed(let reason): return ChartImages(of: chart, because: reason, paths: paths)
    case .objects(let objects):
      let own = ImageMentions(path: nil, list: WorkloadImages.mentions(in: objects))
      let more = paths.map { ImageMentions(path: $0, list: WorkloadImages.mentions(in: objects, at: $0)) }
      return ChartImages(of: chart.metadata, rendered: [own] + more)
    }
  }

  private static func check(_ metadata: ChartMetadata, _ found: FoundChart) throws(SealiftError) {
    guard let expected = found.expected else { return }
    let isOther = expected.version.map { $0 != metadata.version } ?? false
    guard metadata.name != expected.name || isOther else { return }
    let wanted = [expected.name, expected.version].compactMap(\.self).joined(separator: " ")
    throw SealiftError(
      .protocol, "\(found.source) is the chart \(metadata.title), and \(wanted) is wanted",
      nextStep: "check the name in the configuration, or ask the publisher for a sound chart")
  }

  /// Whether a chart is not among others yet.
  ///
  /// - Throws: `configuration` for another chart of the same name and version.
  private static func isNew(_ chart: GatheredChart, among others: [GatheredChart]) throws(SealiftError) -> Bool {
    let tag = try chart.metadata.tag
    for other in others where other.metadata.name == chart.metadata.name {
      guard try other.metadata.tag == tag else { continue }
      if other.digest == chart.digest { return false }
      throw SealiftError(
        .configuration, "\(other.source) and \(chart.source) are different charts \(chart.metadata.title)",
        nextStep: "leave one of them out, or name another version of it")
    }
    return true
  }
}
