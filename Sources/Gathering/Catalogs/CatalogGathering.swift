public import Catalog
internal import CatalogImages
internal import ClusterManifests
public import Configuration
public import Diagnostics
internal import OCI
internal import SystemIO
internal import YAML

/// Reads the operator catalogs that a configuration asks for, and decides what is kept of them.
struct CatalogGathering: Sendable {
  let options: CatalogOptions
  /// Whether packages that no catalog can have are left out.
  let keepsGoing: Bool
  let sources: SourceSet
  /// For temporary files.
  let directory: String
  /// Threads for files.
  let pool: BlockingPool
  let reporter: any Reporter

  /// - Returns: The catalogs in the order of the configuration, what the user should know of how things were chosen, and
  ///   what is left out: one sentence each.
  func run(
    _ requests: [OperatorRequest]
  ) async throws -> (catalogs: [GatheredCatalog], notes: [String], leftOut: [String]) {
    reporter.report(.phase(.resolve, bytes: 0, items: requests.count))
    var read: [ReadCatalog] = []
    var notes: [String] = []
    for request in requests {
      let open = try await OpenCatalog(
        request.catalog, sources, release: request.targetTag, directory: directory, pool: pool)
      let (catalog, readNotes) = try await open.read(keeping: request.request.firstKeeping, isThorough: keepsGoing)
      notes += readNotes
      var next = ReadCatalog(request, open, catalog)
      if keepsGoing { try next.leaveOutWhatIsFlawed() }
      // Here the place in the configuration can still be told.
      try request.naming { () throws(SealiftError) in _ = try pruned(next.catalog, by: next.wanted, open.name) }
      read.append(next)
      reporter.report(.finished(item: open.name, outcome: .moved))
    }
    let (selections, planNotes) = try plan(&read)
    var catalogs: [GatheredCatalog] = []
    for (read, selection) in zip(read, selections) {
      let catalog = try await prune(read, selection.request, &notes)
      catalogs.append(catalog)
    }
    try refuseDoubles(catalogs)
    return (catalogs, notes + planNotes, read.flatMap(\.leftOut))
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

  private func plan(_ read: inout [ReadCatalog]) throws(SealiftError) -> (
    selections: [CatalogSelection], notes: [String]
  ) {
    var plan = try DependencyPlan(read.map(\.selection))
    // Whoever needs what is left out is left out too.
    while read.contains(where: { !$0.leftOut.isEmpty }), !plan.missing.isEmpty {
      for need in plan.missing {
        try read[need.selection].leaveOut([need.package: "\(need.reason), and no catalog of the configuration has it"])
      }
      plan = try DependencyPlan(read.map(\.selection))
    }
    if !options.withDependencies || !plan.missing.isEmpty { try plan.requireNothing() }
    let additions = plan.additions.map {
      "\($0.source): \($0.bundle) of package '\($0.package)' is added through channel '\($0.channel)': \($0.reason)"
    }
    return (plan.selections, additions + plan.notes)
  }

  private func prune(
    _ read: ReadCatalog, _ request: CatalogRequest, _ notes: inout [String]
  ) async throws -> GatheredCatalog {
    let name = read.open.name
    var pruned = try self.pruned(read.catalog, by: request, name)
    if !pruned.catalog.packagesWithoutDocuments.isEmpty {
      let catalog = try await read.open.read(keeping: pruned.keeping).catalog
      pruned = try self.pruned(read.withoutWhatIsLeftOut(catalog), by: request, name)
    }
    notes += pruned.notes.map { "\(name): \($0)" }
    let isPublished = pruned.isWhole && isCarried(read)
    if pruned.isWhole, !isPublished {
      notes += try sayingHowToGoOn { () throws(SealiftError) in try pruned.catalog.checkDocuments(source: name) }
        .map { "\(name): \($0)" }
    }
    return GatheredCatalog(
      request: read.request, open: read.open, template: try read.request.loadedTemplate(), catalog: pruned.catalog,
      isWhole: isPublished)
  }

  /// Prunes a catalog so that it is a valid one; what is wrong with one package can be left out.
  private func pruned(
    _ catalog: Catalog, by request: CatalogRequest, _ name: String
  ) throws(SealiftError) -> PrunedCatalog {
    try sayingHowToGoOn { () throws(SealiftError) in
      let pruned = try catalog.pruned(by: request, source: name)
      if pruned.isWhole { try pruned.catalog.validate(source: name) }
      return pruned
    }
  }

  private func sayingHowToGoOn<Value>(_ body: () throws(SealiftError) -> Value) throws(SealiftError) -> Value {
    do throws(SealiftError) { return try body() } catch {
      guard error.code == .corrupt, !keepsGoing else { throw error }
      throw error.reworded(nextStep: "\(error.nextStep), or pass --keep-going to leave out the package")
    }
  }

  /// Whether the image of a whole catalog can be carried as it is: it has one, nothing of it is left out, and the user does
  /// not name what to make a file-based one on.
  private func isCarried(_ read: ReadCatalog) -> Bool {
    guard read.leftOut.isEmpty, case .image(let image) = read.open.content else { return false }
    return !image.place.isDatabase || options.base == nil
  }
}

/// A catalog that was read so far that it can be planned.
private struct ReadCatalog {
  let request: OperatorRequest
  let open: OpenCatalog
  /// What is asked of it.
  private(set) var wanted: CatalogRequest
  /// What it has.
  private(set) var catalog: Catalog
  /// What is left out: one sentence each.
  private(set) var leftOut: [String] = []

