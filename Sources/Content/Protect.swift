internal import BundleFormat
public import Diagnostics
internal import Digests
internal import Signing
internal import SystemIO
public import Parity
internal import Volumes

/// The parity that was made of a bundle.
public struct Protection: Sendable {
  /// The id of the bundle.
  public let id: String
  /// The paths of the parity volumes.
  public let volumes: [String]
  /// The size of each of them in bytes.
  public let volumeBytes: Int
  /// How many volumes, or equal parts of its file, the bundle has.
  public let dataCount: Int
  /// How many of all may be lost.
  public let losable: Int
  /// In how many groups, in each of which as many may be lost.
  public let groups: Int
}

/// Makes parity volumes of a bundle, beside it.
///
/// The bundle is taken as it is: its head and its end are proven, its blobs are not.
///
/// - Parameters:
///   - places: What the user names.
///   - amount: How much parity.
/// - Throws: `usage` if parity is there already; `corrupt`; `storage`.
public func protect(
  _ places: BundlePlaces, _ amount: ParityAmount, reporter: any Reporter
) async throws -> Protection {
  let pool = BlockingPool(threads: Processors.count)
  let (medium, id) = try await pool.run {
    if case .volumes(let found) = try VolumeSearch.find(places.paths), let path = found.parity.values.joined().min() {
      throw SealiftError(
        .usage, "\(path) is there already",
        nextStep: "use it with sealift verify or sealift repair; to make other parity, remove all parity volumes first")
    }
    let medium = try BundlePlaces(places.paths).open(TrustOptions(), reporter)
    let input = BundleInput(medium)
    let head = try input.readHead(BundleFront.read(input).verify(TrustPolicy(keys: [], allowUnsigned: true))) { _, _ in
    }
    _ = try BundleFile(medium, head)
    return (medium, head.verified.id)
  }
  let size = try medium.size()
  let parity = try UnfinishedParity(
    amount, of: medium.path, bundleBytes: size, volumeBytes: (medium as? VolumeSet)?.volumeBytes)
  do {
    try await parity.write(medium, id: id, pool: pool, reporter: reporter)
    let paths = try parity.name()
    return Protection(
      id: id.description, volumes: paths, volumeBytes: parity.volumeBytes, dataCount: parity.dataCount,
      losable: parity.losable, groups: parity.groups)
  } catch {
    parity.remove()
    throw error
  }
}
