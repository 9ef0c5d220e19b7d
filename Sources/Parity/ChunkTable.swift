internal import Digests

/// The CRC of every chunk, data and parity: column by column, in each the shards in their order.
///
/// Source: `formats/parity-v1.md`, "The table".
struct ChunkTable: Sendable, Equatable {
  /// The size of a block: 1,023 numbers, and the CRC of them.
  static let blockBytes = 4096
  private static let blockEntries = blockBytes / 4 - 1

  private let shardCount: Int
  private var crcs: [UInt32]
  /// The blocks that could be read.
  private var isKnown: [Bool]

  /// An empty table to fill.
  init(_ layout: ParityLayout) {
    shardCount = layout.shardCount
    crcs = [UInt32](repeating: 0, count: layout.columns * layout.shardCount)
    isKnown = [Bool](repeating: true, count: Self.blockCount(layout))
  }

  private static func blockCount(_ layout: ParityLayout) -> Int {
    (layout.columns * layout.shardCount - 1) / blockEntries + 1
  }

  /// How many bytes the table of a layout takes in a parity volume.
  static func storedBytes(_ layout: ParityLayout) -> Int { blockCount(layout) * blockBytes }

  /// The CRC of a chunk; `nil` if that part of the table could not be read.
  func crc(_ shard: Int, _ column: Int) -> UInt32? {
    let place = column * shardCount + shard
    return isKnown[place / Self.blockEntries] ? crcs[place] : nil
  }

  /// Sets the CRC of a chunk.
  mutating func set(_ crc: UInt32, _ shard: Int, _ column: Int) { crcs[column * shardCount + shard] = crc }

  /// All blocks, one behind the other.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(isKnown.count * Self.blockBytes)
    for block in isKnown.indices {
      let start = block * Self.blockEntries
      let entries = crcs[start..<min(start + Self.blockEntries, crcs.count)]
      let first = bytes.count
      for entry in entries { withUnsafeBytes(of: entry.littleEndian) { bytes += $0 } }
      bytes += repeatElement(0, count: (Self.blockEntries - entries.count) * 4)
      ChunkCRC.append(to: &bytes, from: first)
    }
    return bytes
  }

  /// What all parity volumes of one run have in common, and those of another run do not.
  var digest: Digest { SHA256Hasher.digest(of: bytes) }

  /// A table of which nothing is known yet.
  static func unknown(_ layout: ParityLayout) -> ChunkTable {
    var table = ChunkTable(layout)
    table.isKnown = table.isKnown.map { _ in false }
    return table
  }

  /// Whether all of it is known.
  var isComplete: Bool { isKnown.allSatisfy(\.self) }

  /// Takes those blocks that are not known yet and are whole here.
  mutating func take(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
      for block in isKnown.indices where !isKnown[block] && (block + 1) * Self.blockBytes <= raw.count {
        take(block, UnsafeRawBufferPointer(rebasing: raw[(block * Self.blockBytes)...].prefix(Self.blockBytes)))
      }
    }
  }

  private mutating func take(_ block: Int, _ raw: UnsafeRawBufferPointer) {
    guard ChunkCRC.isWhole(raw) else { return }
    isKnown[block] = true
    let start = block * Self.blockEntries
    for place in start..<min(start + Self.blockEntries, crcs.count) {
      let entry = raw.loadUnaligned(fromByteOffset: (place - start) * 4, as: UInt32.self)
      crcs[place] = UInt32(littleEndian: entry)
    }
  }
}
