internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// Moves the blobs of a planned bundle to their places.
struct Fill: Sendable {
  let writer: BundleWriter
  let output: any BundleOutput
  let sources: SourceSet
  let origins: [Digest: ImageOrigin]
  let parallel: Int
  let reporter: any Reporter
  /// Threads for transfers and files.
  let transfers: BlockingPool
  /// Threads that compress.
  let compressors: BlockingPool
  /// The journal and the unfinished file, where there is one.
  let partial: Partial?

  /// An unfinished bundle that can be resumed.
  struct Partial: Sendable {
    let file: File
    let journal: PackJournal
    let progress: PackJournal.Progress
  }

  // How often the file is synced, and how many bytes of a blob lie between two notes of its progress.
  private static let syncInterval = Duration.seconds(2)
  private static let noteInterval = 8 << 20

  /// Fills some blobs of the body, which are no larger than a run can do again.
  func run(only indexes: [Int]) async throws {
    try await indexes.forEachConcurrently(limit: parallel) { try await fillRaw($0) }
  }

  /// Fills the body, then the tail.
  ///
  /// - Returns: The frames of the tail, in file order.
  func run() async throws -> [StoredFrame] {
    try await withTaskCancellationHandler {
      guard let partial else { return try await fillAll() }
      return try await withRepeating({ try await sync(partial) }, every: Self.syncInterval) { try await fillAll() }
    } onCancel: {
      output.abandon(CancellationError())
    }
  }

  private func fillAll() async throws -> [StoredFrame] {
    let blobs = writer.head.verified.index.blobs
    let bodyCount = blobs.prefix { $0.encoding == .raw }.count
    let missing = (0..<bodyCount).filter { partial?.progress.finished.contains($0) != true }
    try await missing.forEachConcurrently(limit: parallel) { index in
      do { try await restartingIfWrong(index) { try await fillRaw(index) } } catch {
        output.abandon(error)
        throw error
      }
    }
    return try await fillTail(bodyCount..<blobs.count)
  }

  /// Lets the next run begin a blob again whose bytes were wrong: they may have been so from the start.
  private func restartingIfWrong<Result>(_ index: Int, _ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as SealiftError where error.code == .protocol || error.code == .corrupt {
      try partial?.journal.restarted(index)
      throw error
    }
  }

  private func fillRaw(_ index: Int) async throws {
    let blob = writer.head.verified.index.blobs[index].descriptor
    let start = min(partial?.progress.started[index] ?? 0, blob.size)
    let blobWriter = writer.rawBlob(index, from: start)
    if start > 0, let partial {
      try await transfers.run { try blobWriter.rehash(partial.file) }
      reporter.report(.advanced(bytes: start))
    }
    try await fetch(blob, from: start) { bytes in
      let noted = blobWriter.written / Self.noteInterval
      try blobWriter.append(bytes)
      if blobWriter.written / Self.noteInterval > noted {
        try partial?.journal.started(index, bytes: blobWriter.written)
      }
    }
    try sources.files.naming(blob.digest) { try blobWriter.finish() }
    try partial?.journal.finished(index)
    reporter.report(.finished(item: blob.digest.description, outcome: .moved))
  }

  private func fillTail(_ indexes: Range<Int>) async throws -> [StoredFrame] {
    var frames: [StoredFrame] = []
    for index in indexes {
      let known = partial?.progress.frames[index] ?? []
      if partial?.progress.finished.contains(index) == true {
        frames += known
      } else {
        let offset = writer.head.tailOffset + frames.totalStoredBytes
        frames += try await restartingIfWrong(index) { try await fillCompressed(index, at: offset, after: known) }
      }
    }
    return frames
  }

  private func fillCompressed(
    _ index: Int, at offset: Int, after known: [StoredFrame]
  ) async throws -> [StoredFrame] {
    let blob = writer.head.verified.index.blobs[index].descriptor
    let blobWriter = try await tailWriter(index, blob, at: offset, after: known.filter(\.isFull))
    reporter.report(.advanced(bytes: blobWriter.received))
    try await fetch(blob, from: blobWriter.received) { try blobWriter.append($0) }
    let frames = try await transfers.run { try sources.files.naming(blob.digest) { try blobWriter.finish() } }
    try partial?.journal.finished(index)
    reporter.report(.finished(item: blob.digest.description, outcome: .moved))
    return frames
  }

  private func tailWriter(
    _ index: Int, _ blob: Descriptor, at offset: Int, after known: [StoredFrame]
  ) async throws -> TailBlobWriter {
    guard let partial else { return try TailBlobWriter(blob, at: offset, to: output, pool: compressors) { _, _ in } }
    let note = { @Sendable (frame: StoredFrame, number: Int) throws in
      try partial.journal.written(index, frame: frame, number: number)
    }
    guard !known.isEmpty else {
      return try TailBlobWriter(blob, at: offset, to: output, pool: compressors, written: note)
    }
    return try await transfers.run {
      try TailBlobWriter(blob, at: offset, after: known, in: partial.file, pool: compressors, written: note)
    }
  }

  private func fetch(
    _ blob: Descriptor, from offset: Int, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    guard offset < blob.size else { return }
    guard let origin = origins[blob.digest] else {
      throw SealiftError(.internal, "no source is known for \(blob.digest)", nextStep: "report this defect")
    }
    let source = try await sources.source(origin)
    try await source.blob(blob, in: origin.repository, from: offset) { bytes in
      try consume(bytes)
      reporter.report(.advanced(bytes: bytes.count))
    }
  }

  private func sync(_ partial: Partial) async throws {
    try await transfers.run { try partial.journal.sync(partial.file) }
  }
}
