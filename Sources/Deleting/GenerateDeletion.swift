internal import BundleFormat
internal import Configuration
internal import Content
public import Diagnostics
internal import Digests
internal import Publishing
internal import SystemIO

/// Writes a list of what a `DeleteImageSetConfiguration` asks to be deleted; asks no registry, and deletes nothing.
///
/// - Parameters:
///   - configuration: The path of the file that asks.
///   - bundles: The paths of the bundles that brought it.
/// - Throws: `configuration` for what no bundle has.
public func generateDeletion(
  _ configuration: String, bundles: [String], _ options: DeletionOptions, reporter: any Reporter
) async throws -> GeneratedDeletion {
  let pool = BlockingPool(threads: 1)
  return try await pool.run { try DeletionGenerator(options, reporter).run(configuration, bundles) }
}

/// What `delete --generate` has found.
public struct GeneratedDeletion: Sendable {
  /// Something that was asked for and stays.
  public struct Kept: Sendable {
    /// `docker://HOST/PATH@DIGEST`.
    public let reference: String
    /// Who needs it.
    public let neededBy: String
  }

  /// The path of the list.
  public let list: String
  /// The target as it was named.
  public let target: String
  /// The ids of the bundles.
  public let bundles: [String]
  /// How many images would be deleted, by type, sorted by type.
  public let types: [(type: String, count: Int)]
  /// How many manifests that are.
  public let manifests: Int
  /// The bytes of what nothing known needs then, at most what the registry can free.
  public let bytes: Int
  /// What was asked for and stays.
  public let kept: [Kept]

  /// How many images would be deleted.
  public var images: Int { types.reduce(0) { $0 + $1.count } }
}

private struct DeletionGenerator {
  private let options: DeletionOptions
  private let reporter: any Reporter

  init(_ options: DeletionOptions, _ reporter: any Reporter) {
    self.options = options
    self.reporter = reporter
  }

  func run(_ configuration: String, _ bundles: [String]) throws -> GeneratedDeletion {
    let (host, address) = try options.address()
    try DeletionList.checkIsFree(options.list)
    let request = try DeletionRequest(
      FileSystem.read(configuration, limit: DeletionRequest.maxBytes), source: configuration)
    for note in request.notes { reporter.report(note.event) }
    let carried = try bundles.map {
      try CarriedImages($0, options.trust, address, maxNestedPaths: options.maxNestedPaths, options.temporaryDirectory)
    }
    let kept = try options.keptContent(host, address, maxNestedPaths: options.maxNestedPaths)
    for bundle in carried where kept.bundles.contains(bundle.id.description) {
      throw SealiftError(
        .usage, "\(bundle.path) is named with --bundle, and it or its receipt with --keep too",
        nextStep: "leave it out of --keep: what of it is not asked for stays anyway")
    }
    let selections = try DeletionSelection.find(request, in: carried)
    let plan = try DeletionPlan(
      Array(zip(carried, selections)), keeping: kept, blocked: request.blockedImages)
    noteCatalogs(request)
    let list = DeletionList(
      target: options.target, maxNestedPaths: options.maxNestedPaths, bundles: Set(carried.map(\.id)).sorted(),
      keep: kept.sources.sorted(), items: plan.items,
      kept: plan.kept)
    let bytes = list.bytes(host: host)
    guard bytes.count <= DeletionList.maximumBytes else {
      throw SealiftError(
        .configuration, "the list would be larger than \(DeletionList.maximumBytes.asBytes)",
        nextStep: "ask for a part of it first, such as one catalog or fewer releases")
    }
    try OutputFile(options.list).write(bytes)
    return report(list, plan, host)
  }

  /// A catalog that stays goes on offering what is gone.
  private func noteCatalogs(_ request: DeletionRequest) {
    for catalog in request.operators where !catalog.isWhole {
      reporter.report(
        .note(
          "the image of \(catalog.catalog) stays and still offers what is deleted of it: bring a catalog without that "
            + "to the cluster first"))
    }
  }

  private func report(_ list: DeletionList, _ plan: DeletionPlan, _ host: String) -> GeneratedDeletion {
    let types = DeletionItem.Kind.allCases.map { kind in
      (type: kind.rawValue, count: list.items.count { $0.kind == kind })
    }
    return GeneratedDeletion(
      list: options.list, target: options.target, bundles: list.bundles.map(\.description),
      types: types.filter { $0.count > 0 }, manifests: Set(list.items.flatMap(\.places)).count, bytes: plan.bytes,
      kept: plan.kept.map { .init(reference: DeletionList.reference($0.place, host), neededBy: $0.reason) })
  }
}
