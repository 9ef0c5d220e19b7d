internal import BundleFormat
public import Content
public import Diagnostics
internal import OCI
internal import Parity
internal import Volumes

/// What a bundle will hold, before a layer has moved.
public struct PackPlan: Sendable {
  /// What it will hold.
  public let contents: BundleContents
  /// The bytes that are still to be fetched, besides what was fetched for the plan.
  public let bytesToFetch: Int
  /// The size of the file; an upper bound unless `isExact`.
  public let fileBytes: Int
  /// Whether no blob is compressed while it is packed, so that the size is exact.
  public let isExact: Bool
  /// What the user should know of how things were chosen: one sentence each.
  public let notes: [String]
  /// What was asked for and is not in the bundle, and why: one sentence each.
  public let missing: [String]
  /// For an update: the size that the file would have without its bases, or an upper bound as for `fileBytes`.
  public let fileBytesWithoutBases: Int?
  /// What each target lacks, where what all of them have is left out.
  public let targets: [TargetShare]
  /// What bases have brought and is not packed any more.
  public let vanished: [Vanished]
  /// The size of a volume; `nil` for a bundle that is one file.
  public let volumeBytes: Int?

  private let parity: ParityAmount?

  init(
    _ planned: PlannedBundle, bytesToFetch: Int, _ bases: Bases, volumeBytes: Int?, parity: ParityAmount?
  ) throws(SealiftError) {
    let verified = planned.writer.head.verified
    contents = try BundleContents(verified, try .init(verified.index, in: planned.store), planned.store)
    let held = verified.index.held.reduce(0) { $0 + BundleLayout.entryBytes($1.descriptor.size) }
    fileBytesWithoutBases = bases.isEmpty ? nil : planned.writer.maximumFileBytes + held
    targets = bases.shares(of: verified.index)
    vanished = bases.vanished(from: verified.index)
    self.bytesToFetch = bytesToFetch
    fileBytes = planned.writer.maximumFileBytes
    isExact = verified.layout.tailContents.isEmpty
    notes = planned.notes
    missing = planned.missing
    self.volumeBytes = volumeBytes
    self.parity = parity
  }

  /// How many parity volumes a bundle of a size gets, and the size of each; `nil` if none were asked for.
  public func parity(of size: Int) -> (count: Int, bytes: Int)? {
    parity?.volumes(of: size, volumeBytes: volumeBytes)
  }

  /// How many volumes a bundle of a size takes; `nil` for one that is one file.
  public func volumes(of size: Int) -> Int? { volumeBytes.map { VolumeSize.count(of: size, in: $0) } }

  /// The error for what is missing; `nil` if nothing is.
  public var failure: SealiftError? {
    guard let first = missing.first else { return nil }
    let more = missing.count > 1 ? ", and \(missing.count - 1) more" : ""
    return SealiftError(
      .incomplete, "something that was asked for is missing: \(first)\(more)",
      nextStep: "look at all that is listed as missing before you use the bundle")
  }
}

/// What `pack` did.
public struct PackReport: Sendable {
  /// The plan that it carried out.
  public let plan: PackPlan
  /// The path of the bundle; `nil` after a dry run.
  public let path: String?
  /// The size of the file; `nil` after a dry run.
  public let fileBytes: Int?
  /// The ids of the keys that signed.
  public let signers: [String]
  /// Whether an earlier run had begun.
  public let isResumed: Bool
}
