public import BundleFormat
public import Diagnostics
public import Digests
internal import Synchronization
public import SystemIO
internal import Volumes

/// Parity volumes while they are made, under other names than they will have.
public struct UnfinishedParity: Sendable {
  private let path: String
  private let layout: ParityLayout
  private let files: [File]

  /// How many parity volumes there are.
  public var count: Int { layout.parityCount }
  /// How many of the volumes, or of the parts of the file, may be lost.
  public var losable: Int { layout.parityPerGroup }
  /// How many volumes or parts the bundle itself has.
  public var dataCount: Int { layout.dataCount }
  /// In how many groups, in each of which as many may be lost.
  public var groups: Int { layout.groups }
  /// The size of each parity volume.
  public var volumeBytes: Int { layout.parityVolumeBytes }

  private static let suffix = ".partial"
  private static let roomBytes = 16 << 20
  private static let pieceRange = (64 << 10)...(1 << 20)
  private static let lanes = 2

  /// Makes the files.
  ///
  /// - Parameters:
  ///   - path: The path of the bundle.
  ///   - volumeBytes: The size of its volumes; `nil` for a bundle that is one file.
  /// - Throws: `storage`, also if there is too little room.
  public init(
    _ amount: ParityAmount, of path: String, bundleBytes: Int, volumeBytes: Int?
  ) throws(SealiftError) {
    self.path = path
    layout = amount.layout(bundleBytes: bundleBytes, volumeBytes: volumeBytes)
    var files: [File] = []
    for number in 1...layout.parityCount {
      files.append(try File(own: Self.path(number, of: layout, path) + Self.suffix, isMade: true))
    }
    self.files = files
    do throws(SealiftError) { try checkRoom() } catch {
      remove()
      throw error
    }
  }

  private func checkRoom() throws(SealiftError) {
    var present = 0
    for file in files { present += try file.allocatedBytes() }
    try FileSystem.volume(of: Self.path(1, of: layout, path) + Self.suffix).checkRoom(
      for: layout.parityCount * layout.parityVolumeBytes, "the parity", at: path, present: present,
      largestFile: layout.parityVolumeBytes, advice: "or make less parity")
  }

  private static func path(_ number: Int, of layout: ParityLayout, _ path: String) -> String {
    ParityName(path, number, of: layout.parityCount).text
  }

  /// Reads all of the bundle once, and writes all parity.
  ///
  /// - Parameters:
  ///   - bundle: The bundle, perhaps under another name still.
  ///   - id: Its id.
  public func write(
    _ bundle: any BundleMedium, id: Digest, pool: BlockingPool, reporter: any Reporter
  ) async throws {
    reporter.report(.phase(.protect, bytes: layout.bundleBytes, items: 0))
    let table = Mutex(ChunkTable(layout))
    let band = max(1, pieceBytes / layout.chunkBytes)
    let jobs = stride(from: 0, to: layout.columns, by: band).flatMap { column in
      (0..<layout.groups).map { (group: $0, columns: column..<min(column + band, layout.columns)) }
    }
    try await jobs.forEachConcurrently(limit: Self.lanes) { job in
      let crcs = try await pool.runCancellable { flag in
        var encoder = ColumnEncoder(layout, job.group, job.columns, pieceBytes: pieceBytes)
        try encoder.run(bundle, files) {
          try flag.check()
          reporter.report(.advanced(bytes: $0))
        }
        return encoder.crcs
      }
      table.withLock { table in for (shard, column, crc) in crcs { table.set(crc, shard, column) } }
    }
    let whole = table.withLock { $0 }
    try await pool.run { try end(whole, id: id) }
  }

  /// As much of each parity volume as is made at once.
  private var pieceBytes: Int {
    var bytes = Self.pieceRange.upperBound
    while bytes > Self.pieceRange.lowerBound, bytes * (layout.parityPerGroup + 1) > Self.roomBytes { bytes /= 2 }
    return bytes
  }

  private func end(_ table: ChunkTable, id: Digest) throws {
    let bytes = table.bytes
    let set = ParitySet(bundle: id, layout: layout, table: SHA256Hasher.digest(of: bytes))
    for (place, file) in files.enumerated() {
      let header = ParityHeader(set, place + 1).bytes
      try file.write(header, at: 0)
      try file.write(bytes, at: layout.tableOffset)
      try file.write(header, at: layout.tableOffset + bytes.count)
      try file.truncate(to: layout.parityVolumeBytes)
      try file.sync()
    }
  }

  /// Gives the parity volumes their names.
  ///
  /// - Returns: Their paths.
  @discardableResult
  public func name() throws(SealiftError) -> [String] {
    var paths: [String] = []
    for (place, file) in files.enumerated() {
      paths.append(Self.path(place + 1, of: layout, path))
      try FileSystem.rename(file.path, to: paths[place])
    }
    try FileSystem.syncDirectory(of: path)
    return paths
  }

  /// Removes what was made, after a failure.
  public func remove() { for file in files { try? FileSystem.remove(file.path) } }
}
