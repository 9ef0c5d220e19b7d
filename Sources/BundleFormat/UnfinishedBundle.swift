internal import Diagnostics
public import Digests
internal import OCI
internal import Tar

/// What an earlier run wrote of a bundle, which counts for nothing before it was read again.
///
/// Threads: any, many at once.
public struct UnfinishedBundle: Sendable {
  private let head: ProvenHead
  private let file: any BundleMedium

  /// - Parameter head: Read from this file.
  public init(_ head: ProvenHead, in file: any BundleMedium) {
    self.head = head
    self.file = file
  }

  /// The digest of all that stands before the body.
  public func headDigest() throws -> Digest {
    let hasher = SHA256Hasher()
    try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
      let input = BundleInput(file)
      while input.position < head.bodyOffset {
        let piece = UnsafeMutableRawBufferPointer(
          rebasing: buffer[..<min(buffer.count, head.bodyOffset - input.position)])
        try input.fill(piece, of: "its head")
        hasher.update(UnsafeRawBufferPointer(piece))
      }
    }
    return hasher.finalize()
  }

  /// Reads all that stands before the body, and some raw blobs.
  ///
  /// - Throws: `corrupt` unless all of it is what was written.
  public func prove(head digest: Digest?, raw indexes: some Collection<Int>) throws {
    guard try headDigest() == digest else {
      throw SealiftError.damaged(file, entry: "its head", offset: 0, "it is not the one that was written")
    }
    try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
      for index in indexes { try prove(raw: index, through: buffer) { _ in } }
    }
  }

  /// Reads a raw blob to its end.
  ///
  /// - Parameters:
  ///   - index: Its place in the index's `blobs`.
  ///   - progress: Takes the number of bytes of each step.
  /// - Throws: `corrupt` unless all of it is as it must be.
  public func prove(
    raw index: Int, through buffer: UnsafeMutableRawBufferPointer, progress: (Int) throws -> Void
  ) throws {
    guard let entry = try head.rawEntry(index, in: file) else {
      throw SealiftError.damaged(file, entry: "blob \(index)", offset: head.tailOffset, "it is not a raw one")
    }
    try entry.drain(through: buffer, progress: progress)
  }

  /// Reads a compressed blob to its end.
  ///
  /// - Parameters:
  ///   - index: Its place in the index's `blobs`.
  ///   - frames: What it was written as.
  ///   - offset: Where the first of them begins.
  ///   - progress: Takes the number of bytes of each step.
  /// - Throws: `corrupt` unless all of it is as it must be.
  public func prove(
    compressed index: Int, as frames: [StoredFrame], at offset: Int, through buffer: UnsafeMutableRawBufferPointer,
    progress: (Int) throws -> Void
  ) throws {
    let (entry, stream) = try head.compressedEntry(index, in: file, at: offset)
    try entry.drain(through: buffer, progress: progress)
    let name = BundleLayout.blobName(head.verified.index.blobs[index].descriptor.digest)
    try stream.check(frames, of: name, at: offset)
  }
}

extension ProvenHead {
  /// Opens the entry of a blob of the body.
  ///
  /// - Returns: `nil` if the blob lies in the tail.
  func rawEntry(_ index: Int, in file: any BundleMedium) throws(SealiftError) -> EntryReader? {
    let blob = verified.index.blobs[index]
    guard let offset = blob.offset else { return nil }
    let stream = RawReader(
      file, verified.layout.body, bodyOffset: bodyOffset, position: offset - TarHeader.blockBytes)
    return try EntryReader(stream, blob.descriptor)
  }

  /// Opens the entry of a blob of the tail, whose first frame begins at `offset` of the file.
  func compressedEntry(
    _ index: Int, in file: any BundleMedium, at offset: Int
  ) throws(SealiftError) -> (EntryReader, CompressedReader) {
    let descriptor = verified.index.blobs[index].descriptor
    let stream = CompressedReader(
      BundleInput(file, from: offset), contentBytes: BundleLayout.entryBytes(descriptor.size))
    return (try EntryReader(stream, descriptor), stream)
  }
}
