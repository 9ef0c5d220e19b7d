internal import Diagnostics

/// Makes chunks anew from the others of their column.
///
/// Threads: one at a time, so that its memory is bounded.
final class ColumnRepair {
  private let shards: Shards
  private let codes: [ErasureCode]
  /// Room for what is made, and for its sources, or for as many of them as fit.
  private let room: UnsafeMutableRawBufferPointer
  private let sourceSlots: Int

  /// - Parameter roomBytes: The memory for sources; those that find no room are read once more.
  init(_ shards: Shards, roomBytes: Int = 16 << 20) {
    self.shards = shards
    let layout = shards.layout
    codes = (0..<layout.groups).map { layout.code(ofGroup: $0) }
    let most = layout.shards(ofGroup: 0).count
    // The last one is for all sources that have none of their own.
    sourceSlots = max(1, min(most, roomBytes / layout.chunkBytes))
    room = .allocate(byteCount: (sourceSlots + 1) * layout.chunkBytes, alignment: 4096)
  }

  deinit { room.deallocate() }

  /// Makes one chunk.
  ///
  /// - Parameters:
  ///   - isBad: Whether a chunk of the column is known to be damaged or missing.
  ///   - foundBad: Is told of each one that is found to be so.
  /// - Returns: Its bytes, which are there until the next call.
  /// - Throws: `beyondRepair`, with what is damaged.
  func make(
    _ wanted: Int, _ column: Int, isBad: (Int) -> Bool, foundBad: (Int) -> Void
  ) throws(SealiftError) -> UnsafeRawBufferPointer {
    let group = shards.layout.group(of: wanted)
    let members = shards.layout.shards(ofGroup: group)
    let places = sources(of: members.filter { $0 != wanted }, codes[group], column, isBad: isBad, foundBad: foundBad)
    func failure() -> SealiftError { shards.beyondRepair(column, members.filter { places[$0] == nil }, of: wanted) }
    guard let target = members.firstIndex(of: wanted),
      let combination = codes[group].combination(for: [target], isThere: { places[members[$0]] != nil })
    else { throw failure() }
    let sum = slot(sourceSlots)
    sum.initializeMemory(as: UInt8.self, repeating: 0)
    for (place, source) in combination.sources.enumerated() {
      guard let bytes = bytes(members[source], column, slot: places[members[source]]) else { throw failure() }
      combination.add(place, bytes, to: [sum])
    }
    let made = UnsafeRawBufferPointer(rebasing: sum.prefix(shards.layout.chunk(wanted, column).count))
    guard shards.isRight(wanted, column, made) else { throw failure() }
    return made
  }

  /// Finds chunks that are right: of all data, and of as much parity as makes up for what of that is not.
  ///
  /// - Returns: For each of their shards the slot that holds its bytes; those of the last slot are held no more.
  private func sources(
    of members: [Int], _ code: ErasureCode, _ column: Int, isBad: (Int) -> Bool, foundBad: (Int) -> Void
  ) -> [Int: Int] {
    var places: [Int: Int] = [:]
    for shard in members where places.count < code.dataCount && !isBad(shard) {
      let number = min(places.count, sourceSlots - 1)
      if shards.read(shard, column, into: memory(shard, column, slot: number)) {
        places[shard] = number
      } else {
        foundBad(shard)
      }
    }
    return places
  }

  /// The bytes of a chunk that was right; `nil` if they had to be read again, and are not right any more.
  private func bytes(_ shard: Int, _ column: Int, slot number: Int?) -> UnsafeRawBufferPointer? {
    guard let number else { return nil }
    let memory = memory(shard, column, slot: number)
    guard number < sourceSlots - 1 || shards.read(shard, column, into: memory) else { return nil }
    return UnsafeRawBufferPointer(memory)
  }

  private func memory(_ shard: Int, _ column: Int, slot number: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: slot(number).prefix(shards.layout.chunk(shard, column).count))
  }

  private func slot(_ number: Int) -> UnsafeMutableRawBufferPointer {
    let count = shards.layout.chunkBytes
    return UnsafeMutableRawBufferPointer(rebasing: room[(number * count)..<((number + 1) * count)])
  }
}

extension Shards {
  /// The error for a column of which too little is there.
  fileprivate func beyondRepair(_ column: Int, _ bad: [Int], of wanted: Int) -> SealiftError {
    let missing = bad.count - layout.parityPerGroup
    let names = Set(bad.map(name)).sorted().joined(separator: ", ")
    return SealiftError(
      .beyondRepair,
      "chunk \(column) of \(name(wanted)) cannot be made anew: it is damaged or missing in \(names), and the parity makes "
        + "up for \(layout.parityPerGroup) of \(bad.count)",
      nextStep: "bring better copies of at least \(max(1, missing)) of them; sealift repair says what is damaged in all"
    )
  }
}
