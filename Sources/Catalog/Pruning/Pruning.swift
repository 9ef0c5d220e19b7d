public import Diagnostics

extension Catalog {
  /// Keeps what is asked for, so that it is a valid catalog again.
  ///
  /// - Parameters:
  ///   - request: What is wanted; this catalog must have been read with the documents of its packages.
  ///   - source: The name of the catalog, for messages.
  /// - Throws: `configuration` for a request that cannot be met, and `corrupt` for a catalog that would not be one by
  ///   OLM's rules.
  ///
  /// Source: `formats/pruning.md`.
  public func pruned(by request: CatalogRequest, source: String) throws(SealiftError) -> PrunedCatalog {
    if request.packages.isEmpty, request.isFull { return PrunedCatalog(catalog: self, isWhole: true) }
    // What else is wrong may follow from what cannot be read.
    if !flaws.isEmpty { try validate(source: source) }
    var result = PrunedCatalog(catalog: Catalog(), isWhole: false)
    var wanted = request.packages
    if wanted.isEmpty {
      for package in packages.values {
        if package.isOnlyOthers {
          result.catalog.packages[package.name] = package
        } else {
          wanted.append(PackageRequest(name: package.name))
        }
      }
    }
    for packageRequest in wanted.sorted(by: { byteOrder($0.name, $1.name) }) {
      let package = try package(named: packageRequest.name, source: source)
      guard result.catalog.packages[package.name] == nil else {
        throw SealiftError(
          .configuration, "package '\(package.name)' is asked for twice in \(source)",
          nextStep: "put all of its channels under one entry")
      }
      let pruner = PackagePruner(package: package, request: packageRequest, isFull: request.isFull, source: source)
      let pruned = try pruner.prune()
      result.catalog.packages[package.name] = pruned.package
      result.decisions[package.name] = pruned.decisions
      result.notes += pruned.notes
    }
    result.catalog.others = others
    for document in others { try document.check(source: source) }
    try result.catalog.validate(source: source)
    return result
  }

  /// A package that must be there.
  ///
  /// - Parameters:
  ///   - source: The name of the catalog, for messages.
  ///   - code: What it means if it is not there.
  /// - Throws: An error of that code, with the nearest name.
  public func package(
    named name: String, source: String, code: SealiftError.Code = .configuration
  ) throws(SealiftError) -> CatalogPackage {
    if let package = packages[name], !package.isOnlyOthers { return package }
    let near = nearestName(to: name, in: packageNames)
    throw SealiftError(
      code, "\(source) has no package '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""),
      nextStep: "run `sealift list operators --catalog \(source)` to see its packages")
  }
}

/// Keeps of one package what is asked for.
struct PackagePruner {
  let package: CatalogPackage
  let request: PackageRequest
  let isFull: Bool
  let source: String

  /// What is left of the package, and why.
  struct Result {
    var package: CatalogPackage
    var decisions: [EntryDecision] = []
    var notes: [String] = []
  }

  /// Prunes the package.
  func prune() throws(SealiftError) -> Result {
    try requireReadable()
    try checkRequest()
    var result = Result(package: package)
    result.package.channels = []
    var names: Set<String> = []
    for channel in package.channels.sorted(by: { byteOrder($0.name, $1.name) }) {
      let channelRequest = self.request(for: channel)
      let pruner = ChannelPruner(
        package: package, channel: channel, isFull: isFull && channelRequest?.isOnlyRequired != true,
        request: channelRequest ?? ChannelRequest(name: channel.name), source: source)
      guard channelRequest != nil else {
        result.decisions += pruner.leftOut()
        continue
      }
      let pruned = try pruner.decide()
      result.decisions += pruned.decisions
      result.notes += pruned.notes
      guard !pruned.kept.isEmpty || isFull else {
        try noteEmpty(channel, pruner.request, &result)
        continue
      }
      names.formUnion(pruned.kept)
      result.package.channels.append(try channel.keeping(pruned.kept))
    }
    try chooseDefault(&result)
    result.package.bundles = package.bundles.filter { names.contains($0.name) }
    try result.package.trimDeprecations(names)
    result.notes += try result.package.checkDocuments(source: source)
    return result
  }

  private func requireReadable() throws(SealiftError) {
    guard let problem = package.flaws.first else { return }
    throw SealiftError(
      .corrupt, "package '\(package.name)' of \(source) \(problem)", nextStep: DocumentPlace.nextStep)
  }

  private func request(for channel: CatalogChannel) -> ChannelRequest? {
    let wantsAll = !request.isOnlyRequired && request.channels.allSatisfy(\.isOnlyRequired)
    guard var named = request.channels.first(where: { $0.name == channel.name }) else {
      return wantsAll ? ChannelRequest(name: channel.name, bounds: request.bounds) : nil
    }
    if wantsAll { named.isOnlyRequired = false }
    if !named.isOnlyRequired, named.bounds.isEmpty { named.bounds = request.bounds }
    return named
  }
}

extension CatalogPackage {
  /// All documents that are kept, in the order in which they are written.
  ///
  /// Source: operator-registry, `declcfg.WriteFS`.
  public var documents: [CatalogDocument] {
    packageDocuments
      + channels.sorted { byteOrder($0.name, $1.name) }.compactMap(\.document)
      + bundles.sorted { byteOrder($0.name, $1.name) }.compactMap(\.document)
      + others.enumerated().sorted { ($0.element.schema, $0.offset) < ($1.element.schema, $1.offset) }.map(\.element)
      + deprecations.compactMap(\.document)
  }
}
