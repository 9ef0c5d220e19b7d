internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import Gathering
internal import OCI
internal import SystemIO
internal import Volumes

/// Moves the blobs of a planned bundle to their places.
struct Fill: Sendable {
  let writer: BundleWriter
  let output: any BundleOutput
  let sources: SourceSet
  let origins: [Digest: BlobOrigin]
  let lanes: Lanes
  let reporter: any Reporter
  /// Threads for transfers and files.
  let transfers: BlockingPool
  /// Threads that compress.
  let compressors: BlockingPool
  /// What earlier runs left in the file, and takes note of what this one does; `nil` if nothing can be resumed.
  let earlier: FinishedBlobs?

  // How often the file is synced, and how many bytes of a blob lie between two notes of its progress.
  private static let syncInterval = Duration.seconds(2)
  private static let hashInterval = Duration.milliseconds(50)
  private static let noteInterval = 8 << 20

  /// Fills some blobs of the body, which are no larger than a run can do again.
  func run(only indexes: [Int]) async throws {
    try await indexes.forEachConcurrently(in: lanes, size: size) { try await fillRaw($0) }
  }

  /// Fills the body, then the tail.
  ///
  /// - Returns: The frames of the tail, in file order.
  func run() async throws -> [StoredFrame] {
    try await withTaskCancellationHandler {
      guard let earlier else { return try await fillAll() }
      return try await withRepeating({ try await sync(earlier) }, every: Self.syncInterval) {
        try await hashing(earlier.partial.volumes) { try await fillAll() }
      }
    } onCancel: {
      output.abandon(CancellationError())
    }
  }

  /// Fills volumes, which are hashed on a thread of its own as their bytes come.
  private func hashing<Result>(
    _ volumes: UnfinishedVolumes?, _ body: () async throws -> Result
  ) async throws -> Result {
    guard let volumes else { return try await body() }
    let pool = BlockingPool(threads: 1)
    let hash = { @Sendable in try await pool.runCancellable { flag in try volumes.hash { try flag.check() } } }
    return try await withRepeating(hash, every: Self.hashInterval, body)
  }

  /// Fills what was not finished while the rest is proven, then what turned out to be damaged.
  private func fillAll() async throws -> [StoredFrame] {
    let blobs = writer.head.verified.index.blobs
    let body = 0..<blobs.prefix { $0.encoding == .raw }.count
    async let proof = earlier?.prove() ?? [:]
    try await fillBody(body.filter { earlier?.progress.finished.contains($0) != true })
    let proven = try await proof
    try await fillBody(body.filter { earlier?.progress.finished.contains($0) == true && proven[$0] == nil })
    return try await fillTail(body.upperBound..<blobs.count, proven)
  }

  private func size(_ index: Int) -> Int { writer.head.verified.index.blobs[index].descriptor.size }

  private func fillBody(_ indexes: [Int]) async throws {
    try await indexes.forEachConcurrently(in: lanes, size: size) { index in
      do { try await restartingIfWrong(index) { try await fillRaw(index) } } catch {
        output.abandon(error)
        throw error
      }
    }
  }

  /// Lets the next run begin a blob again whose bytes were wrong: they may have been so from the start.
  private func restartingIfWrong<Result>(_ index: Int, _ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as SealiftError where error.code == .protocol || error.code == .corrupt {
      try earlier?.journal.restarted(index)
      throw error
    }
  }

  private func fillRaw(_ index: Int) async throws {
    let blob = writer.head.verified.index.blobs[index].descriptor
    let blobWriter = try await rawWriter(index, blob)
    reporter.report(.advanced(bytes: blobWriter.written))
    try await fetch(blob, from: blobWriter.written) { bytes in
      let noted = blobWriter.written / Self.noteInterval
      try blobWriter.append(bytes)
      if let earlier, blobWriter.written / Self.noteInterval > noted {
        let start = PackJournal.Start(bytes: blobWriter.written, digest: blobWriter.digestSoFar)
        try earlier.journal.started(index, start)
      }
    }
    try sources.files.naming(blob.digest) { try blobWriter.finish() }
    try earlier?.journal.finished(index)
    reporter.report(.finished(item: blob.digest.description, outcome: .moved))
  }

  /// Goes on with a blob of which an earlier run left the beginning, if that is still what it was.
  private func rawWriter(_ index: Int, _ blob: Descriptor) async throws -> RawBlobWriter {
    guard let earlier, !earlier.progress.finished.contains(index), let start = earlier.progress.started[index],
      start.bytes <= blob.size
    else { return writer.rawBlob(index) }
    return try await transfers.run {
      do {
        let blobWriter = writer.rawBlob(index, from: start.bytes)
        try blobWriter.rehash(earlier.partial.storage, expecting: start.digest)
        return blobWriter
      } catch let error as SealiftError where error.code == .corrupt {
        try earlier.restart(index)
        return writer.rawBlob(index)
      }
    }
  }

  private func fillTail(_ indexes: Range<Int>, _ proven: [Int: Int]) async throws -> [StoredFrame] {
    var frames: [StoredFrame] = []
    for index in indexes {
      let offset = writer.head.tailOffset + frames.totalStoredBytes
      let known = earlier?.progress.frames[index] ?? []
      // What was proven elsewhere stands behind frames that have other sizes now.
      if proven[index] == offset {
        frames += known
      } else {
        let begun = earlier?.progress.finished.contains(index) == true ? [] : known
        frames += try await restartingIfWrong(index) { try await fillCompressed(index, at: offset, after: begun) }
      }
    }
    return frames
  }

  private func fillCompressed(
    _ index: Int, at offset: Int, after known: [StoredFrame]
  ) async throws -> [StoredFrame] {
    let blob = writer.head.verified.index.blobs[index].descriptor
    let blobWriter = try await tailWriter(index, blob, at: offset, after: TailBlobWriter.resumable(known, of: blob))
    reporter.report(.advanced(bytes: blobWriter.received))
    try await fetch(blob, from: blobWriter.received) { try blobWriter.append($0) }
    let frames = try await transfers.run { try sources.files.naming(blob.digest) { try blobWriter.finish() } }
    try earlier?.journal.finished(index)
    reporter.report(.finished(item: blob.digest.description, outcome: .moved))
    return frames
  }

  private func tailWriter(
    _ index: Int, _ blob: Descriptor, at offset: Int, after known: [StoredFrame]
  ) async throws -> TailBlobWriter {
    let note = { @Sendable (frame: StoredFrame, number: Int) throws -> Void in
      try earlier?.journal.written(index, frame: frame, number: number)
    }
    if let earlier, !known.isEmpty {
      do {
        return try await transfers.run {
          try TailBlobWriter(
            blob, at: offset, after: known, in: earlier.partial.storage, pool: compressors, written: note)
        }
      } catch let error as SealiftError where error.code == .corrupt {
        try earlier.restart(index)
      }
    }
    return try TailBlobWriter(blob, at: offset, to: output, pool: compressors, written: note)
  }

  private func fetch(
    _ blob: Descriptor, from offset: Int, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    guard offset < blob.size else { return }
    guard let origin = origins[blob.digest] else {
      throw SealiftError(.internal, "no source is known for \(blob.digest)", nextStep: "report this defect")
    }
    try await sources.blobs(origin).blob(blob, from: offset) { bytes in
      try consume(bytes)
      reporter.report(.advanced(bytes: bytes.count))
    }
  }

  private func sync(_ earlier: FinishedBlobs) async throws {
    try await transfers.run { try earlier.journal.sync(earlier.partial.storage) }
  }
}
