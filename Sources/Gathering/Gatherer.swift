internal import BundleFormat
internal import CatalogImages
internal import ClusterManifests
internal import Configuration
public import Content
public import Diagnostics
internal import Digests
internal import HTTPTransport
internal import Layers
internal import OCI
public import SystemIO

/// Resolve: finds out all that a bundle will hold; no layer moves.
public struct Gatherer: Sendable {
  let options: PackOptions
  let selection: Selection
  let sources: SourceSet
  let store: MetadataStore
  /// Where layers lie that are made here, until they are in the bundle.
  let directory: String
  /// Threads for transfers and for programs that are run.
  let pool: BlockingPool
  /// What renders charts, if it is installed.
  let helm: HelmProgram?
  let reporter: any Reporter

  /// - Parameters:
  ///   - store: Takes the manifests and small configs.
  ///   - directory: Where layers lie that are made here, until they are in the bundle.
  ///   - pool: Threads for transfers and for programs that are run.
  ///   - helm: What renders charts, if it is installed.
  public init(
    options: PackOptions, selection: Selection, sources: SourceSet, store: MetadataStore, directory: String,
    pool: BlockingPool, helm: HelmProgram?, reporter: any Reporter
  ) {
    self.options = options
    self.selection = selection
    self.sources = sources
    self.store = store
    self.directory = directory
    self.pool = pool
    self.helm = helm
    self.reporter = reporter
  }

  /// Fetches the metadata of all that was asked for.
  public func run() async throws -> Gathered {
    var gathered = Gathered(store)
    gathered.userObjects = try await gatherUserObjects()
    // What is wrong with a file shows soon; all else can take minutes.
    gathered.files = try await FileGathering(self).run(selection.files)
    var releases: [ImageRequest] = []
    if let platform = selection.platform { releases = try await gather(platform, into: &gathered) }
    let catalogs = try await gatherCatalogs(into: &gathered)
    let lifted = try await ClusterManifestExtraction(sources: sources, reporter: reporter).run(selection.extract)
    let charts = try await gatherCharts(into: &gathered)
    let others = try await selection.requests(sources) + lifted.requests + charts.flatMap(\.requests)
    var images = ResolvedImages(catalogs)
    try images.admit(releases + images.catalogRequests() + others, selection)
    if !options.keepsGoing, let error = try images.unusableReference() { throw error }
    try await resolve(&images)
    if try !images.missing.isEmpty || images.hasUnusableReferences {
      gathered.missing += try images.dropWhatIsMissing(releases: releases, others: others)
    }
    for object in try lifted.carried(images) { try gathered.userObjects.add(object) }
    gathered.notes += lifted.notes(images)
    try await addReleases(inDirectoriesOf: &images, to: &gathered)
    noteUserObjects(of: &gathered)
    // What this run makes stands first in the file, where it is written first.
    try await add(images.catalogs, images, to: &gathered)
    for chart in charts { if let image = chart.made { try gathered.planner.add(image) } }
    for image in images.all { try gathered.planner.add(image) }
    for file in gathered.files { gathered.planner.add(file: file.content) }
    return gathered
  }

  /// - Returns: The requests for the images of the releases.
  private func gather(_ platform: PlatformRequest, into gathered: inout Gathered) async throws -> [ImageRequest] {
    let fetcher = sources.fetcher
    if platform.graph {
      let image = try await graphDataImage(fetcher)
      // What this run makes stands first in the file, where it is written first.
      try gathered.planner.add(image)
      gathered.graphImage = image
    }
    let releases = try ReleaseGathering(
      options: options, sources: sources, fetcher: fetcher, pool: pool, reporter: reporter)
    let (found, notes) = try await releases.run(platform)
    gathered.releases = found.map(\.proven)
    gathered.notes = notes
    return found.flatMap(\.requests)
  }

  private func gatherUserObjects() async throws -> UserObjects {
    let gathering = ClusterManifestGathering(
      access: options.registry, fetcher: sources.fetcher, local: selection.localClusterManifests)
    return try await gathering.run(selection.clusterManifests)
  }

  private func noteUserObjects(of gathered: inout Gathered) {
    let notes = gathered.userObjects.placeNotes(profiles: gathered.files.flatMap(\.entry.profiles))
    for note in notes { reporter.report(.note(note)) }
    gathered.notes += notes
  }

  private func gatherCatalogs(into gathered: inout Gathered) async throws -> [GatheredCatalog] {
    guard !selection.operators.isEmpty else { return [] }
    let gathering = CatalogGathering(
      options: options.catalogs, keepsGoing: options.keepsGoing, sources: sources, directory: directory, pool: pool,
      reporter: reporter)
    let (found, notes, leftOut) = try await gathering.run(selection.operators)
    gathered.missing += leftOut
    var catalogs = found
    // Before all that they name is looked for.
    for place in catalogs.indices {
      try catalogs[place].requireBase(options.catalogs)
      try selection.requireUnblocked(catalogs[place])
      catalogs[place].blocked = try selection.blockedReferences(of: catalogs[place])
    }
    for note in notes { reporter.report(.note(note)) }
    gathered.notes += notes
    return catalogs
  }

