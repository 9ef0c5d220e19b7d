public import OCI

/// Where the bytes of blobs are that a bundle lists and does not bring: its target, or an older bundle at hand.
///
/// All methods may be called from any task, many at once.
public protocol HeldBlobSource: Sendable {
  /// Whether it has a blob; no byte of it is read.
  func has(_ blob: Descriptor) async throws -> Bool

  /// Reads a part of a blob that it has, piece by piece and in order.
  ///
  /// - Parameters:
  ///   - range: Bytes of the content.
  ///   - consume: Takes each piece, on a thread where it may block. What it throws ends the reading and is rethrown.
  /// - Throws: `notFound`; `protocol` or `corrupt` for fewer bytes. The digest is for the caller to check.
  func read(
    _ blob: Descriptor, _ range: Range<Int>, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws
}
