internal import Diagnostics
internal import Tar
internal import Zstd

/// What stands behind the last blob: all of it follows from the index and the compressed frames.
///
/// Source: `formats/bundle-v1.md`, "The end".
struct BundleEnd {
  private let layout: BundleLayout
  private let index: [StoredFrame]
  private let head: [StoredFrame]
  private let tail: [StoredFrame]

  init(_ layout: BundleLayout, index: [StoredFrame], head: [StoredFrame], tail: [StoredFrame]) {
    self.layout = layout
    self.index = index
    self.head = head
    self.tail = tail
  }

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
      throw mismatch(input.name, at: first, endOffset: offset)
    }
    guard try input.isAtEnd() else {
      throw .damaged(
        input.name, entry: "the seek table", offset: offset + expected.count, "there are bytes behind the end")
    }
  }

  private func mismatch(_ bundle: String, at position: Int, endOffset: Int) -> SealiftError {
    guard position < layout.end.storedBytes else {
      return .damaged(
        bundle, entry: "the seek table", offset: endOffset + position, "it is not what the frames before it ask for")
    }
    var start = 0
    for (number, frame) in (index + head + tail).enumerated() {
      let line = TarHeader.blockBytes + number * StoredFrame.lineBytes
      let stored = layout.end.storedOffset(of: line)..<layout.end.storedOffset(of: line + StoredFrame.lineBytes)
      if number == index.count { start += SignatureRegion.storedBytes }
      if number == index.count + head.count { start += layout.body.storedBytes }
      if stored.contains(position) {
        let entry = number < index.count ? BundleLayout.indexName : "compressed frame \(number)"
        return .damaged(
          bundle, entry: entry, offset: start,
          "its \(frame.storedBytes) stored bytes are not the ones that \(BundleLayout.framesName) lists at byte "
            + "\(endOffset + stored.lowerBound)")
      }
      start += frame.storedBytes
    }
    return .damaged(
      bundle, entry: BundleLayout.framesName, offset: endOffset + position, "it is not in its one legal form")
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