  private func gatherCharts(into gathered: inout Gathered) async throws -> [GatheredChart] {
    guard let request = selection.charts else { return [] }
    let gathering = ChartGathering(
      sources: ChartSources(
        access: options.registry, sources: sources, fetcher: sources.fetcher, pool: pool),
      local: selection.localCharts,
      maker: ChartImageMaker(sources: sources, store: store, directory: directory, pool: pool), helm: helm, pool: pool,
      reporter: reporter)
    let (charts, notes) = try await gathering.run(request)
    for note in notes { reporter.report(.note(note)) }
    gathered.notes += notes
    return charts
  }

  /// Adds the catalogs, of which those are made that are not carried as they are.
  private func add(
    _ catalogs: [GatheredCatalog], _ images: ResolvedImages, to gathered: inout Gathered
  ) async throws {
    let maker = CatalogImageMaker(
      options: options.catalogs, sources: sources, store: store,
      assembly: ImageAssembly(directory: directory, pool: pool), reporter: reporter)
    for catalog in catalogs {
      var (digest, form) = (catalog.publishedImage?.root.descriptor.digest, CarriedCatalog.Form.published)
      if digest == nil {
        let made = try await maker.make(catalog)
        try gathered.planner.add(made.image)
        (digest, form) = (made.image.manifest.digest, made.form)
      }
      guard let digest else { continue }
      try gathered.add(
        PackedCatalog(gathered: catalog, digest: digest, destination: try catalog.destination(), form: form),
        isNamedByTag: options.catalogs.isNamedByTag)
    }
  }

  /// Adds the releases whose payloads are packed from directories of `oc`, where their signatures lie beside the images.
  private func addReleases(inDirectoriesOf images: inout ResolvedImages, to gathered: inout Gathered) async throws {
    var origins: [String: [Digest: ImageOrigin]] = [:]
    for request in images.requests {
      guard case .mirror(let path, _) = request.origin, let digest = images.digest(of: request) else { continue }
      origins[path, default: [:]][digest] = request.origin
    }
    for (path, origins) in origins.sorted(by: { $0.key < $1.key }) {
      let known = Set(gathered.releases.map(\.digest))
      let beside = try await pool.run { try MirrorSignatures(beside: path, of: Set(origins.keys), known: known) }
      var notes = beside.notes
      for signed in beside.signed {
        guard let origin = origins[signed.digest] else { continue }
        do {
          let release = try await directoryReleases().prove(signed, at: origin)
          gathered.releases.append(release)
          images.add(from: path) { release.uses(of: $0, $1) }
        } catch let error as SealiftError where [.protocol, .corrupt].contains(error.code) {
          try gathered.userObjects.add(signed.object)
          notes.append("\(signed.object.place) is packed unproven, for the cluster to prove: \(error.problem)")
        }
      }
      for note in notes { reporter.report(.note(note)) }
      gathered.notes += notes
    }
  }

  private func directoryReleases() throws -> DirectoryReleases {
    let verifier = try ReleaseVerifier(
      options.releases, environment: options.registry.environment, sources.fetcher, pool: pool, reporter)
    return DirectoryReleases(sources: sources, verifier: verifier)
  }

  private func graphDataImage(_ fetcher: HTTPFetcher) async throws -> BundleImage {
    let place = try GraphData.Place(options.releases.graphData ?? GraphData.Place.published)
    let base = try ImageReference(options.releases.graphBaseImage ?? GraphDataImage.defaultBase)
    let data = try await GraphData.load(place, fetcher, directory: directory, pool: pool)
    let repository = try await sources.repository(of: base)
    let built = try await GraphDataImage.build(data, on: base, in: repository, directory: directory, pool: pool)
    for document in built.image.documents { try store.put(document.descriptor.digest, document.bytes) }
    sources.built.add(built.layer.descriptor.digest, built.layerFile)
    return BundleImage(
      source: BundleImage.source(built: "graph-data"), manifest: built.image.root,
      platforms: try store.platforms(of: built.image.root), reason: .graphData,
      destination: "openshift/graph-image", tags: ["latest"], subject: nil, base: built.base.description)
  }

  /// Whether an error is about one image, so that others may be had: its source does not have it, or fails at it for ever
  /// and answers for others.
  private func isOf(_ request: ImageRequest, _ error: SealiftError) async -> Bool {
    if [.notFound, .denied].contains(error.code) { return true }
    guard error.code == .network, error.isTransient else { return false }
    return await (try? sources.source(request.origin))?.answersOthers(in: request.origin.repository) == true
  }

  /// Finds the images of all requests; those that are missing too, where the rest is wanted all the same.
  private func resolve(_ images: inout ResolvedImages) async throws {
    let resolver = Resolver(
      sources: sources, store: store, withReferrers: options.withReferrers,
      skipForeignLayers: options.skipForeignLayers, reporter: reporter)
    let requests = images.requests
    reporter.report(.phase(.resolve, bytes: 0, items: requests.count))
    let found = Monitor([RequestPlace: ResolvedImages.Result]())
    // Some images wait for what was asked about another one: it takes more than one for each request.
    try await requests.forEachConcurrently(limit: 2 * options.registry.requestsAtOnce) { request in
      do {
        let images = try await resolver.resolve(request)
        found.withLock { $0[request.place] = .found(images) }
        reporter.report(.finished(item: request.source, outcome: .moved))
      } catch let error as SealiftError where request.canBeMissing {
        guard await isOf(request, error) else { throw error }
        guard options.keepsGoing else { throw request.mayBeLeftOut(error) }
        found.withLock { $0[request.place] = .missing(error) }
      }
    }
    images.take(found.withLock { $0 })
  }
}
