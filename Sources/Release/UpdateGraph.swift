public import Diagnostics
public import OCI
public import Versions

/// The releases of a channel and the upgrades between them, for one architecture.
///
/// Source: openshift/cincinnati, docs/design/cincinnati.md; openshift/enhancements, "targeted update edge blocking".
public struct UpdateGraph: Sendable {
  /// The releases in ascending order, no version twice; none for a channel that does not exist.
  public let releases: [PublishedRelease]
  /// The risks of each upgrade by where it begins and where it leads; none for an unconditional one.
  let upgrades: [SemanticVersion: [SemanticVersion: [UpgradeRisk]]]

  /// - Parameters:
  ///   - releases: In any order, no version twice.
  ///   - upgrades: Between versions of `releases`.
  init(_ releases: [PublishedRelease], _ upgrades: [SemanticVersion: [SemanticVersion: [UpgradeRisk]]]) {
    self.releases = releases.sorted { $0.version.isOrdered(before: $1.version) }
    self.upgrades = upgrades
  }

  /// Joins the graphs of several channels: an upgrade that one of them has conditions for is conditional.
  ///
  /// - Throws: `protocol` if two of them give one version different payloads.
  public init(joining graphs: [UpdateGraph]) throws(SealiftError) {
    var releases: [SemanticVersion: PublishedRelease] = [:]
    var upgrades: [SemanticVersion: [SemanticVersion: [UpgradeRisk]]] = [:]
    for graph in graphs {
      for release in graph.releases {
        if let other = releases[release.version], other.payload.digest != release.payload.digest {
          throw SealiftError(
            .protocol, "\(release.version) is \(other.payload) in one channel and \(release.payload) in another",
            nextStep: "ask the owner of the update service which one is right")
        }
        releases[release.version] = release
      }
      for (from, targets) in graph.upgrades {
        upgrades[from, default: [:]].merge(targets) { $0.adding($1) }
      }
    }
    self.init(Array(releases.values), upgrades)
  }

  /// The release of a version, if it is in the graph.
  public func release(_ version: SemanticVersion) -> PublishedRelease? {
    releases.first { $0.version == version }
  }

  /// The upgrades that begin at a version, those to the highest first.
  public func upgrades(from version: SemanticVersion) -> [UpgradeStep] {
    (upgrades[version] ?? [:]).map { UpgradeStep(from: version, to: $0, risks: $1) }
      .sorted { $1.to.isOrdered(before: $0.to) }
  }
}

/// One release as an update graph lists it.
public struct PublishedRelease: Sendable, Equatable {
  /// The version.
  public let version: SemanticVersion
  /// The release image, by digest.
  public let payload: ImageReference
  /// Where its errata are published, as the graph says.
  public let url: String?
  /// The names of the channels that it is in, as the graph says.
  public let channels: [String]
}

/// Why an upgrade is not for every cluster.
public struct UpgradeRisk: Sendable, Equatable {
  /// The name, such as `OVNKubeMasterDSPrestop`.
  public let name: String
  /// What can happen.
  public let message: String
  /// Where more is written.
  public let url: String
}

/// One upgrade, or a place where one is missing.
public struct UpgradeStep: Sendable, Equatable {
  /// Whether a cluster can take it.
  public enum Kind: Sendable, Equatable {
    /// Every cluster can.
    case unconditional
    /// Those clusters can to which none of the risks applies, and others at their own risk.
    case conditional([UpgradeRisk])
    /// None can: no upgrade leads there.
    case blocked
  }

  /// Where it begins.
  public let from: SemanticVersion
  /// Where it leads.
  public let to: SemanticVersion
  /// Whether a cluster can take it.
  public let kind: Kind

  init(from: SemanticVersion, to: SemanticVersion, risks: [UpgradeRisk]) {
    self.init(from: from, to: to, kind: risks.isEmpty ? .unconditional : .conditional(risks))
  }

  init(from: SemanticVersion, to: SemanticVersion, kind: Kind) {
    self.from = from
    self.to = to
    self.kind = kind
  }

  /// The risks of a conditional upgrade.
  public var risks: [UpgradeRisk] {
    if case .conditional(let risks) = kind { risks } else { [] }
  }
}

extension SemanticVersion {
  /// A total order: where semver sees no difference, the text decides.
  func isOrdered(before other: SemanticVersion) -> Bool {
    if precedes(other) { return true }
    return !other.precedes(self) && description.utf8.lexicographicallyPrecedes(other.description.utf8)
  }
}

extension [UpgradeRisk] {
  /// The risks with those of `others` whose names are new.
  func adding(_ others: [UpgradeRisk]) -> [UpgradeRisk] {
    self + others.filter { other in !contains { $0.name == other.name } }
  }
}
