internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// Reads a blob and writes it to a target while it comes: its name shows it only when its digest is proven.
struct BlobCopy: Sendable {
  let descriptor: Descriptor
  let source: any HeldBlobSource
  let target: any ImageTarget
  let repository: String

  private static let chunkBytes = 4 << 20
  // One is on its way while the next one comes.
  private static let chunksInFlight = 2

  private typealias Chunks = AsyncThrowingStream<[UInt8], any Error>

  func run() async throws {
    try await target.upload(descriptor.digest, to: repository) { try await feed($0) }
  }

  private func feed(_ upload: any BlobUpload) async throws {
    let (chunks, continuation) = Chunks.makeStream()
    let room = Monitor(Self.chunksInFlight)
    async let reading: Void = read(into: continuation, room)
    do {
      for try await chunk in chunks {
        try await upload.append(chunk)
        room.withLock { $0 += 1 }
      }
    } catch {
      // Whoever waits for room must not wait for ever.
      room.withLock { $0 = .max }
      continuation.finish()
      throw error
    }
    try await reading
  }

  /// Reads the blob to its end and proves it.
  private func read(into chunks: Chunks.Continuation, _ room: Monitor<Int>) async throws {
    do {
      let cutter = Cutter(limit: min(descriptor.size, Self.chunkBytes)) { chunk in
        room.withLock(when: { $0 > 0 }) { $0 -= $0 == .max ? 0 : 1 }
        if case .terminated = chunks.yield(chunk) { throw CancellationError() }
      }
      try await source.read(descriptor, 0..<descriptor.size) { try cutter.take($0) }
      guard try cutter.end() == descriptor.digest else {
        throw SealiftError(
          .corrupt, "what the target has as \(descriptor.digest) are other bytes",
          nextStep: "unpack the bundle that brought it again, or pass that with --base FILE, when the damaged blob is "
            + "taken out of the target's storage")
      }
      chunks.finish()
    } catch {
      chunks.finish(throwing: error)
      throw error
    }
  }
}

/// Cuts what comes into chunks, and hashes it. Its calls block.
///
/// Threads: one at a time; the owner may change.
private final class Cutter: @unchecked Sendable {
  private let limit: Int
  private let take: (consuming [UInt8]) throws -> Void
  private let hasher = SHA256Hasher()
  private var chunk: [UInt8] = []

  init(limit: Int, _ take: @escaping (consuming [UInt8]) throws -> Void) {
    self.limit = limit
    self.take = take
  }

  func take(_ bytes: UnsafeRawBufferPointer) throws {
    hasher.update(bytes)
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = rest.prefix(limit - chunk.count)
      chunk += part
      rest = rest.dropFirst(part.count)
      if chunk.count == limit { try give() }
    }
  }

  /// Gives out what is left.
  ///
  /// - Returns: The digest of all.
  func end() throws -> Digest {
    if !chunk.isEmpty { try give() }
    return hasher.finalize()
  }

  private func give() throws {
    let whole = chunk
    chunk = []
    try take(whole)
  }
}
