internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// Reads one layer while it is transferred, and proves its digest.
struct LayerTransfer: Sendable {
  /// Where the layer is.
  let source: any BlobSource
  /// Its bounds.
  let limits: ArchiveLimits

  // Readers have threads of their own: on those of a transfer they could take the last one and wait for ever. Each
  // transfer starts when its reader has a thread, so that no reader waits for a transfer that waits for a reader.
  private static let threads = BlockingPool(threads: 4)

  /// Runs `body` with the layer's archive, on a thread where it may block but must not wait for the source.
  ///
  /// - Returns: What `body` returns, when all bytes have passed and their digest is right. Nothing that `body` saw may
  ///   be used before.
  /// - Throws: What the source or `body` throws; `protocol` for a wrong digest and for what is no archive.
  func read<Value: Sendable>(
    _ layer: Descriptor, _ body: @escaping @Sendable (ArchiveReader) throws -> Value
  ) async throws -> Value {
    let channel = ChunkChannel()
    let hasher = SHA256Hasher()
    let (waiting, gate) = AsyncStream.makeStream(of: Void.self)
    return try await withTaskCancellationHandler {
      async let reading = outcome {
        try await Self.threads.run {
          gate.finish()
          return try read(layer, from: channel, body)
        }
      }
      for await _ in waiting {}
      let transfer = await outcome {
        try Task.checkCancellation()
        try await source.blob(layer, from: 0) { bytes in
          hasher.update(bytes)
          try channel.write(bytes)
        }
      }
      channel.finish(transfer.failure)
      let result = await reading
      switch transfer {
      case .failure(let error) where !(error is ChunkChannel.ReaderIsGone): throw error
      case .success where hasher.finalize() != layer.digest:
        throw SealiftError(
          .protocol, "the bytes that were sent for layer \(layer.digest) have another digest",
          nextStep: "try again; if it happens again, the registry holds damaged content")
      default: return try result.get()
      }
    } onCancel: {
      channel.cancel()
    }
  }

  private func read<Value>(
    _ layer: Descriptor, from channel: ChunkChannel, _ body: (ArchiveReader) throws -> Value
  ) throws -> Value {
    var reader: ArchiveReader?
    do {
      let opened = try ArchiveReader("layer \(layer.digest)", limits: limits) { try channel.next() }
      reader = opened
      let value = try body(opened)
      channel.pass()
      return value
    } catch {
      // Of bytes that are no archive the digest tells whose fault it is.
      if reader?.isBroken ?? true { channel.pass() } else { channel.close() }
      throw error
    }
  }
}

/// What `body` ends with, returned or thrown.
private func outcome<Value: Sendable>(
  _ body: @Sendable () async throws -> Value
) async -> Result<Value, any Error> {
  do { return .success(try await body()) } catch { return .failure(error) }
}

extension Result {
  fileprivate var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}
