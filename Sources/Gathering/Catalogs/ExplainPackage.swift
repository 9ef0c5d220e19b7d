internal import Catalog
internal import Configuration
internal import Content
public import Diagnostics
internal import SystemIO

/// Why the bundles of one package are packed, or not. Texts are as catalogs have them, not escaped.
public struct PackageExplanation: Sendable {
  /// What becomes of the package of one catalog.
  public struct Part: Sendable {
    /// The catalog.
    public let catalog: String
    /// Whether the package is packed.
    public let isPacked: Bool
    /// What becomes of each entry of each channel; none if nobody asks for the package.
    public let entries: [Entry]
    /// What a person should know: one sentence each.
    public let notes: [String]
    /// The channels drawn in text.
    public let drawing: [String]
    /// The channels as a graph for Graphviz.
    public let dot: String
  }

  /// What becomes of one entry of a channel.
  public struct Entry: Sendable {
    /// The channel.
    public let channel: String
    /// The bundle.
    public let bundle: String
    /// Its version as it is written; empty if there is none.
    public let version: String
    /// Whether it is packed.
    public let isKept: Bool
    /// Why, in a few words.
    public let reason: String
  }

  /// The package.
  public let package: String
  /// One for each catalog of the configuration that has the package, in its order.
  public let parts: [Part]
}

/// Says why the bundles of one package would be packed, or not; reads the catalogs, and nothing else.
///
/// - Parameters:
///   - package: The package.
///   - options: What `pack` would be given.
/// - Throws: `notFound` if no catalog has the package; what `pack` throws for catalogs and requests that are not well.
public func explain(
  _ package: String, _ options: PackOptions, reporter: any Reporter
) async throws -> PackageExplanation {
  let pool = BlockingPool(threads: 2)
  let requests = try Selection(options, reporter).operators
  guard !requests.isEmpty else {
    throw SealiftError(
      .configuration, "no operator catalog is asked for", nextStep: "name one under mirror.operators of a -c FILE")
  }
  reporter.report(.phase(.resolve, bytes: 0, items: requests.count))
  let sources = SourceSet(options.registry, pool: pool, reporter: reporter)
  let directory = FileSystem.temporaryDirectory(options.registry.environment)
  var selections: [CatalogSelection] = []
  for request in requests {
    let open = try await OpenCatalog(
      request.catalog, sources, release: request.targetTag, directory: directory, pool: pool)
    let catalog = try await open.read(keeping: .facts).catalog
    try request.naming { () throws(SealiftError) in
      _ = try catalog.pruned(by: request.request, source: open.name)
    }
    selections.append(
      CatalogSelection(source: open.name, catalog: catalog, request: request.request, needs: request.needs))
    reporter.report(.finished(item: open.name, outcome: .moved))
  }
  let explainer = try PackageExplainer(package, selections, withDependencies: options.catalogs.withDependencies)
  return PackageExplanation(package: package, parts: try explainer.parts())
}

/// Looks up what becomes of one package.
private struct PackageExplainer {
  private let name: String
  private let selections: [CatalogSelection]
  private let notes: [String]

  init(_ name: String, _ selections: [CatalogSelection], withDependencies: Bool) throws(SealiftError) {
    self.name = name
    let plan = try DependencyPlan(selections)
    self.selections = withDependencies ? plan.selections : selections
    let missing = plan.missing.filter { $0.package == name }
    let additions = plan.additions.filter { [$0.package, $0.neededBy].contains(name) }
    notes =
      missing.map { "\($0.reason), and no catalog of the configuration has it" }
      + additions.map { addition in
        let fate = withDependencies ? "is added through channel '\(addition.channel)'" : "is not asked for"
        return "\(addition.bundle) of package '\(addition.package)' \(fate): \(addition.reason)"
      } + plan.notes
  }

  func parts() throws(SealiftError) -> [PackageExplanation.Part] {
    var parts: [PackageExplanation.Part] = []
    for selection in selections {
      guard let package = selection.catalog.packages[name] else { continue }
      parts.append(try part(package, selection))
    }
    guard parts.isEmpty else { return parts }
    let near = nearestName(to: name, in: selections.flatMap(\.catalog.packageNames)).map { "; did you mean '\($0)'?" }
    let source = selections.first?.source ?? ""
    throw SealiftError(
      .notFound, "no catalog of the configuration has a package '\(name)'\(near ?? "")",
      nextStep: "run `sealift list operators --catalog \(source)` to see its packages")
  }

  private func part(
    _ package: CatalogPackage, _ selection: CatalogSelection
  ) throws(SealiftError) -> PackageExplanation.Part {
    var decisions: [EntryDecision] = []
    var notes: [String] = []
    if let request = request(in: selection) {
      let pruned = try selection.catalog.pruned(by: request, source: selection.source)
      decisions = pruned.decisions[name] ?? []
      notes = pruned.notes
    }
    notes += self.notes
    let drawing = ChannelDrawing(package, decisions: decisions)
    return PackageExplanation.Part(
      catalog: selection.source, isPacked: decisions.contains(where: \.reason.isKept),
      entries: decisions.map { .init($0) }, notes: notes,
      drawing: drawing.lines, dot: drawing.dot)
  }

  /// What is asked of this package alone; `nil` for nothing.
  private func request(in selection: CatalogSelection) -> CatalogRequest? {
    let packages = selection.request.packages
    guard let request = packages.isEmpty ? PackageRequest(name: name) : packages.first(where: { $0.name == name })
    else { return nil }
    return CatalogRequest(packages: [request], isFull: selection.request.isFull)
  }
}

extension PackageExplanation.Entry {
  fileprivate init(_ decision: EntryDecision) {
    channel = decision.channel
    bundle = decision.bundle
    version = decision.version
    isKept = decision.reason.isKept
    reason = decision.reason.description
  }
}
