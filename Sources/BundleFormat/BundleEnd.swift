internal import Diagnostics
internal import OCI
internal import Tar
internal import Zstd

/// What stands behind the last blob: all of it follows from the index and the compressed frames.
///
/// Source: `formats/bundle-v1.md`, "The end".
struct BundleEnd {
  private let verified: VerifiedIndex
  private let head: [StoredFrame]
  private let tail: [StoredFrame]

  /// - Parameter tail: The frames of the compressed blobs, in file order.
  init(_ head: ProvenHead, tail: [StoredFrame]) {
    verified = head.verified
    self.head = head.frames
    self.tail = tail
  }

  private var layout: BundleLayout { verified.layout }
  private var index: [StoredFrame] { verified.frames }

  /// The tar stream of the last section: `frames.sha256` and the end of the archive.
  var content: [UInt8] {
    let framesFile = (index + head + tail).framesFile
    return TarHeader.bytes(name: BundleLayout.framesName, size: framesFile.count) + framesFile
      + [UInt8](repeating: 0, count: TarHeader.padding(framesFile.count)) + TarHeader.endOfArchive
  }

  /// The last section and the seek table as they stand in the file.
  var stored: [UInt8] {
    let content = self.content
    var stored: [UInt8] = []
    stored.reserveCapacity(layout.end.storedBytes + layout.seekTableBytes)
    for piece in layout.end.pieces(0..<content.count) {
      stored += layout.end.preamble(at: piece.lowerBound)
      stored += content[piece]
    }
    return stored + seekTable.bytes
  }

  /// Reads the end of a bundle and compares every byte; nothing may follow.
  ///
  /// - Throws: `corrupt`.
  func check(_ input: BundleInput, at offset: Int) throws(SealiftError) {
    let expected = stored
    let found = try input.bytes(expected.count, of: "the end of the bundle")
    if let first = zip(found, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset {
      throw mismatch(input.medium, found, at: first, endOffset: offset)
    }
    guard try input.isAtEnd() else {
      throw .damaged(
        input.medium, entry: "the seek table", offset: offset + expected.count, "there are bytes behind the end")
    }
  }

  private func mismatch(
    _ bundle: any BundleMedium, _ found: [UInt8], at position: Int, endOffset: Int
  ) -> SealiftError {
    guard position < layout.end.storedBytes else {
      return .damaged(
        bundle, entry: "the seek table", offset: endOffset + position, "it is not what the frames before it ask for")
    }
    let frames = index + head + tail
    for (number, frame) in frames.enumerated() {
      let line = layout.storedLine(number)
      guard line.contains(position) else { continue }
      guard !frame.isAlmost(found[line]) else { break }
      return .damaged(
        bundle, entry: name(ofFrame: number), offset: start(ofFrame: number),
        "the \(frame.storedBytes) stored bytes from there on are not the ones that \(BundleLayout.framesName) lists at "
          + "byte \(endOffset + line.lowerBound)")
    }
    return .damaged(
      bundle, entry: BundleLayout.framesName, offset: endOffset + position, "it is not in its one legal form")
  }

  /// What to call the entry that a compressed frame holds, or the first of several.
  private func name(ofFrame number: Int) -> String {
    if number < index.count { return BundleLayout.indexName }
    if number < index.count + head.count {
      return verified.nameOfHeadEntry(at: (number - index.count) * ZstdFrame.maximumContent)
    }
    return verified.nameOfTailBlob(holdingFrame: number - index.count - head.count)
  }

  /// Where a compressed frame begins in the file.
  private func start(ofFrame number: Int) -> Int {
    var start = (index + head + tail)[..<number].reduce(0) { $0 + $1.storedBytes }
    if number >= index.count { start += SignatureRegion.storedBytes }
    if number >= index.count + head.count { start += layout.body.storedBytes }
    return start
  }

  /// The table of all frames.
  var seekTable: SeekTable {
    let region = SeekTable.Entry(
      storedBytes: SignatureRegion.storedBytes, contentBytes: SignatureRegion.contentBytes)
    return SeekTable(
      index.map(\.seekEntry) + [region] + head.map(\.seekEntry) + layout.body.seekEntries
        + tail.map(\.seekEntry) + layout.end.seekEntries)
  }
}

extension RawFrames {
  fileprivate var seekEntries: [SeekTable.Entry] {
    frames.map { SeekTable.Entry(storedBytes: RawFrames(contentBytes: $0).storedBytes, contentBytes: $0) }
  }
}

extension VerifiedIndex {
  /// The name of the entry behind the signatures that holds a byte of the head's tar stream.
  fileprivate func nameOfHeadEntry(at position: Int) -> String {
    let files = index.files.map { Part(name: $0.path, length: BundleLayout.entryBytes($0.size)) }
    let metadata = index.metadata.map {
      Part(name: BundleLayout.blobName($0.digest), length: BundleLayout.entryBytes($0.size))
    }
    return (files + metadata).name(at: position) ?? BundleLayout.indexName
  }

  /// The name of the blob that holds a frame of the tail.
  fileprivate func nameOfTailBlob(holdingFrame number: Int) -> String {
    let blobs = zip(index.blobs.suffix(layout.tailContents.count), layout.tailContents).map { blob, content in
      Part(name: BundleLayout.blobName(blob.descriptor.digest), length: CompressedSection.frameCount(content))
    }
    return blobs.name(at: number) ?? BundleLayout.framesName
  }
}

/// One of several things that lie one behind the other.
private struct Part {
  let name: String
  let length: Int
}

extension [Part] {
  /// The name of the part that holds a position, counted from the beginning of the first.
  fileprivate func name(at position: Int) -> String? {
    var end = 0
    return first { part in
      end += part.length
      return position < end
    }?.name
  }
}
