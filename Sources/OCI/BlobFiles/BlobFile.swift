internal import Diagnostics
internal import Digests
internal import SystemIO

/// A file whose name tells the digest of its bytes. Its calls block.
///
/// It lies in a directory that others may have made: nothing but a regular file is read.
struct BlobFile: Sendable {
  let path: String

  /// How much is read or written at once.
  static let chunkBytes = 1 << 20

  init(_ path: String) { self.path = path }

  /// Opens it.
  ///
  /// - Returns: `nil` if nothing is there.
  /// - Throws: `corrupt` for anything but a regular file.
  func openIfThere() throws(SealiftError) -> File? {
    do throws(SealiftError) { return try File(regular: path) } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  /// Reads a small file as a whole.
  ///
  /// - Throws: `notFound`; `corrupt` if it is larger than `limit`, or no regular file.
  func bytes(limit: Int) throws(SealiftError) -> [UInt8] {
    let file = try File(regular: path)
    let size = try file.size()
    guard size <= limit else {
      throw SealiftError(
        .corrupt, "\(path) has \(size.asBytes), and at most \(limit.asBytes) are read",
        nextStep: "check that it is what its name says")
    }
    return try file.bytes(at: 0, count: size)
  }

  /// Reads a manifest and checks its digest.
  ///
  /// - Parameter digest: The digest that its bytes must have, if that is known.
  /// - Returns: `nil` if it is not there.
  func manifest(_ digest: Digest?, mediaType: MediaType?) throws(SealiftError) -> FetchedManifest? {
    let bytes: [UInt8]
    do throws(SealiftError) { bytes = try self.bytes(limit: Manifest.maximumBytes) } catch {
      if error.code == .notFound { return nil }
      throw error
    }
    let actual = SHA256Hasher.digest(of: bytes)
    if let digest, digest != actual {
      throw damaged
    }
    let manifest = try Manifest(bytes, mediaType: mediaType, source: "the manifest \(path)")
    return FetchedManifest(
      descriptor: Descriptor(mediaType: manifest.mediaType, digest: actual, size: bytes.count), bytes: bytes,
      manifest: manifest)
  }

  /// Reads a blob from `offset` to its end, chunk by chunk.
  func read(
    _ descriptor: Descriptor, from offset: Int, _ cancellation: CancellationFlag,
    _ consume: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let file = try File(regular: path)
    let size = try file.size()
    guard size == descriptor.size else { throw wrongSize(descriptor, size) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
    defer { buffer.deallocate() }
    var position = offset
    while position < size {
      try cancellation.check()
      let count = try file.read(into: .init(rebasing: buffer.prefix(size - position)), at: position)
      guard count > 0 else { throw wrongSize(descriptor, position) }
      try consume(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
      position += count
    }
  }

  /// What is said of a file whose bytes are others than its name tells.
  var damaged: SealiftError {
    SealiftError(
      .corrupt, "\(path) is damaged: its bytes have another digest than its name says",
      nextStep: "copy the image into the directory again")
  }

  private func wrongSize(_ descriptor: Descriptor, _ size: Int) -> SealiftError {
    SealiftError(
      .corrupt, "\(path) has \(size) bytes, and its manifest says \(descriptor.size)",
      nextStep: "copy the image into the directory again")
  }
}
