internal import Diagnostics
public import Digests
public import OCI
internal import Synchronization
internal import SystemIO

/// The layers that this run has made itself, each in a nameless file.
///
/// They are written into the bundle before its journal begins, so that a run which is resumed never needs them again.
///
/// Threads: any, many at once.
public final class BuiltLayers: BlobSource {
  private let files = Mutex([Digest: File]())
  private let pool: BlockingPool

  private static let chunkBytes = 256 << 10

  /// - Parameter pool: Threads that read.
  init(pool: BlockingPool) { self.pool = pool }

  /// Keeps a layer whose digest was computed while `file` was written.
  func add(_ digest: Digest, _ file: File) {
    files.withLock { $0[digest] = file }
  }

  /// Whether the layer was made here.
  public func contains(_ digest: Digest) -> Bool { files.withLock { $0[digest] != nil } }

  /// Reads a layer; see `BlobSource`.
  public func blob(
    _ descriptor: Descriptor, from offset: Int, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    guard let file = files.withLock({ $0[descriptor.digest] }) else {
      throw SealiftError(
        .again, "\(descriptor.digest) was made by an earlier run, and is not in the unfinished bundle",
        nextStep: "remove the unfinished bundle, and run the same command again")
    }
    try await pool.runCancellable { flag in
      var position = offset
      while position < descriptor.size {
        try flag.check()
        let chunk = try file.bytes(at: position, count: min(Self.chunkBytes, descriptor.size - position))
        try chunk.withUnsafeBytes { try consume($0) }
        position += chunk.count
      }
    }
  }
}
