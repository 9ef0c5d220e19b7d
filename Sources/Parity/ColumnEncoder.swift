internal import BundleFormat
internal import Diagnostics
internal import SystemIO

/// Makes the parity of some columns of one group, and the CRCs of their chunks.
struct ColumnEncoder {
  private let layout: ParityLayout
  private let group: Int
  private let columns: Range<Int>
  private let pieceBytes: Int
  private let combination: Combination
  /// The CRC of each chunk.
  private(set) var crcs: [(shard: Int, column: Int, crc: UInt32)] = []

  /// - Parameter pieceBytes: A power of two; where a chunk has more, there is one column.
  init(_ layout: ParityLayout, _ group: Int, _ columns: Range<Int>, pieceBytes: Int) {
    self.layout = layout
    self.group = group
    self.columns = columns
    self.pieceBytes = pieceBytes
    combination = layout.code(ofGroup: group).encoding
  }

  /// Reads the chunks, and writes the parity.
  ///
  /// - Parameters:
  ///   - files: All parity volumes.
  ///   - progress: Takes the number of bytes of each step.
  mutating func run(_ bundle: any BundleMedium, _ files: [File], progress: (Int) throws -> Void) throws {
    let members = layout.shards(ofGroup: group)
    crcs = members.flatMap { shard in columns.map { (shard, $0, 0) } }
    let range = columns.lowerBound * layout.chunkBytes..<min(columns.upperBound * layout.chunkBytes, layout.shardBytes)
    try withUnsafeTemporaryAllocation(
      byteCount: pieceBytes * (layout.parityPerGroup + 1), alignment: 4096
    ) { room in
      for start in stride(from: range.lowerBound, to: range.upperBound, by: pieceBytes) {
        let piece = start..<min(start + pieceBytes, range.upperBound)
        let sums = (1...layout.parityPerGroup).map { row in
          UnsafeMutableRawBufferPointer(rebasing: room[(row * pieceBytes)...].prefix(piece.count))
        }
        for sum in sums { sum.initializeMemory(as: UInt8.self, repeating: 0) }
        for place in combination.sources.indices {
          let bytes = try read(members[place], piece, of: bundle, into: room)
          note(place, piece, bytes)
          combination.add(place, bytes, to: sums)
          try progress(bytes.count)
        }
        for (row, sum) in sums.enumerated() {
          let bytes = UnsafeRawBufferPointer(sum)
          note(combination.sources.count + row, piece, bytes)
          let file = files[members[combination.sources.count + row] - layout.dataCount]
          try file.write(bytes, at: layout.parityOffset + piece.lowerBound)
        }
      }
    }
  }

  private func read(
    _ shard: Int, _ piece: Range<Int>, of bundle: any BundleMedium, into room: UnsafeMutableRawBufferPointer
  ) throws -> UnsafeRawBufferPointer {
    let stretch = layout.stretch(shard)
    let range = piece.clamped(to: 0..<stretch.count)
    let memory = UnsafeMutableRawBufferPointer(rebasing: room[..<range.count])
    let count = range.isEmpty ? 0 : try bundle.read([memory], at: stretch.lowerBound + range.lowerBound)
    guard count == range.count else {
      throw SealiftError(
        .corrupt, "\(bundle.path) ends at \(bundle.place(of: stretch.lowerBound + range.lowerBound + count)) already",
        nextStep: bundle.adviceWhenCut)
    }
    return UnsafeRawBufferPointer(memory)
  }

  /// Takes note of the CRCs of what is a part of one chunk, or several of them.
  private mutating func note(_ member: Int, _ piece: Range<Int>, _ bytes: UnsafeRawBufferPointer) {
    for start in stride(from: 0, to: bytes.count, by: layout.chunkBytes) {
      let column = (piece.lowerBound + start) / layout.chunkBytes
      let place = member * columns.count + column - columns.lowerBound
      let chunk = UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(layout.chunkBytes))
      crcs[place].crc = ChunkCRC.value(chunk, after: crcs[place].crc)
    }
  }
}
