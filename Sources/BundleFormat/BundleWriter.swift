internal import Diagnostics
public import Digests
internal import OCI
public import Signing
public import SystemIO
internal import Tar
internal import Zstd

/// Writes a bundle whose index is known: first the head, then each blob at its place, then the end.
///
/// Threads: blobs of the body may be written from many threads at once; all else by one at a time.
public final class BundleWriter: Sendable {
  /// The head as it was written.
  public let head: ProvenHead
  private let output: any BundleOutput

  /// Goes on with a bundle whose head is there.
  public init(_ head: ProvenHead, _ output: any BundleOutput) {
    self.head = head
    self.output = output
  }

  /// Writes the head.
  ///
  /// - Parameters:
  ///   - index: The index, with its head files.
  ///   - policy: Names the keys that have signed; what is written is checked as a reader would check it.
  ///   - pool: Threads that compress, and do nothing else.
  ///   - output: Where the bundle goes.
  ///   - sign: Makes the signatures over exactly these bytes.
  ///   - content: Gives the bytes of an image manifest or config, or of a file of the head that does not follow from
  ///     the index.
  /// - Throws: `configuration` if the index is larger than a reader takes; `corrupt` for what a reader would refuse, before
  ///   the first blob.
  public static func writeHead(
    _ index: BundleIndex, policy: TrustPolicy, to output: any BundleOutput, pool: BlockingPool,
    sign: ([UInt8]) throws -> SignatureRegion, content: (Digest) throws -> [UInt8]
  ) throws -> BundleWriter {
    var position = 0
    func append(_ bytes: [UInt8]) throws {
      try output.write(bytes, at: position)
      position += bytes.count
    }
    func section() -> CompressedSection { CompressedSection(pool) { bytes, _ in try append(bytes) } }
    let indexBytes = index.bytes
    guard indexBytes.count <= BundleIndex.maximumBytes else {
      throw SealiftError(
        .configuration, "the index would have more than \(BundleIndex.maximumBytes.asBytes)",
        nextStep: "pack the images into several bundles")
    }
    let region = try sign(indexBytes)
    let indexSection = section()
    try indexSection.entry(name: BundleLayout.indexName, indexBytes)
    try indexSection.finish()
    try append(region.stored)
    let front = BundleFront(
      indexBytes: indexBytes, region: region, beside: [], name: "the new bundle", frames: indexSection.frames)
    let verified = try front.verify(policy)
    let headSection = section()
    var prover = HeadProver(verified.index)
    for (file, content) in verified.index.headFiles() { try headSection.entry(name: file.path, content) }
    for file in verified.index.extraFiles {
      let bytes = try proven(content(file.digest), file.digest, file.size)
      try prover.take(file, bytes)
      try headSection.entry(name: file.path, bytes)
    }
    for (number, descriptor) in verified.index.metadata.enumerated() {
      let bytes = try proven(content(descriptor.digest), descriptor.digest, descriptor.size)
      try prover.take(metadata: number, bytes)
      try headSection.entry(name: BundleLayout.blobName(descriptor.digest), bytes)
    }
    try headSection.finish()
    return BundleWriter(try prover.finish(verified, frames: headSection.frames, bodyOffset: position), output)
  }

  /// What is written, if it is what the index lists.
  private static func proven(_ bytes: [UInt8], _ digest: Digest, _ size: Int) throws(SealiftError) -> [UInt8] {
    guard bytes.count == size, SHA256Hasher.digest(of: bytes) == digest else {
      throw .unwhole("\(digest) is listed with \(size) bytes, and other bytes are there")
    }
    return bytes
  }

  /// Starts, or goes on with, a raw blob.
  ///
  /// - Parameters:
  ///   - index: Its place in the index's `blobs`.
  ///   - position: How many bytes of its content are there already.
  public func rawBlob(_ index: Int, from position: Int = 0) -> RawBlobWriter {
    let blob = head.verified.index.blobs[index]
    return RawBlobWriter(
      output, head.verified.layout.body, bodyOffset: head.bodyOffset, blob: blob.descriptor,
      offset: blob.offset ?? 0, from: position)
  }

  /// Writes what stands behind the last blob.
  ///
  /// - Parameter tail: The frames of the compressed blobs, in file order.
  /// - Returns: The size of the whole file.
  public func writeEnd(tail: [StoredFrame]) throws -> Int {
    let position = head.tailOffset + tail.totalStoredBytes
    let stored = BundleEnd(head, tail: tail).stored
    try output.write(stored, at: position)
    return position + stored.count
  }

  /// The size of the whole file if no byte of the tail can be saved, and the exact size if there is no tail.
  public var maximumFileBytes: Int {
    let layout = head.verified.layout
    let tail = layout.tailContents.reduce(0) { sum, content in
      sum + RawFrames(contentBytes: content).frames.reduce(0) { $0 + ZstdCompressor.bound($1) }
    }
    return head.tailOffset + tail + layout.end.storedBytes + layout.seekTableBytes
  }
}

