public import Diagnostics

/// One catalog of a configuration, and what is wanted of it.
public struct CatalogSelection: Sendable {
  /// The name of the catalog, for messages.
  public let source: String
  /// The catalog; that it was read without documents is enough here.
  public let catalog: Catalog
  /// What is wanted.
  public var request: CatalogRequest
  /// What becomes of the needs of its bundles.
  public var needs: Needs

  /// What becomes of what bundles need and nobody has asked for.
  public enum Needs: Sendable {
    /// It is added, or missing.
    case met
    /// It is added where a catalog has it, and else noted: nobody has chosen these bundles one by one.
    case metIfPossible
    /// It is noted.
    case noted
  }

  /// Makes one.
  public init(source: String, catalog: Catalog, request: CatalogRequest, needs: Needs = .met) {
    self.source = source
    self.catalog = catalog
    self.request = request
    self.needs = needs
  }
}

/// A bundle that is kept beyond what was asked for, because another one needs it.
public struct DependencyAddition: Sendable, Equatable {
  /// The place of the catalog among the selections.
  public let selection: Int
  /// The name of the catalog.
  public let source: String
  /// The package.
  public let package: String
  /// The channel through which it is kept.
  public let channel: String
  /// The bundle.
  public let bundle: String
  /// The package of the bundle that needs it.
  public let neededBy: String
  /// The bundle that needs it, and what it needs: `mtc-operator.v1.8.2 needs package …`.
  public let reason: String
  /// What a configuration file would have to say, as one entry of the catalog's `packages` in YAML.
  public let configuration: String
}

/// Something that a kept bundle needs, and that no catalog has.
public struct MissingDependency: Sendable, Equatable {
  /// The place, among the selections, of the catalog of the bundle that needs it.
  public let selection: Int
  /// The name of that catalog.
  public let source: String
  /// The package of the bundle that needs it.
  public let package: String
  /// The bundle that needs it.
  public let bundle: String
  /// Which bundle needs what.
  public let reason: String
}

/// What must be kept beyond what was asked for, so that every kept bundle finds what it needs.
public struct DependencyPlan: Sendable {
  /// The selections, whose requests include the additions.
  public internal(set) var selections: [CatalogSelection]
  /// What was added, in the order in which it was found to be needed.
  public internal(set) var additions: [DependencyAddition] = []
  /// What no catalog has.
  public internal(set) var missing: [MissingDependency] = []
  /// What could not be checked, and needs that are only noted: one sentence each.
  public internal(set) var notes: [String] = []

  /// Finds the additions.
  ///
  /// One bundle is added at a time: the one that meets the most needs that are open; among those, one of a package that
  /// is kept already; of the catalog named first; the head of a default channel; the highest version; the first by name.
  /// It is kept through the channel in which that keeps the fewest further bundles. Its own needs are met in turn.
  ///
  /// - Throws: What `Catalog.pruned` throws.
  ///
  /// Source: `formats/pruning.md`, "Dependencies".
  public init(_ selections: [CatalogSelection]) throws(SealiftError) {
    self.selections = selections
    var resolver = try DependencyResolver(selections)
    try resolver.resolve()
    self.selections = resolver.selections
    (additions, missing, notes) = (resolver.additions, resolver.missing, resolver.notes)
  }

  /// Refuses what was asked for if anything had to be added, or is missing.
  ///
  /// - Throws: `configuration`, with the lines to add.
  public func requireNothing() throws(SealiftError) {
    if let first = missing.first {
      // All of them at once: each may mean another catalog.
      let others = missing.dropFirst().prefix(Self.shownReasons - 1).map { "; \($0.reason)" }.joined()
      let rest = missing.count > Self.shownReasons ? "; and \(missing.count - Self.shownReasons) more" : ""
      throw SealiftError(
        .configuration, "\(first.reason), and no catalog of the configuration has it\(others)\(rest)",
        nextStep: "add the catalog that has it, or ask for another version of the bundle")
    }
    guard let first = additions.first else { return }
    let others = additions.count > 1 ? "; in all \(additions.count) bundles are to be added" : ""
    let lines = additions.map { "`- \($0.configuration)` to the packages of \($0.source)" }
    throw SealiftError(
      .configuration, "\(first.reason), which is not among what is asked for\(others)",
      nextStep: "add \(lines.joined(separator: ", ")), or run again with --with-dependencies")
  }

  // More fill the screen.
  private static let shownReasons = 8
}
