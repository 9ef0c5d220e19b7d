internal import Diagnostics
internal import Digests
public import Signing
internal import SystemIO

/// Adds a signature in place, so that a cut at any moment loses nothing.
///
/// The region as it was is saved beside the bundle and synced before the first byte of the new one is written; who finds
/// that file writes it back first.
///
/// Source: `formats/bundle-v1.md`, "Adding a signature in place".
public enum SigningJournal {
  /// The file beside the bundle that holds the region as it was.
  public static func path(for bundle: String) -> String { bundle + ".signing" }

  /// Adds one signature to a bundle, unless it carries a good one of the same key.
  ///
  /// - Parameters:
  ///   - key: The public half of the key that signs.
  ///   - sign: Signs the exact bytes of the index; the input stands just behind the signatures.
  /// - Returns: The front of the bundle as it is now, and whether a signature was added.
  public static func addSignature(
    to bundle: String, by key: PublicKey, sign: (BundleFront, BundleInput) throws -> CarriedSignature
  ) throws -> (front: BundleFront, isNew: Bool) {
    try FileSystem.checkName(of: bundle, with: [".signing"])
    FileSystem.removeLeftovers(in: FileSystem.parent(of: bundle))
    let file = try open(bundle)
    guard try file.lock() else {
      throw SealiftError(.again, "another process is signing \(bundle)", nextStep: "wait for it, then sign again")
    }
    try rollBack(bundle, file)
    let input = BundleInput(file)
    let front = try BundleFront.read(input)
    if front.isSigned(by: key) { return (front, false) }
    let signature = try sign(front, input)
    var region = front.region
    try region.add(signature)
    try replace(front, with: region, in: file, bundle)
    return (
      BundleFront(indexBytes: front.indexBytes, region: region, beside: [], name: bundle, frames: front.frames), true
    )
  }

  private static func open(_ bundle: String) throws(SealiftError) -> File {
    guard try FileSystem.isRegularFile(bundle) else {
      throw SealiftError(.usage, "\(bundle) is not a file", nextStep: "name the bundle's file")
    }
    do {
      return try File(bundle, .update)
    } catch  where error.code == .storage {
      throw SealiftError(
        .storage, error.problem, nextStep: "write the signature beside the bundle: sealift sign --detached FILE")
    }
  }

  private static func replace(
    _ front: BundleFront, with region: SignatureRegion, in file: File, _ bundle: String
  ) throws(SealiftError) {
    let backup = path(for: bundle)
    let saved = header(front.id, regionOffset: front.regionOffset) + front.region.stored
    try FileSystem.write(saved, to: backup)
    try file.write(region.stored, at: front.regionOffset)
    try file.sync()
    try FileSystem.remove(backup)
    try FileSystem.syncDirectory(of: backup)
  }

  private static func rollBack(_ bundle: String, _ file: File) throws(SealiftError) {
    let backup = path(for: bundle)
    guard try FileSystem.kind(of: backup) != nil else { return }
    // The index stands before the region, so it is whole whatever happened to the region.
    let input = BundleInput(file)
    let id = SHA256Hasher.digest(of: try BundleFront.readIndex(input).bytes)
    let header = header(id, regionOffset: input.position)
    let saved = try File(own: backup).bytes(at: 0, count: header.count + SignatureRegion.storedBytes + 1)
    let stored = Array(saved.dropFirst(header.count))
    guard saved.starts(with: header), SignatureRegion(stored: stored) != nil else {
      throw SealiftError(
        .corrupt, "\(backup) does not hold the saved signatures of \(bundle)",
        nextStep: "if `sealift verify` accepts the bundle, remove that file")
    }
    try file.write(stored, at: input.position)
    try file.sync()
    try FileSystem.remove(backup)
  }

  /// What stands before the region in the saved file, so that it is never written into another bundle.
  private static func header(_ id: Digest, regionOffset: Int) -> [UInt8] {
    Array("\(id) \(regionOffset)\n".utf8)
  }
}

extension BundleFront {
  /// Whether the bundle carries a good signature of a key.
  public func isSigned(by key: PublicKey) -> Bool {
    region.signatures.contains { signature in
      signature.keyID == key.id && indexBytes.withUnsafeBytes { key.verify(signature: signature.bytes, message: $0) }
    }
  }
}
