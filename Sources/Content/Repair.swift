internal import BundleFormat
public import Diagnostics
internal import Digests
public import Parity
internal import SystemIO

/// What `repair` did.
public struct Repair: Sendable {
  /// The id of the bundle.
  public let id: String
  /// What was written again.
  public let volumes: [RepairedVolume]
}

/// Writes whole volumes for those of a bundle that are damaged or missing, from its parity.
///
/// - Parameters:
///   - places: What the user names.
///   - trust: Whose list of volumes counts.
///   - directory: Where they go; beside the bundle if it is `nil`.
/// - Throws: `notFound` if there is no parity; `beyondRepair`; `storage`.
public func repair(
  _ places: BundlePlaces, trust: TrustOptions, into directory: String?, reporter: any Reporter
) async throws -> Repair {
  let pool = BlockingPool(threads: Processors.count)
  let medium = try await pool.run { try BundlePlaces(places.paths).open(trust, reporter) }
  guard let bundle = medium as? ProtectedBundle else {
    throw SealiftError(
      .notFound, "\(medium.path) has no parity that can be used",
      nextStep: "bring \(FileSystem.name(of: medium.path)).p01 and the like, and name their directories too")
  }
  let survey = try await bundle.survey(pool: pool, reporter: reporter)
  let directory = directory ?? FileSystem.parent(of: medium.path)
  return Repair(
    id: bundle.id.description,
    volumes: try await bundle.repair(survey, into: directory, pool: pool, reporter: reporter))
}
