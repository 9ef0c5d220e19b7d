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
