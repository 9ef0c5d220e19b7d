internal import Diagnostics
internal import Digests
internal import Glibc
internal import Synchronization
internal import SystemIO

/// A blob that is being written: it has a name of its own until it is whole. Its calls block.
///
/// Threads: one at a time. Dropped before `finish(as:)`, it leaves nothing behind.
final class PartialBlob: Sendable {
  private let file: File
  private let isFinished = Atomic<Bool>(false)

  /// Makes an empty file.
  ///
  /// - Parameters:
  ///   - directory: Where it lies until it is whole, in the same file system as its last name.
  ///   - name: What its name begins with; a number follows that no other has.
  init(in directory: String, name: String, permissions: UInt32 = 0o644) throws(SealiftError) {
    let number = UInt64.random(in: .min ... .max)
    file = try File("\(directory)/\(name).\(number)", .create, permissions: permissions)
  }

  deinit { discard() }

  /// Leaves nothing behind, also while a thread that has written still holds this.
  func discard() {
    if !isFinished.exchange(true, ordering: .relaxed) { unlink(file.path) }
  }

  /// Appends bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SealiftError) { try file.write(bytes) }

  /// Appends all of a blob.
  ///
  /// - Throws: `corrupt` if it has another size than its descriptor.
  func write(_ content: any BlobContent, _ cancellation: CancellationFlag) throws {
    let reader = try content.open()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: BlobFile.chunkBytes, alignment: 16)
    defer { buffer.deallocate() }
    var size = 0
    while case let count = try reader.read(into: buffer), count > 0 {
      try cancellation.check()
      try write(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
      size += count
    }
    guard size == content.descriptor.size else {
      throw SealiftError(
        .corrupt, "blob \(content.descriptor.digest) has \(size) bytes, and \(content.descriptor.size) are expected",
        nextStep: "get a fresh copy of what is being unpacked")
    }
  }

  /// Syncs the bytes and gives the file its name; the name itself is synced by the target's `commit()`.
  func finish(as path: String) throws(SealiftError) {
    try file.sync()
    guard rename(file.path, path) == 0 else { throw .system("cannot rename \(file.path) to \(path)") }
    isFinished.store(true, ordering: .relaxed)
  }
}

/// A blob that is written to a file chunk by chunk.
final class BlobFileUpload: BlobUpload {
  private let partial: Mutex<PartialBlob?>
  private let pool: BlockingPool
  private let intact: IntactFiles
  private let file: @Sendable (Digest) -> BlobFile

  /// - Parameters:
  ///   - intact: Is told of the file when it is whole.
  ///   - file: Where a blob lies then.
  init(
    _ partial: PartialBlob, pool: BlockingPool, _ intact: IntactFiles, file: @escaping @Sendable (Digest) -> BlobFile
  ) {
    self.partial = Mutex(partial)
    self.pool = pool
    self.intact = intact
    self.file = file
  }

  func append(_ chunk: [UInt8]) async throws {
    let partial = try open()
    try await pool.run { try chunk.withUnsafeBytes { try partial.write($0) } }
  }

  func finish(_ digest: Digest) async throws {
    let partial = try open()
    try await pool.run { [intact, file] in
      try partial.finish(as: file(digest).path)
      try intact.note(file(digest), digest)
    }
    self.partial.withLock { $0 = nil }
  }

  func cancel() async {
    partial.withLock { partial in
      partial?.discard()
      partial = nil
    }
  }

  private func open() throws(SealiftError) -> PartialBlob {
    guard let partial = partial.withLock({ $0 }) else {
      throw SealiftError(.internal, "an upload was used after its end", nextStep: "report this as a defect of Sealift")
    }
    return partial
  }
}
