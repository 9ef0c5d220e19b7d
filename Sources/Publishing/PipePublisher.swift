internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// Publishes the blobs of a bundle that can be read only once, while it is read.
///
/// Each blob is cut into chunks, which are kept until the target has them. The next ones are read meanwhile, as long as
/// there is room.
struct PipePublisher: Sendable {
  let publisher: Publisher
  let stream: BundleStream
  /// Writes the files among the blobs, if they are wanted.
  let files: FileUnpacker?
  let pool: BlockingPool
  let reporter: any Reporter

  /// The size of a chunk, which bounds the memory together with `chunksInFlight`.
  private static let chunkBytes = 4 << 20
  private static let chunksInFlight = 4

  /// Reads the stream to its end and publishes what the plan asks for.
  func run() async throws {
    let plan = publisher.plan
    let room = Semaphore(Self.chunksInFlight)
    try await withThrowingTaskGroup(of: Void.self) { group in
      var feed: AsyncStream<BundleStream.Piece>.Continuation?
      defer { feed?.finish() }
      while true {
        try await room.wait()
        guard let piece = try await pool.run({ [stream] in try stream.piece(limit: Self.chunkBytes) }) else { break }
        if let files { try await pool.run { try files.take(piece) } }
        if feed == nil, let blob = plan.layer(piece.index) {
          let (pieces, continuation) = AsyncStream<BundleStream.Piece>.makeStream()
          feed = continuation
          group.addTask { try await publish(blob, pieces, room) }
        }
        if let feed {
          reporter.report(.advanced(bytes: piece.bytes.count))
          feed.yield(piece)
        } else {
          await room.signal()
        }
        if piece.isLast {
          feed?.finish()
          feed = nil
        }
      }
      try await group.waitForAll()
    }
  }

  private func publish(
    _ blob: PublishPlan.Blob, _ pieces: AsyncStream<BundleStream.Piece>, _ room: Semaphore
  ) async throws {
    do {
      var iterator = pieces.makeAsyncIterator()
      try await publisher.bring(blob) { repository in
        try await send(blob, &iterator, room, to: repository)
      }
      while await iterator.next() != nil { await room.signal() }
    } catch {
      await room.fail(error)
      throw error
    }
  }

  private func send(
    _ blob: PublishPlan.Blob, _ pieces: inout AsyncStream<BundleStream.Piece>.AsyncIterator, _ room: Semaphore,
    to repository: String
  ) async throws {
    guard let first = await pieces.next() else { throw Self.notAgain(blob) }
    var isHeld = true
    do {
      try await send(blob, first, &pieces, room, isHeld: &isHeld, to: repository)
    } catch {
      // Where the run goes on without this blob, it must not keep the room that others wait for.
      if isHeld { await room.signal() }
      throw error
    }
  }

  /// - Parameter isHeld: Whether the piece that was taken last still has its room.
  private func send(
    _ blob: PublishPlan.Blob, _ first: BundleStream.Piece,
    _ pieces: inout AsyncStream<BundleStream.Piece>.AsyncIterator, _ room: Semaphore, isHeld: inout Bool,
    to repository: String
  ) async throws {
    if first.isLast {
      try await publisher.target.putBlob(ProvenBytes(descriptor: blob.descriptor, bytes: first.bytes), in: repository)
      isHeld = false
      return await room.signal()
    }
    try await publisher.target.upload(blob.descriptor.digest, to: repository) { upload in
      var piece = first
      while true {
        try await upload.append(piece.bytes)
        isHeld = false
        await room.signal()
        if piece.isLast { break }
        guard let next = await pieces.next() else { throw CancellationError() }
        piece = next
        isHeld = true
      }
    }
  }

  private static func notAgain(_ blob: PublishPlan.Blob) -> SealiftError {
    SealiftError(
      .again,
      "the target did not link \(blob.descriptor.digest) into a second repository, and a pipe is read only once",
      nextStep: "run the same command again: what is there is passed over")
  }
}

extension ImageTarget {
  /// Sends a blob chunk by chunk; what was sent of one that fails is dropped.
  ///
  /// - Parameter feed: Sends all of it. When it returns, the digest is proven.
  func upload(
    _ digest: Digest, to repository: String, _ feed: (any BlobUpload) async throws -> Void
  ) async throws {
    let upload = try await startUpload(in: repository)
    do {
      try await feed(upload)
      try await upload.finish(digest)
    } catch {
      await upload.cancel()
      throw error
    }
  }
}

/// Counts room that tasks wait for.
actor Semaphore {
  private var room: Int
  private var waiting: [CheckedContinuation<Void, any Error>] = []
  private var failure: (any Error)?

  init(_ room: Int) { self.room = room }

  /// Takes a place, or waits for one.
  ///
  /// - Throws: What `fail` was given.
  func wait() async throws {
    if let failure { throw failure }
    if room > 0 {
      room -= 1
      return
    }
    try await withCheckedThrowingContinuation { waiting.append($0) }
  }

  /// Gives a place back.
  func signal() {
    if waiting.isEmpty { room += 1 } else { waiting.removeFirst().resume() }
  }

  /// Lets everyone fail who waits, now and later.
  func fail(_ error: any Error) {
    failure = failure ?? error
    for continuation in waiting { continuation.resume(throwing: error) }
    waiting = []
  }
}
