internal import Catalog
internal import ClusterManifests
internal import Configuration
internal import Diagnostics
internal import OCI
internal import SystemIO
internal import YAML

/// Reads the operator catalogs that a configuration asks for, and decides what is kept of them.
struct CatalogGathering: Sendable {
  let options: CatalogOptions
  let sources: SourceSet
  /// For temporary files.
  let directory: String
  /// Threads for files.
  let pool: BlockingPool
  let reporter: any Reporter

  /// A catalog that was read so far that it can be planned.
  private struct Read {
    let request: OperatorRequest
    let open: OpenCatalog
    let catalog: Catalog
  }

  /// - Returns: The catalogs in the order of the configuration, and what the user should know of how things were chosen.
  func run(_ requests: [OperatorRequest]) async throws -> (catalogs: [GatheredCatalog], notes: [String]) {
    reporter.report(.phase(.resolve, bytes: 0, items: requests.count))
    var read: [Read] = []
    var notes: [String] = []
    for request in requests {
      let open = try await OpenCatalog(request.catalog, sources, directory: directory, pool: pool)
      let (catalog, readNotes) = try await open.read(keeping: request.request.firstKeeping)
      notes += readNotes
      // Here the place in the configuration can still be told.
      try request.naming { () throws(SealiftError) in
        _ = try catalog.pruned(by: request.request, source: open.name)
      }
      read.append(Read(request: request, open: open, catalog: catalog))
      reporter.report(.finished(item: open.name, outcome: .moved))
    }
    let (selections, planNotes) = try plan(read)
    var catalogs: [GatheredCatalog] = []
    for (read, selection) in zip(read, selections) {
      let catalog = try await prune(read, selection.request, &notes)
      catalogs.append(catalog)
    }
    try refuseDoubles(catalogs)
    return (catalogs, notes + planNotes)
  }

  /// Two catalogs cannot have one name at the target.
  private func refuseDoubles(_ catalogs: [GatheredCatalog]) throws(SealiftError) {
    var names: [String: GatheredCatalog] = [:]
    for catalog in catalogs {
      guard case .tag(let tag) = catalog.version else { continue }
      let name = "\(try catalog.destination()):\(tag)"
      guard let other = names.updateValue(catalog, forKey: name) else { continue }
      throw catalog.request.position.error(
        "\(other.name) and \(catalog.name) would both be \(name) at the target",
        nextStep: "give one of them a targetCatalog or a targetTag")
    }
  }

  private func plan(_ read: [Read]) throws(SealiftError) -> (selections: [CatalogSelection], notes: [String]) {
    let plan = try DependencyPlan(
      read.map { read in
        CatalogSelection(
          source: read.open.name, catalog: read.catalog, request: read.request.request, needs: read.request.needs)
      })
    if !options.withDependencies || !plan.missing.isEmpty { try plan.requireNothing() }
    let additions = plan.additions.map {
      "\($0.source): \($0.bundle) of package '\($0.package)' is added through channel '\($0.channel)': \($0.reason)"
    }
    return (plan.selections, additions + plan.notes)
  }

  private func prune(
    _ read: Read, _ request: CatalogRequest, _ notes: inout [String]
  ) async throws -> GatheredCatalog {
    var pruned = try read.catalog.pruned(by: request, source: read.open.name)
    notes += pruned.notes.map { "\(read.open.name): \($0)" }
    if !pruned.catalog.packagesWithoutDocuments.isEmpty {
      let catalog = try await read.open.read(keeping: pruned.keeping).catalog
      pruned = try catalog.pruned(by: request, source: read.open.name)
    }
    if pruned.isWhole { try pruned.catalog.validate(source: read.open.name) }
    return GatheredCatalog(
      request: read.request, open: read.open, template: try read.request.loadedTemplate(), catalog: pruned.catalog,
      isWhole: pruned.isWhole && !becomesFiles(read.open))
  }

  /// Whether an image that could be carried as it is becomes a file-based one, because the user names what to make it on.
  private func becomesFiles(_ open: OpenCatalog) -> Bool {
    guard case .image(let image) = open.content, case .database = image.place else { return false }
    return options.base != nil
  }
}

extension CatalogRequest {
  /// What is kept when a catalog is read first: as much as is certainly needed.
  fileprivate var firstKeeping: CatalogReader.Keeping {
    if !packages.isEmpty { return .packages(Set(packages.map(\.name))) }
    return isFull ? .everything : .facts
  }
}

extension OperatorRequest {
  /// Runs `body`, whose errors about the configuration then name the place.
  func naming(_ body: () throws(SealiftError) -> Void) throws(SealiftError) {
    do throws(SealiftError) { try body() } catch {
      guard error.code == .configuration else { throw error }
      throw SealiftError(error.code, "\(position.description): \(error.problem)", nextStep: error.nextStep)
    }
  }

  /// What becomes of the needs of its bundles.
  var needs: CatalogSelection.Needs {
    if skipsDependencies { return .noted }
    return request.packages.isEmpty ? .metIfPossible : .met
  }

  /// The template of the CatalogSource, if one is named.
  fileprivate func loadedTemplate() throws(SealiftError) -> CatalogSourceTemplate? {
    guard let template else { return nil }
    let bytes = try FileSystem.read(template, limit: Self.maximumTemplateBytes)
    return try CatalogSourceTemplate(bytes, path: template)
  }

  // An API server takes no larger object.
  static let maximumTemplateBytes = 1 << 20
}
