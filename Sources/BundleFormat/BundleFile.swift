public import Diagnostics
public import OCI
internal import Tar
internal import Zstd

/// A bundle in a file, whose head was proven and whose end is as it must be: any blob can be read by itself.
///
/// Threads: any, many at once.
public final class BundleFile: Sendable {
  /// The head.
  public let head: ProvenHead
  private let file: any BundleMedium
  private let tail: [TailBlob]
  private let framesOffset: Int

  private struct TailBlob: Sendable {
    let offset: Int
    let frames: ArraySlice<StoredFrame>
  }

  /// Checks the length of the file, what stands behind the last blob, and the seek table.
  ///
  /// - Throws: `corrupt`.
  public init(_ file: any BundleMedium, _ head: ProvenHead) throws(SealiftError) {
    self.file = file
    self.head = head
    let layout = head.verified.layout
    let endOffset = try file.size() - layout.end.storedBytes - layout.seekTableBytes
    guard endOffset >= head.tailOffset else {
      throw SealiftError(
        .corrupt, "\(file.path) has \(try file.size()) bytes, and its index asks for \(head.leastFileBytes) at least",
        nextStep: file.adviceWhenCut)
    }
    let lastBytes = SeekTable.lastBytes
    guard try file.bytes(at: file.size() - lastBytes.count, count: lastBytes.count) == lastBytes else {
      throw SealiftError(
        .corrupt, "\(file.path) does not end with a seek table, at byte \(try file.size())",
        nextStep: "\(file.adviceWhenCut), or something was added to it")
    }
    let stream = RawReader(BundleInput(file, from: endOffset), layout.end, sectionOffset: endOffset)
    let tailFrames = try Self.tailFrames(head, stream)
    guard tailFrames.totalStoredBytes == endOffset - head.tailOffset else {
      throw .damaged(
        file, entry: BundleLayout.framesName, offset: endOffset,
        "its sizes do not add up to the length of the file")
    }
    try BundleEnd(head, tail: tailFrames).check(BundleInput(file, from: endOffset), at: endOffset)
    framesOffset = endOffset
    tail = Self.tailBlobs(layout, tailFrames, from: head.tailOffset)
  }

  /// The content of a blob of the body or the tail.
  ///
  /// - Parameter index: Its place in the index's `blobs`.
  public func content(_ index: Int) -> any BlobContent {
    StoredBlob(bundle: self, index: index, descriptor: head.verified.index.blobs[index].descriptor)
  }

  /// Reads a blob to its end, as `verify` does, and compares the frames of a compressed one bit by bit.
  ///
  /// - Parameter progress: Takes the number of bytes of each step.
  public func prove(
    _ index: Int, through buffer: UnsafeMutableRawBufferPointer, progress: (Int) throws -> Void
  ) throws {
    let (reader, compressed) = try open(index)
    try reader.drain(through: buffer, progress: progress)
    guard let compressed else { return }
    let blob = tail[index - (head.verified.index.blobs.count - tail.count)]
    var offset = blob.offset
    for (found, listed) in zip(compressed.frames, blob.frames) {
      guard found == listed else { throw mismatch(index, found, listed, at: offset) }
      offset += found.storedBytes
    }
  }

