public import Diagnostics
public import Signing
internal import SystemIO

/// Adds a signature in place, so that a cut at any moment loses nothing.
///
/// The region as it was is saved beside the bundle and synced before the first byte of the new one is written; who finds
/// that file writes it back first.
public enum SigningJournal {
  /// The file beside the bundle that holds the region as it was.
  public static func path(for bundle: String) -> String { bundle + ".signing" }

  /// Adds one signature to a bundle.
  ///
  /// - Parameter sign: Signs the exact bytes of the index.
  /// - Returns: The front of the bundle as it is now.
  public static func addSignature(
    to bundle: String, sign: (UnsafeRawBufferPointer) throws(SealiftError) -> CarriedSignature
  ) throws(SealiftError) -> BundleFront {
    let file = try File(bundle, .update)
    guard try file.lock() else {
      throw SealiftError(.again, "another process is signing \(bundle)", nextStep: "wait for it, then sign again")
    }
    try rollBack(bundle, file)
    let front = try BundleFront.read(BundleInput(file))
    let signature = try front.indexBytes.span.bytes.withUnsafeBytes(sign)
    var region = front.region
    try region.add(signature)
    try replace(front.region, with: region, at: front.regionOffset, in: file, bundle)
    return BundleFront(indexBytes: front.indexBytes, region: region, name: bundle, frames: front.frames)
  }

  private static func replace(
    _ old: SignatureRegion, with new: SignatureRegion, at offset: Int, in file: File, _ bundle: String
  ) throws(SealiftError) {
    let backup = path(for: bundle)
    try FileSystem.write(Self.saved(old, at: offset), to: backup)
    try file.write(new.stored, at: offset)
    try file.sync()
    try FileSystem.remove(backup)
    try FileSystem.syncDirectory(of: backup)
  }

  private static func rollBack(_ bundle: String, _ file: File) throws(SealiftError) {
    let backup = path(for: bundle)
    guard FileSystem.exists(backup) else { return }
    let saved = try FileSystem.read(backup, limit: SignatureRegion.storedBytes + 8)
    let stored = Array(saved.dropFirst(8))
    let offset = saved.prefix(8).reduce(0) { $0 << 8 | Int($1) }
    guard SignatureRegion(stored: stored) != nil, saved.starts(with: [0]), try offset < file.size() else {
      throw SealiftError(
        .corrupt, "\(backup) is not the saved signatures of a bundle",
        nextStep: "if `sealift verify` accepts the bundle, remove that file")
    }
    try file.write(stored, at: offset)
    try file.sync()
    try FileSystem.remove(backup)
  }

  private static func saved(_ region: SignatureRegion, at offset: Int) -> [UInt8] {
    (0..<8).reversed().map { UInt8(truncatingIfNeeded: offset >> ($0 * 8)) } + region.stored
  }
}
