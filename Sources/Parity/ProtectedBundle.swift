public import BundleFormat
public import Diagnostics
public import Digests
internal import Synchronization
internal import SystemIO
internal import Volumes

/// A bundle that is read through its parity: what is damaged or missing is made anew in memory.
///
/// The CRC of each chunk says where damage is, and proves nothing: that is the index's part, as always.
/// Threads: any, many at once.
public final class ProtectedBundle: BundleMedium {
  /// What the user calls the bundle.
  public let path: String
  /// Signatures of the index that lie beside the bundle.
  public let signaturesBeside: [SignatureBeside]
  /// The id of the bundle, as its parity tells.
  public var id: Digest { shards.set.bundle }
  let shards: Shards
  private let cache: ChunkCache
  private let repair: Mutex<ColumnRepair>
  private let bad: Mutex<[Set<Int32>]>

  init(path: String, _ shards: Shards, _ signatures: [SignatureBeside]) {
    self.path = path
    self.shards = shards
    signaturesBeside = signatures
    cache = ChunkCache(chunkBytes: shards.layout.chunkBytes)
    repair = Mutex(ColumnRepair(shards))
    bad = Mutex(Array(repeating: [], count: shards.layout.shardCount))
  }

  /// Positioned reads.
  public var isSeekable: Bool { true }

  /// The bytes of the bundle, as its parity tells.
  public func size() throws(SealiftError) -> Int { shards.layout.bundleBytes }

  /// Reads, and makes anew what is damaged.
  ///
  /// - Throws: `beyondRepair`.
  public func read(_ parts: [UnsafeMutableRawBufferPointer], at offset: Int) throws(SealiftError) -> Int {
    var position = offset
    for part in parts {
      var filled = 0
      while filled < part.count, position < shards.layout.bundleBytes {
        let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: part[filled...]), from: position)
        filled += count
        position += count
      }
    }
    return position - offset
  }

  /// Reads whole chunks to where they belong, or what is wanted of one.
  private func read(into memory: UnsafeMutableRawBufferPointer, from position: Int) throws(SealiftError) -> Int {
    let layout = shards.layout
    let shard = position / layout.stretchBytes
    let place = position - shard * layout.stretchBytes
    let column = place / layout.chunkBytes
    let chunk = layout.chunk(shard, column)
    guard place == chunk.lowerBound, memory.count >= chunk.count else {
      let bytes = try self.chunk(ChunkCache.Key(shard: shard, column: column), chunk.count)
      let wanted = bytes[(place - chunk.lowerBound)...].prefix(memory.count)
      memory.copyBytes(from: wanted)
      return wanted.count
    }
    var end = chunk.upperBound
    while end - place < memory.count, case let next = layout.chunk(shard, end / layout.chunkBytes), !next.isEmpty,
      next.upperBound - place <= memory.count, next.lowerBound == end
    { end = next.upperBound }
    try readChunks(shard, place..<end, into: UnsafeMutableRawBufferPointer(rebasing: memory[..<(end - place)]))
    return end - place
  }

  /// Reads whole chunks of one shard at once, and then looks at each.
  private func readChunks(
    _ shard: Int, _ range: Range<Int>, into memory: UnsafeMutableRawBufferPointer
  ) throws(SealiftError) {
    let layout = shards.layout
    let isRead = (try? shards.data.read([memory], at: shard * layout.stretchBytes + range.lowerBound)) == range.count
    for start in stride(from: range.lowerBound, to: range.upperBound, by: layout.chunkBytes) {
      let column = start / layout.chunkBytes
      let chunk = layout.chunk(shard, column)
      let piece = UnsafeMutableRawBufferPointer(
        rebasing: memory[(start - range.lowerBound)..<(chunk.upperBound - range.lowerBound)])
      let isRight =
        isRead
        ? shards.isRight(shard, column, UnsafeRawBufferPointer(piece)) : shards.read(shard, column, into: piece)
      if !isRight { try make(shard, column) { piece.copyMemory(from: $0) } }
    }
  }

  /// A chunk as it should be.
  func chunk(_ key: ChunkCache.Key, _ count: Int) throws(SealiftError) -> [UInt8] {
    if let chunk = cache.chunk(key) { return chunk }
    var failure: SealiftError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let memory = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
      do throws(SealiftError) {
        if !shards.read(key.shard, key.column, into: memory) {
          try make(key.shard, key.column) { memory.copyMemory(from: $0) }
        }
        filled = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    cache.keep(bytes, key)
    return bytes
  }

  /// Makes a damaged chunk anew.
  func make(_ shard: Int, _ column: Int, _ take: (UnsafeRawBufferPointer) -> Void) throws(SealiftError) {
    note(shard, column)
    try repair.withLock { (repair) throws(SealiftError) in
      take(
        try repair.make(
          shard, column, isBad: { isBad($0, column) }, foundBad: { note($0, column) }))
    }
  }

  /// Takes note of a bad chunk.
  func note(_ shard: Int, _ column: Int) { bad.withLock { _ = $0[shard].insert(Int32(column)) } }

  /// Whether a chunk is known to be bad.
  func isBad(_ shard: Int, _ column: Int) -> Bool { bad.withLock { $0[shard].contains(Int32(column)) } }

  /// The shards of which a chunk is known to be bad.
  var badShards: Set<Int> { bad.withLock { bad in Set(bad.indices.filter { !bad[$0].isEmpty }) } }

  /// Nothing: all reads are positioned.
  public func read(_ parts: [UnsafeMutableRawBufferPointer]) throws(SealiftError) -> Int { 0 }

  /// Nothing: all reads are positioned.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SealiftError) -> Int { 0 }

  /// The byte of the bundle, and of the volume that holds it.
  public func place(of offset: Int) -> String { shards.data.place(of: offset) }

  /// To bring what is missing.
  public var adviceWhenCut: String { shards.data.adviceWhenCut }

  /// Whether it is one of the files that the bundle is read from.
  public func hasName(_ path: String) throws(SealiftError) -> Bool { try shards.data.hasName(path) }

  /// Refuses parity of another bundle.
  public func check(id: Digest) throws(SealiftError) {
    try shards.data.check(id: id)
    guard shards.set.bundle != id else { return }
    throw SealiftError(
      .corrupt, "the parity volumes of \(path) are of bundle \(shards.set.bundle), and it is bundle \(id)",
      nextStep: "move \(shards.name(shards.layout.dataCount)) and its like away to read the bundle without them")
  }

  /// What was damaged or missing, of all that was read so far.
  public var damage: [DamagedVolume] {
    let counts = bad.withLock { $0.map(\.count) }
    var found: [DamagedVolume] = []
    for (shard, count) in counts.enumerated() where count > 0 {
      let name = shards.name(shard)
      if found.last?.name == name {
        found[found.count - 1].chunks += count
      } else {
        found.append(DamagedVolume(name: name, chunks: count))
      }
    }
    return found
  }
}
