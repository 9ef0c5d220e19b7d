public import Diagnostics
internal import Digests
internal import Signing
internal import SystemIO
internal import Volumes

/// A volume that was proven by the signed list alone.
public struct VolumeProof: Sendable {
  /// The file.
  public let path: String
  /// The name that the list has for it.
  public let name: String
  /// Its number, from 1 on.
  public let number: Int
  /// How many volumes the bundle has.
  public let count: Int
  /// Its size in bytes.
  public let size: Int
}

/// What `verify --volume` proved.
public struct VolumesProof: Sendable {
  /// The id of the bundle, as the list has it.
  public let bundle: String
  /// The ids of the trusted keys that signed the list.
  public let signers: [String]
  /// The volumes.
  public let volumes: [VolumeProof]
}

/// Proves volumes by the signed list of all of them, before the others are there.
///
/// - Parameters:
///   - files: The volumes.
///   - places: Where the list is, besides the directories of the volumes.
///   - trust: Whose list counts.
/// - Throws: `corrupt`, naming all volumes that are not what the list tells; `untrusted`; `notFound` without a list.
public func verifyVolumes(
  _ files: [String], list places: [String], trust: TrustOptions, reporter: any Reporter
) async throws -> VolumesProof {
  let pool = BlockingPool(threads: 1)
  return try await pool.runCancellable { flag in
    if let parity = files.first(where: { ParityName(path: $0) != nil }) {
      throw SealiftError(
        .usage, "\(parity) is a parity volume, of which no list tells",
        nextStep: "leave it out: sealift repair looks through parity volumes, and sealift verify uses them")
    }
    let (list, signers) = try volumeList(files, places, trust.policy())
    let sizes = try files.map { try File(regular: $0, followingLinks: true).size() }
    reporter.report(.phase(.prove, bytes: sizes.reduce(0, +), items: files.count))
    var proofs: [VolumeProof] = []
    var failures: [String] = []
    for file in files {
      let finding = try VolumeFinding(reading: file, list) {
        try flag.check()
        reporter.report(.advanced(bytes: $0))
      }
      switch finding {
      case .proven(let number):
        let entry = list.entries[number]
        proofs.append(
          VolumeProof(
            path: file, name: entry.name, number: number + 1, count: list.entries.count, size: entry.size))
        reporter.report(.finished(item: file, outcome: .present))
      case .wrong(let problem): failures.append("\(file) \(problem)")
      }
    }
    guard failures.isEmpty else {
      throw SealiftError(
        .corrupt, failures.joined(separator: "; "), nextStep: "write these volumes to their media again")
    }
    return VolumesProof(bundle: list.bundle.description, signers: signers, volumes: proofs)
  }
}

private func volumeList(
  _ files: [String], _ places: [String], _ policy: TrustPolicy
) throws(SealiftError) -> (VolumeList, [String]) {
  for path in places + files {
    guard case .volumes(let found) = try VolumeSearch.find([path]), let list = found.lists.first else { continue }
    return try VolumeListFile(list).verifyWithSigners(policy)
  }
  throw SealiftError(
    .notFound, "there is no list of the volumes beside \((places + files).joined(separator: ", "))",
    nextStep: "bring NAME.tar.zst.volumes and its .sig files, and name them: sealift verify NAME.tar.zst.volumes "
      + "--volume FILE")
}
