public import BundleFormat
public import Diagnostics
public import Digests
internal import Synchronization
public import SystemIO

/// A bundle that is written into volumes, each byte at its place.
///
/// The first volume is the unfinished bundle's own file; the others lie beside it, under its name with a number.
/// Threads: any, many at once.
public final class UnfinishedVolumes: BundleStorage {
  /// The path of the unfinished bundle, and of its first volume.
  public let path: String
  private let digests: VolumeDigests
  private let cut: VolumeCut
  private let state: Mutex<State>

  private struct State {
    var files: [Int: File]
    var unsynced: Set<Int> = []
  }

  /// Positioned reads.
  public var isSeekable: Bool { true }

  /// - Parameters:
  ///   - first: The first volume.
  ///   - volumeBytes: The size of a volume.
  public init(_ first: File, volumeBytes: Int) {
    path = first.path
    cut = VolumeCut(volumeBytes: volumeBytes)
    digests = VolumeDigests(cut)
    state = Mutex(State(files: [0: first]))
  }

  /// The path of one of an unfinished bundle's volumes, from 0 on.
  public static func path(of volume: Int, _ partial: String) -> String {
    volume == 0 ? partial : partial + "." + VolumeName("", volume + 1, of: VolumeName.maximumCount).digits
  }

  /// The paths of all volumes behind the first that are there.
  public static func others(_ partial: String) throws(SealiftError) -> [Int: String] {
    let directory = FileSystem.parent(of: partial)
    var paths: [Int: String] = [:]
    for name in try FileSystem.list(directory) {
      guard let volume = VolumeName(path: name), volume.bundle == FileSystem.name(of: partial) else { continue }
      paths[volume.number - 1] = path(of: volume.number - 1, partial)
    }
    return paths
  }

  private func file(_ volume: Int, isWritten: Bool) throws(SealiftError) -> File? {
    try state.withLock { (state) throws(SealiftError) in
      if isWritten { state.unsynced.insert(volume) }
      if let file = state.files[volume] { return file }
      let path = Self.path(of: volume, path)
      let isThere = try FileSystem.kind(of: path) != nil
      guard isWritten || isThere else { return nil }
      let file = try File(own: path, isMade: true)
      state.files[volume] = file
      return file
    }
  }

  /// Writes pieces of memory one behind the other from `offset` on.
  public func write(_ parts: [UnsafeRawBufferPointer], at offset: Int) throws {
    for piece in cut.pieces(parts, at: offset) {
      try file(piece.volume, isWritten: true)?.writeAll(piece.parts, at: piece.offset)
    }
    digests.wrote(offset..<offset + parts.reduce(0) { $0 + $1.count })
  }

  /// The end of the last volume that is there.
  public func size() throws(SealiftError) -> Int {
    let last = try Self.others(path).keys.max() ?? 0
    return try (file(last, isWritten: false)?.size() ?? 0) + last * cut.volumeBytes
  }

  /// Reads from the volumes that hold the bytes.
  public func read(_ parts: [UnsafeMutableRawBufferPointer], at offset: Int) throws(SealiftError) -> Int {
    try cut.read(parts, at: offset) { (volume) throws(SealiftError) in try file(volume, isWritten: false) }
  }

  /// Nothing: all reads are positioned.
  public func read(_ parts: [UnsafeMutableRawBufferPointer]) throws(SealiftError) -> Int { 0 }

  /// Nothing: all reads are positioned.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SealiftError) -> Int { 0 }

  /// Cuts the last volume, and removes those behind it.
  public func truncate(to size: Int) throws(SealiftError) {
    let last = cut.count(size) - 1
    // Those that somebody has removed already, too: what was written to them would be nowhere.
    state.withLock { state in state.files = state.files.filter { $0.key <= last } }
    for (volume, path) in try Self.others(path) where volume > last { try FileSystem.remove(path) }
    try file(last, isWritten: true)?.truncate(to: size - last * cut.volumeBytes)
  }

  /// Waits until the bytes of all volumes that were written are on the disk.
  public func sync() throws(SealiftError) {
    let volumes = state.withLock { state in
      defer { state.unsynced = [] }
      return state.unsynced
    }
    for volume in volumes.sorted() { try file(volume, isWritten: false)?.sync() }
  }

  /// The number of bytes that all volumes take on the disk.
  public func allocatedBytes() throws(SealiftError) -> Int {
    var bytes = 0
    for volume in try [0] + Self.others(path).keys {
      bytes += try file(volume, isWritten: false)?.allocatedBytes() ?? 0
    }
    return bytes
  }

  /// Hashes what is there, while more is written.
  ///
  /// - Parameter step: Is called after each megabyte.
  public func hash(step: () throws -> Void) throws { try digests.catchUp(self, step: step) }

  /// How many bytes `list` still has to read.
  public func unhashed(of size: Int) -> Int { digests.unhashed(of: size) }

  /// What the volumes are, when all of them are whole.
  ///
  /// - Parameters:
  ///   - bundle: The path of the bundle, which gives the volumes their names.
  ///   - id: The id of the bundle.
  ///   - size: The size of the bundle.
  ///   - pool: The threads that hash.
  ///   - progress: Takes the number of bytes of each step.
  public func list(
    _ bundle: String, id: Digest, size: Int, on pool: BlockingPool, progress: @escaping @Sendable (Int) -> Void
  ) async throws -> VolumeList {
    let digests = try await digests.finish(self, size: size, on: pool, step: progress)
    let name = FileSystem.name(of: bundle)
    return try await pool.run { [cut] in
      let entries = try digests.enumerated().map { volume, digest in
        let range = cut.range(volume, of: size)
        let begin = try self.bytes(at: range.lowerBound, count: min(VolumeList.beginBytes, range.count))
        return VolumeList.Entry(
          name: VolumeName(name, volume + 1, of: digests.count).text, size: range.count, digest: digest,
          begin: SHA256Hasher.digest(of: begin))
      }
      return VolumeList(bundle: id, volumeBytes: cut.volumeBytes, entries: entries)
    }
  }
}
