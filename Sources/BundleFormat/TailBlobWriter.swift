internal import Diagnostics
internal import Digests
public import OCI
public import SystemIO
internal import Tar

/// Writes one blob of the tail as compressed frames, as its bytes arrive in order.
///
/// Threads: one at a time.
public final class TailBlobWriter: @unchecked Sendable {
  // Not shared: the one transfer that brings the blob owns it.
  private let section: CompressedSection
  private let blob: Descriptor
  private let hasher = SHA256Hasher()

  /// How many bytes of the content have been taken.
  public private(set) var received = 0

  /// - Parameters:
  ///   - blob: The blob.
  ///   - offset: Where in the file its first frame begins.
  ///   - output: Where the bundle goes.
  ///   - pool: Threads that compress, and do nothing else.
  ///   - written: Is told of each frame, and its place in the section, once it is written.
  public init(
    _ blob: Descriptor, at offset: Int, to output: any BundleOutput, pool: BlockingPool,
    written: @escaping (StoredFrame, Int) throws -> Void
  ) throws {
    self.blob = blob
    section = Self.section(at: offset, output, pool, after: [], written)
    try section.header(name: BundleLayout.blobName(blob.digest), size: blob.size)
  }

  /// Goes on behind frames that an earlier run wrote; their content is hashed again.
  ///
  /// - Parameters:
  ///   - frames: What is known of them: full frames, in order, that do not hold the whole entry.
  ///   - file: The unfinished bundle.
  /// - Throws: `corrupt` if the file does not hold those frames.
  public init(
    _ blob: Descriptor, at offset: Int, after frames: [StoredFrame], in file: any BundleStorage, pool: BlockingPool,
    written: @escaping (StoredFrame, Int) throws -> Void
  ) throws {
    self.blob = blob
    section = Self.section(at: offset + frames.totalStoredBytes, file, pool, after: frames, written)
    let total = BundleLayout.entryBytes(blob.size)
    let stream = CompressedReader(BundleInput(file, from: offset), contentBytes: total)
    let name = BundleLayout.blobName(blob.digest)
    _ = try stream.bytes(TarHeader.blockBytes, of: name)
    received = frames.totalContentBytes - TarHeader.blockBytes
    try stream.hash(received, of: name, into: hasher)
    try stream.check(frames, of: name, at: offset)
  }

  /// The frames behind which a blob can go on: those that are full, but for one that ends it.
  public static func resumable(_ frames: [StoredFrame], of blob: Descriptor) -> [StoredFrame] {
    let full = frames.prefix { $0.isFull }
    return Array(full.totalContentBytes < BundleLayout.entryBytes(blob.size) ? full : full.dropLast())
  }

  private static func section(
    at offset: Int, _ output: any BundleOutput, _ pool: BlockingPool, after frames: [StoredFrame],
    _ written: @escaping (StoredFrame, Int) throws -> Void
  ) -> CompressedSection {
    var position = offset
    var number = frames.count
    return CompressedSection(pool, after: frames) { bytes, frame in
      try output.write(bytes, at: position)
      position += bytes.count
      try written(frame, number)
      number += 1
    }
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
