public import BundleFormat
public import Diagnostics
public import SystemIO
internal import Synchronization

/// All that is damaged or missing of a bundle and its parity.
public struct DamageSurvey: Sendable {
  /// The volumes, with the number of chunks that are bad.
  public let volumes: [DamagedVolume]
  /// The error if that is more than the parity makes up for.
  public let failure: SealiftError?
  /// The shards that have bad chunks, or are not as a file what they should be.
  let shards: [Int]
}

extension ProtectedBundle {
  /// Reads every chunk of the bundle and its parity.
  ///
  /// - Parameter pool: Threads that read.
  public func survey(pool: BlockingPool, reporter: any Reporter) async throws -> DamageSurvey {
    let layout = shards.layout
    reporter.report(
      .phase(.check, bytes: layout.bundleBytes + layout.parityCount * layout.shardBytes, items: layout.shardCount))
    let odd = Mutex(Set<Int>())
    try await (0..<layout.shardCount).forEachConcurrently(limit: pool.threads) { [self] shard in
      try await pool.runCancellable { flag in
        try self.look(at: shard, flag, reporter)
        if !self.shards.hasRightSize(shard) || !self.shards.hasRightEnds(shard) {
          odd.withLock { _ = $0.insert(shard) }
        }
      }
      reporter.report(.finished(item: shards.name(shard), outcome: .present))
    }
    let damaged = badShards.union(odd.withLock { $0 }).sorted()
    return DamageSurvey(volumes: damage, failure: failure(), shards: damaged)
  }

  private func look(at shard: Int, _ flag: CancellationFlag, _ reporter: any Reporter) throws {
    let layout = shards.layout
    try withUnsafeTemporaryAllocation(byteCount: layout.chunkBytes, alignment: 4096) { buffer in
      for column in 0..<layout.columns {
        try flag.check()
        let count = layout.chunk(shard, column).count
        if !shards.read(shard, column, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])) {
          note(shard, column)
        }
        reporter.report(.advanced(bytes: count))
      }
    }
  }

  /// The error for columns of which too much is bad.
  private func failure() -> SealiftError? {
    let layout = shards.layout
    var columns: [Int] = []
    var missing = 0
    var names: Set<String> = []
    for column in 0..<layout.columns {
      for group in 0..<layout.groups {
        let bad = layout.shards(ofGroup: group).filter { isBad($0, column) }
        guard bad.count > layout.parityPerGroup, bad.contains(where: { $0 < layout.dataCount }) else { continue }
        columns.append(column)
        missing += bad.count - layout.parityPerGroup
        names.formUnion(bad.map(shards.name))
      }
    }
    guard !columns.isEmpty else { return nil }
    let list = damage.filter { names.contains($0.name) }.map { "\($0.name) (\($0.chunks) chunks)" }
    return SealiftError(
      .beyondRepair,
      "\(path) is damaged beyond repair: \(list.joined(separator: ", ")); in \(columns.count) of \(layout.columns) "
        + "columns more than \(layout.parityPerGroup) chunks are bad",
      nextStep: "at least \(missing) of these chunks are needed: bring better copies of these volumes")
  }
}
