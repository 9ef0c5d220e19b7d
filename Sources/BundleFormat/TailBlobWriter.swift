internal import Diagnostics
internal import Digests
public import OCI

/// Writes one blob of the tail as compressed frames, as its bytes arrive in order.
///
/// Threads: one at a time.
public final class TailBlobWriter: @unchecked Sendable {
  // Not shared: the one transfer that brings the blob owns it.
  private let section: CompressedSection
  private let blob: Descriptor
  private let hasher = SHA256Hasher()
  private var received = 0

  /// - Parameters:
  ///   - blob: The blob.
  ///   - offset: Where in the file its first frame begins.
  ///   - output: Where the bundle goes.
  public init(_ blob: Descriptor, at offset: Int, to output: any BundleOutput) throws {
    self.blob = blob
    var position = offset
    section = CompressedSection { bytes in
      try output.write(bytes, at: position)
      position += bytes.count
    }
    try section.header(name: BundleLayout.blobName(blob.digest), size: blob.size)
  }

  /// Takes the next bytes of the content.
  ///
  /// - Throws: `protocol` if there are more than the descriptor says.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count <= blob.size - received else { throw SealiftError.surplus(blob) }
    hasher.update(bytes)
    received += bytes.count
    try section.append(bytes)
  }

  /// Checks the digest and ends the section.
  ///
  /// - Returns: The frames.
  /// - Throws: `protocol` if the bytes are not the blob's.
  public func finish() throws -> [StoredFrame] {
    let digest = hasher.finalize()
    guard received == blob.size, digest == blob.digest else {
      throw SealiftError.wrongContent(blob, received: received, digest)
    }
    try section.padding(size: blob.size)
    try section.finish()
    return section.frames
  }
}

extension SealiftError {
  /// A source that sends more than the manifest says.
  static func surplus(_ blob: Descriptor) -> SealiftError {
    SealiftError(
      .protocol, "the source sent more than the \(blob.size) bytes that \(blob.digest) has",
      nextStep: "run the same command again; if it happens again, the source is damaged")
  }

  /// A source that sends other bytes than the digest says.
  static func wrongContent(_ blob: Descriptor, received: Int, _ digest: Digest) -> SealiftError {
    SealiftError(
      .protocol,
      "the source sent \(received) bytes with the digest \(digest) for \(blob.digest), which has \(blob.size)",
      nextStep: "run the same command again; if it happens again, the source is damaged")
  }
}