  /// Reads a part of a blob; the digest of the whole is for the caller to check.
  ///
  /// - Parameters:
  ///   - index: Its place in the index's `blobs`.
  ///   - range: Bytes of its content.
  ///   - buffer: Holds one piece after the other.
  ///   - consume: Takes each piece, in order.
  /// - Throws: `corrupt` for what cannot be decoded, or what `consume` throws.
  public func read(
    _ index: Int, _ range: Range<Int>, through buffer: UnsafeMutableRawBufferPointer,
    _ consume: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let blob = head.verified.index.blobs[index].descriptor
    let range = range.clamped(to: 0..<blob.size)
    let name = BundleLayout.blobName(blob.digest)
    let stream = try stream(index, from: range.lowerBound, of: name)
    var rest = range.count
    while rest > 0 {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(rest, buffer.count)])
      try stream.fill(piece, of: name)
      try consume(UnsafeRawBufferPointer(piece))
      rest -= piece.count
    }
  }

  /// The tar stream from a byte of a blob's content on; of a compressed one no frame before that is read.
  private func stream(_ index: Int, from start: Int, of name: String) throws(SealiftError) -> any TarStream {
    let blob = head.verified.index.blobs[index]
    if let offset = blob.offset {
      return RawReader(file, head.verified.layout.body, bodyOffset: head.bodyOffset, position: offset + start)
    }
    let stored = tail[index - (head.verified.index.blobs.count - tail.count)]
    let position = TarHeader.blockBytes + start
    let passed = stored.frames.prefix(position / ZstdFrame.maximumContent)
    let stream = CompressedReader(
      BundleInput(file, from: stored.offset + passed.totalStoredBytes),
      contentBytes: BundleLayout.entryBytes(blob.descriptor.size) - passed.totalContentBytes)
    _ = try stream.bytes(position - passed.totalContentBytes, of: name)
    return stream
  }

  private func mismatch(_ index: Int, _ found: StoredFrame, _ listed: StoredFrame, at offset: Int) -> SealiftError {
    guard !found.isAlmost(Array(listed.line.utf8)[...]) else {
      return .damaged(
        file, entry: BundleLayout.framesName, offset: framesOffset,
        "it does not list the frame at byte \(offset) as it is")
    }
    return .damaged(
      file, entry: BundleLayout.blobName(head.verified.index.blobs[index].descriptor.digest), offset: offset,
      "the \(found.storedBytes) stored bytes from there on are not the ones that \(BundleLayout.framesName) lists")
  }

  /// Opens the entry of a blob; also gives the section of a compressed one.
  fileprivate func open(_ index: Int) throws(SealiftError) -> (EntryReader, CompressedReader?) {
    if let entry = try head.rawEntry(index, in: file) { return (entry, nil) }
    let place = index - (head.verified.index.blobs.count - tail.count)
    return try head.compressedEntry(index, in: file, at: tail[place].offset)
  }

  /// The frames of the tail, from the lines of `frames.sha256` behind those of the head.
  private static func tailFrames(_ head: ProvenHead, _ stream: RawReader) throws(SealiftError) -> [StoredFrame] {
    let layout = head.verified.layout
    _ = try stream.bytes(TarHeader.blockBytes, of: BundleLayout.framesName)
    let lines = try stream.bytes(layout.framesBytes, of: BundleLayout.framesName)
    var position = head.compressedFrames.count * StoredFrame.lineBytes
    var frames: [StoredFrame] = []
    for section in layout.tailContents {
      for content in RawFrames(contentBytes: section).frames {
        let line = lines[position..<position + StoredFrame.lineBytes]
        position += StoredFrame.lineBytes
        guard let frame = StoredFrame(line: line, contentBytes: content) else {
          throw .damaged(
            stream.medium, entry: BundleLayout.framesName, offset: stream.fileOffset,
            "it has a line that is not allowed")
        }
        frames.append(frame)
      }
    }
    return frames
  }

  private static func tailBlobs(_ layout: BundleLayout, _ frames: [StoredFrame], from start: Int) -> [TailBlob] {
    var rest = frames[...]
    var offset = start
    return layout.tailContents.map { content in
      let own = rest.prefix(CompressedSection.frameCount(content))
      rest = rest.dropFirst(own.count)
      defer { offset += own.reduce(0) { $0 + $1.storedBytes } }
      return TailBlob(offset: offset, frames: own)
    }
  }
}

/// A blob in a bundle file.
private struct StoredBlob: BlobContent {
  let bundle: BundleFile
  let index: Int
  let descriptor: Descriptor

  func open() throws -> any BlobReader { try bundle.open(index).0 }
}