/// Writes one blob of the body, as its bytes arrive in order.
///
/// Threads: one at a time.
public final class RawBlobWriter: @unchecked Sendable {
  // Not shared: the one transfer that brings the blob owns it.
  private let output: any BundleOutput
  private let body: RawFrames
  private let bodyOffset: Int
  private let blob: Descriptor
  private let hasher = SHA256Hasher()
  private let contentStart: Int
  // Transfers hand over 16 KiB at a time, and the writers of one file wait for each other: few large writes cost a
  // quarter less processor time than many small ones, the copy included.
  private var pending: [UInt8] = []
  private static let writeBytes = 256 << 10

  /// How many bytes of the content have been written.
  public private(set) var written: Int

  fileprivate init(
    _ output: any BundleOutput, _ body: RawFrames, bodyOffset: Int, blob: Descriptor, offset: Int, from position: Int
  ) {
    self.output = output
    self.body = body
    self.bodyOffset = bodyOffset
    self.blob = blob
    contentStart = offset
    written = position
  }

  /// The digest of the content that has been written.
  public var digestSoFar: Digest { hasher.digestSoFar() }

  /// Reads and hashes the content that an earlier run wrote, so that the digest can go on.
  ///
  /// - Parameters:
  ///   - file: The unfinished bundle.
  ///   - digest: What that run had hashed.
  /// - Throws: `corrupt` if the file does not hold that content.
  public func rehash(_ file: any BundleMedium, expecting digest: Digest) throws {
    let name = BundleLayout.blobName(blob.digest)
    let stream = RawReader(file, body, bodyOffset: bodyOffset, position: contentStart - TarHeader.blockBytes)
    let offset = stream.fileOffset
    let header = try stream.bytes(TarHeader.blockBytes, of: name)
    try stream.hash(written, of: name, into: hasher)
    guard header == TarHeader.bytes(name: name, size: blob.size), digestSoFar == digest else {
      throw SealiftError.damaged(
        file, entry: name, offset: offset, "its first \(written) bytes are not the ones that were written")
    }
  }

  /// Takes the next bytes of the content; they are written some at a time.
  ///
  /// - Throws: `protocol` if there are more than the descriptor says.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count <= blob.size - written - pending.count else { throw SealiftError.surplus(blob) }
    if pending.isEmpty, bytes.count >= Self.writeBytes { return try write(bytes) }
    if pending.capacity == 0 { pending.reserveCapacity(min(blob.size - written, Self.writeBytes + bytes.count)) }
    pending += bytes
    if pending.count >= Self.writeBytes { try flush() }
  }

  /// Checks the digest and ends the entry.
  ///
  /// - Throws: `protocol` if the bytes are not the blob's.
  public func finish() throws {
    try flush()
    if blob.size == 0 { try writeHeader() }
    let digest = hasher.finalize()
    guard written == blob.size, digest == blob.digest else {
      throw SealiftError.wrongContent(blob, received: written, digest)
    }
    let padding = [UInt8](repeating: 0, count: TarHeader.padding(blob.size))
    try padding.withUnsafeBytes { try put($0, at: contentStart + written) }
  }

  private func flush() throws {
    guard !pending.isEmpty else { return }
    try pending.withUnsafeBytes { try write($0) }
    pending.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    if written == 0 { try writeHeader() }
    hasher.update(bytes)
    try put(bytes, at: contentStart + written)
    written += bytes.count
  }

  private func writeHeader() throws {
    let header = TarHeader.bytes(name: BundleLayout.blobName(blob.digest), size: blob.size)
    try header.withUnsafeBytes { try put($0, at: contentStart - TarHeader.blockBytes) }
  }

  /// Writes bytes of the body's tar stream, with the headers of the blocks that begin among them.
  private func put(_ bytes: UnsafeRawBufferPointer, at position: Int) throws {
    guard !bytes.isEmpty else { return }
    let pieces = Array(body.pieces(position..<position + bytes.count))
    let preambles = pieces.map { body.preamble(at: $0.lowerBound) }
    try preambles.flatMap(\.self).withUnsafeBytes { headers in
      var parts: [UnsafeRawBufferPointer] = []
      var used = 0
      for (piece, preamble) in zip(pieces, preambles) {
        if !preamble.isEmpty { parts.append(UnsafeRawBufferPointer(rebasing: headers[used..<used + preamble.count])) }
        used += preamble.count
        parts.append(UnsafeRawBufferPointer(rebasing: bytes[piece.lowerBound - position..<piece.upperBound - position]))
      }
      try output.write(parts, at: bodyOffset + body.storedOffset(of: position) - (preambles.first?.count ?? 0))
    }
  }
}
