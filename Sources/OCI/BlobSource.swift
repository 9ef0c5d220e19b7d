/// Where content is found by its digest: one repository of a source of images, the files that a configuration names.
///
/// All methods may be called from any task, many at once.
public protocol BlobSource: Sendable {
  /// Fetches a blob, chunk by chunk and in order.
  ///
  /// - Parameters:
  ///   - descriptor: Which blob; never more than its size is delivered.
  ///   - offset: Where to begin, in bytes from the blob's start.
  ///   - consume: Takes each chunk, on a thread where it may block. What it throws ends the transfer and is rethrown.
  /// - Throws: `notFound`; `protocol` if there are more or fewer bytes than the descriptor says. The digest is for the
  ///   caller to check.
  func blob(
    _ descriptor: Descriptor, from offset: Int, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws
}
