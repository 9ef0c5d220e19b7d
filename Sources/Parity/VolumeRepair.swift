public import BundleFormat
public import Diagnostics
internal import Digests
public import SystemIO
internal import Volumes

/// A volume that was written again, whole.
public struct RepairedVolume: Sendable {
  /// What was wrong with it.
  public let damage: DamagedVolume
  /// Where it was written.
  public let path: String
  /// Its size in bytes.
  public let size: Int
  /// Whether something else has its name in that directory.
  public let isBesideAnother: Bool
}

extension ProtectedBundle {
  private static let unfinished = ".partial"
  private static let beside = ".repaired"

  /// Writes whole volumes for those that are damaged or missing; what is there is never written over.
  ///
  /// - Parameters:
  ///   - survey: What is damaged.
  ///   - directory: Where they go.
  /// - Throws: `beyondRepair`; `storage`.
  public func repair(
    _ survey: DamageSurvey, into directory: String, pool: BlockingPool, reporter: any Reporter
  ) async throws -> [RepairedVolume] {
    if let failure = survey.failure { throw failure }
    let outputs = outputs(survey)
    let bytes = outputs.reduce(0) { $0 + size(of: $1.shards) }
    reporter.report(.phase(.repair, bytes: bytes, items: outputs.count))
    try FileSystem.makeDirectory(directory)
    let names = outputs.map { (name: $0.name, path: Self.path($0.name, in: directory)) }
    try FileSystem.volume(of: directory).checkRoom(
      for: bytes, "what is repaired", at: directory, present: 0, largestFile: outputs.map { size(of: $0.shards) }.max(),
      advice: "or choose another directory with --out")
    var repaired: [RepairedVolume] = []
    for (output, (name, path)) in zip(outputs, names) {
      try await pool.runCancellable { [self] flag in
        try write(output.shards, to: path) {
          try flag.check()
          reporter.report(.advanced(bytes: $0))
        }
      }
      reporter.report(.finished(item: path, outcome: .moved))
      repaired.append(
        RepairedVolume(
          damage: survey.volumes.first { $0.name == name } ?? DamagedVolume(name: name, chunks: 0), path: path,
          size: size(of: output.shards), isBesideAnother: path.hasSuffix(Self.beside)))
    }
    return repaired
  }

  /// The files to write, with the shards that each consists of.
  private func outputs(_ survey: DamageSurvey) -> [(name: String, shards: [Int])] {
    let data = Array(0..<shards.layout.dataCount)
    guard shards.isWhole, let first = survey.shards.first, first < data.count else {
      return survey.shards.map { (shards.name($0), [$0]) }
    }
    return [(shards.name(first), data)] + survey.shards.filter { $0 >= data.count }.map { (shards.name($0), [$0]) }
  }

  private func size(of shards: [Int]) -> Int {
    let layout = self.shards.layout
    return shards.reduce(0) { $0 + ($1 < layout.dataCount ? layout.stretch($1).count : layout.parityVolumeBytes) }
  }

  private static func path(_ name: String, in directory: String) -> String {
    let path = directory == "." ? name : "\(directory)/\(name)"
    return FileSystem.exists(path) ? path + beside : path
  }

  private func write(_ own: [Int], to path: String, step: (Int) throws -> Void) throws {
    let file = try File(own: path + Self.unfinished, isMade: true)
    try file.truncate(to: 0)
    let hasher = SHA256Hasher()
    var offset = 0
    for shard in own {
      if shard >= shards.layout.dataCount { offset = shards.layout.parityOffset }
      for column in 0..<shards.layout.columns {
        let chunk = try whole(shard, column)
        chunk.withUnsafeBytes { hasher.update($0) }
        try file.write(chunk, at: offset)
        offset += chunk.count
        try step(chunk.count)
      }
    }
    if let shard = own.first, shard >= shards.layout.dataCount {
      try writeEnds(of: shard, to: file, path)
    } else {
      try check(own[0], hasher.finalize())
    }
    try file.sync()
    try FileSystem.rename(file.path, to: path)
  }

  /// The bytes of a chunk as they should be.
  private func whole(_ shard: Int, _ column: Int) throws(SealiftError) -> [UInt8] {
    try chunk(ChunkCache.Key(shard: shard, column: column), shards.layout.chunk(shard, column).count)
  }

  private func writeEnds(of shard: Int, to file: File, _ path: String) throws(SealiftError) {
    let table = shards.table.bytes
    guard SHA256Hasher.digest(of: table) == shards.set.table else {
      throw SealiftError(
        .beyondRepair, "\(path) cannot be made: no parity volume has a whole table of CRCs",
        nextStep: "remove all parity volumes, verify the bundle, and make them anew with sealift protect")
    }
    let header = ParityHeader(shards.set, shard - shards.layout.dataCount + 1).bytes
    try file.write(header, at: 0)
    try file.write(table + header, at: shards.layout.tableOffset)
  }

  /// Compares a volume with the signed list, if there is one.
  private func check(_ shard: Int, _ digest: Digest) throws(SealiftError) {
    guard let entry = shards.volumes?.list?.entries[shard], entry.digest != digest else { return }
    throw SealiftError(
      .beyondRepair, "\(entry.name) was made anew, and is not what the signed list tells",
      nextStep: "the parity is not that of this bundle: bring a copy of the volume")
  }
}