  private var packagesLeftOut: Set<String> = []

  init(_ request: OperatorRequest, _ open: OpenCatalog, _ catalog: Catalog) {
    self.request = request
    self.open = open
    self.catalog = catalog
    wanted = request.request
  }

  /// What is to be planned of it.
  var selection: CatalogSelection {
    CatalogSelection(source: open.name, catalog: catalog, request: wanted, needs: request.needs)
  }

  /// Leaves out what OLM would refuse.
  ///
  /// - Throws: `corrupt` if nothing is left.
  mutating func leaveOutWhatIsFlawed() throws(SealiftError) {
    leftOut += catalog.flaws.map { "a part of \(open.name) is left out: \($0)" }
    try leaveOut(catalog.problems(of: wanted, source: open.name))
  }

  /// Leaves out packages, each for a reason.
  ///
  /// - Throws: `corrupt` if nothing is left.
  mutating func leaveOut(_ reasons: [String: String]) throws(SealiftError) {
    guard !reasons.isEmpty || !leftOut.isEmpty else { return }
    packagesLeftOut.formUnion(reasons.keys)
    catalog = withoutWhatIsLeftOut(catalog)
    let sorted = reasons.sorted { $0.key < $1.key }
    guard let rest = wanted.leavingOut(packagesLeftOut), !catalog.packages.isEmpty else {
      throw SealiftError(
        .corrupt, sorted.first?.value ?? leftOut.first ?? "\(open.name) has no packages",
        nextStep: "nothing would be left of \(open.name): correct it, or name one that `opm validate` accepts")
    }
    wanted = rest
    leftOut += sorted.map { "package '\($0.key)' of \(open.name) is left out: \($0.value)" }
  }

  /// The same of a catalog that was read again.
  func withoutWhatIsLeftOut(_ catalog: Catalog) -> Catalog {
    leftOut.isEmpty && packagesLeftOut.isEmpty ? catalog : catalog.leavingOut(packagesLeftOut)
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
  public func naming(_ body: () throws(SealiftError) -> Void) throws(SealiftError) {
    do throws(SealiftError) { try body() } catch {
      guard error.code == .configuration else { throw error }
      throw error.about(position.description)
    }
  }

  /// What becomes of the needs of its bundles.
  public var needs: CatalogSelection.Needs {
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
