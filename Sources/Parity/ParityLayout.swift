internal import Volumes

/// Where the chunks of a bundle and of its parity are: all follows from a few numbers.
///
/// A shard is a stretch of the bundle (data), or a parity volume. Column `c` is chunk `c` of every shard of a group: from
/// as many of these as the group has data, all others follow. Source: `formats/parity-v1.md`, "Shards and columns".
struct ParityLayout: Sendable, Hashable {
  /// The size of the bundle.
  let bundleBytes: Int
  /// The size of every stretch but the last, which may have less.
  let stretchBytes: Int
  /// The size of a chunk: a power of two.
  let chunkBytes: Int
  /// How many groups of shards there are, each with parity of its own.
  let groups: Int
  /// How many parity volumes each group has.
  let parityPerGroup: Int

  /// The sizes that a chunk may have.
  static let chunkRange = (4 << 10)...(16 << 20)
  /// The greatest number of chunks, data and parity: their CRCs fit into memory.
  static let maximumChunks = 8 << 20
  // More chunks are no finer in any way that matters.
  private static let finestColumns = 1024
  // The table, 4 bytes for each chunk, is a thousandth of a parity volume, or where chunks are few a 64th at most.
  private static let chunkBytesPerShard = 4 << 10
  private static let leastChunkBytesPerShard = 256
  private static let usualChunks = 4 << 20

  /// The layout for a bundle whose parity is to be made.
  ///
  /// - Precondition: There is at least one byte, and there are groups enough for the field.
  init(bundleBytes: Int, stretchBytes: Int, groups: Int, parityPerGroup: Int) {
    let data = (bundleBytes - 1) / stretchBytes + 1
    let shards = data + groups * parityPerGroup
    let longest = min(bundleBytes, stretchBytes)
    let wanted = max(
      min(shards * Self.chunkBytesPerShard, longest / Self.finestColumns), shards * Self.leastChunkBytesPerShard,
      shards * (longest / Self.usualChunks))
    var chunkBytes = Self.chunkRange.lowerBound
    while chunkBytes < min(wanted, longest, Self.chunkRange.upperBound) { chunkBytes *= 2 }
    self.bundleBytes = bundleBytes
    self.stretchBytes = stretchBytes
    self.chunkBytes = chunkBytes
    self.groups = groups
    self.parityPerGroup = parityPerGroup
  }

  /// A layout that a file tells of.
  ///
  /// - Returns: `nil` if it cannot be.
  init?(bundleBytes: Int, stretchBytes: Int, chunkBytes: Int, groups: Int, parityPerGroup: Int) {
    let most = VolumeName.maximumCount
    guard 1...Self.maximumBundleBytes ~= bundleBytes, 1...VolumeSize.range.upperBound ~= stretchBytes,
      Self.chunkRange ~= chunkBytes, chunkBytes.nonzeroBitCount == 1, 1...most ~= groups,
      1..<ErasureCode.maximumShards ~= parityPerGroup, groups * parityPerGroup <= most
    else { return nil }
    let data = (bundleBytes - 1) / stretchBytes + 1
    let columns = (min(bundleBytes, stretchBytes) - 1) / chunkBytes + 1
    guard groups...most ~= data, (data - 1) / groups + 1 + parityPerGroup <= ErasureCode.maximumShards,
      columns <= Self.maximumChunks / (data + groups * parityPerGroup)
    else { return nil }
    self.bundleBytes = bundleBytes
    self.stretchBytes = stretchBytes
    self.chunkBytes = chunkBytes
    self.groups = groups
    self.parityPerGroup = parityPerGroup
  }

  private static let maximumBundleBytes = 1 << 58

  /// How many stretches the bundle has.
  var dataCount: Int { (bundleBytes - 1) / stretchBytes + 1 }
  /// How many parity volumes there are.
  var parityCount: Int { groups * parityPerGroup }
  /// How many shards there are.
  var shardCount: Int { dataCount + parityCount }
  /// The size of the longest stretch, and of the parity in every parity volume.
  var shardBytes: Int { min(bundleBytes, stretchBytes) }
  /// How many chunks a shard has.
  var columns: Int { (shardBytes - 1) / chunkBytes + 1 }

  /// The bytes of the bundle that are a shard of data.
  func stretch(_ shard: Int) -> Range<Int> {
    shard * stretchBytes..<min((shard + 1) * stretchBytes, bundleBytes)
  }

  /// Where a chunk is in its shard: empty behind the end of a short stretch.
  func chunk(_ shard: Int, _ column: Int) -> Range<Int> {
    let length = shard < dataCount ? stretch(shard).count : shardBytes
    let start = min(column * chunkBytes, length)
    return start..<min(start + chunkBytes, length)
  }

  /// The shards of a group: data, then parity.
  func shards(ofGroup group: Int) -> [Int] {
    Array(stride(from: group, to: dataCount, by: groups))
      + stride(from: dataCount + group, to: shardCount, by: groups)
  }

  /// The group of a shard.
  func group(of shard: Int) -> Int { (shard < dataCount ? shard : shard - dataCount) % groups }

  /// The code of a group.
  func code(ofGroup group: Int) -> ErasureCode {
    ErasureCode(dataCount: (dataCount - group - 1) / groups + 1, parityCount: parityPerGroup)
  }
}
