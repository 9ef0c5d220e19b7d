internal import BundleFormat
internal import Diagnostics
internal import SystemIO
internal import Volumes

/// The chunks of a bundle and of its parity as they lie on the media: right, or damaged, or not there.
///
/// Threads: any, many at once.
struct Shards: Sendable {
  let set: ParitySet
  let table: ChunkTable
  /// The name of the bundle, without a directory.
  let bundle: String
  /// The bundle, of which stretches may be missing.
  let data: any BundleMedium
  /// The volumes of the bundle; `nil` if it is one file.
  let volumes: VolumeSet?
  private let parity: [File?]

  /// A bundle that is one file.
  init(_ parity: ParityVolumes, bundle: String, file: File) {
    self.init(parity, bundle, file, nil)
  }

  /// A bundle in volumes, of which some may be missing.
  init(_ parity: ParityVolumes, bundle: String, volumes: VolumeSet) {
    self.init(parity, bundle, volumes, volumes)
  }

  private init(_ parity: ParityVolumes, _ bundle: String, _ data: any BundleMedium, _ volumes: VolumeSet?) {
    set = parity.set
    table = parity.table
    self.parity = parity.files
    self.bundle = bundle
    self.data = data
    self.volumes = volumes
  }

  /// Whether the bundle is one file.
  var isWhole: Bool { volumes == nil }

  var layout: ParityLayout { self.set.layout }

  /// What people call a shard.
  func name(_ shard: Int) -> String {
    if shard >= layout.dataCount {
      return ParityName(bundle, shard - layout.dataCount + 1, of: layout.parityCount).text
    }
    return isWhole ? bundle : VolumeName(bundle, shard + 1, of: layout.dataCount).text
  }

  /// Reads a chunk.
  ///
  /// - Parameter memory: As long as the chunk.
  /// - Returns: Whether it is there, and has the CRC that it should; where that is not known, whether it is there.
  func read(_ shard: Int, _ column: Int, into memory: UnsafeMutableRawBufferPointer) -> Bool {
    let chunk = layout.chunk(shard, column)
    guard !chunk.isEmpty else { return true }
    let isRead =
      shard < layout.dataCount
      ? (try? data.read([memory], at: shard * layout.stretchBytes + chunk.lowerBound)) == chunk.count
      : isParityRead(shard - layout.dataCount, chunk, into: memory)
    return isRead && isRight(shard, column, UnsafeRawBufferPointer(memory))
  }

  private func isParityRead(_ number: Int, _ chunk: Range<Int>, into memory: UnsafeMutableRawBufferPointer) -> Bool {
    guard let file = parity[number] else { return false }
    return (try? file.read([memory], at: layout.parityOffset + chunk.lowerBound)) == chunk.count
  }

  /// Whether bytes have the CRC of a chunk, as far as it is known.
  func isRight(_ shard: Int, _ column: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let crc = table.crc(shard, column) else { return true }
    return ChunkCRC.value(bytes) == crc
  }

  /// Whether the first chunk of the bundle is right.
  var isBeginRight: Bool { isRight(0, 0) }

  private func isRight(_ shard: Int, _ column: Int) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: layout.chunkBytes, alignment: 4096) { buffer in
      read(shard, column, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<layout.chunk(shard, column).count]))
    }
  }

  /// Whether nothing of a shard seems to be there: neither its first chunk nor its last one.
  func isLost(_ shard: Int) -> Bool {
    let last = max(0, (layout.chunk(shard, layout.columns - 1).upperBound - 1) / layout.chunkBytes)
    return !isRight(shard, 0) && !isRight(shard, last)
  }

  /// Whether the file of a shard is as large as it should be, or is not there.
  func hasRightSize(_ shard: Int) -> Bool {
    if shard >= layout.dataCount {
      return parity[shard - layout.dataCount].flatMap { try? $0.size() } ?? layout.parityVolumeBytes
        == layout.parityVolumeBytes
    }
    guard let volumes else { return (try? data.size()) == layout.bundleBytes }
    return volumes.fileBytes(shard).map { $0 == layout.stretch(shard).count } ?? true
  }

  /// Whether a parity volume that is there has its headers and its table, as far as it is known.
  func hasRightEnds(_ shard: Int) -> Bool {
    guard shard >= layout.dataCount, let file = parity[shard - layout.dataCount] else { return true }
    let header = ParityHeader(self.set, shard - layout.dataCount + 1).bytes
    let end = table.bytes + header
    return (try? file.bytes(at: 0, count: header.count)) == header
      && (try? file.bytes(at: layout.tableOffset, count: end.count)) == end
  }
}
