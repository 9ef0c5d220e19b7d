internal import Diagnostics
internal import Digests
internal import Glibc
internal import Synchronization
internal import SystemIO

/// Which files of a target's directory hold the bytes that their names tell. Its calls block.
///
/// A file that was there counts only after it was read: a disk may have changed it. One that is damaged counts as
/// missing, so that it is written again, and is named once. What was read or written once is known from then on, under
/// all of its names: nobody else writes while the target is locked.
final class IntactFiles: Sendable {
  private struct Identity: Hashable {
    let device: dev_t
    let number: ino_t

    init(_ file: File) throws(SealiftError) {
      let status = try file.status()
      device = status.st_dev
      number = status.st_ino
    }
  }

  private struct State {
    var known: [Identity: Digest] = [:]
    var damaged: Set<String> = []
  }

  private let state = Mutex(State())
  private let warn: @Sendable (String) -> Void

  /// - Parameter warn: Takes one sentence for each file that is damaged.
  init(warn: @escaping @Sendable (String) -> Void) { self.warn = warn }

  /// Whether a file is there and holds a blob.
  func has(_ blob: BlobFile, _ descriptor: Descriptor, _ cancellation: CancellationFlag) throws -> Bool {
    try intact(blob.path) { () throws -> Bool? in
      guard let file = try blob.openIfThere() else { return nil }
      let identity = try Identity(file)
      if try file.size() == descriptor.size, state.withLock({ $0.known[identity] }) == descriptor.digest { return true }
      let hasher = SHA256Hasher()
      try blob.read(descriptor, from: 0, cancellation) { hasher.update($0) }
      guard hasher.finalize() == descriptor.digest else { throw blob.damaged }
      state.withLock { $0.known[identity] = descriptor.digest }
      return true
    } ?? false
  }

  /// Notes that a file has just been written, or given one more name, and holds a blob.
  func note(_ blob: BlobFile, _ digest: Digest) throws(SealiftError) {
    guard let file = try blob.openIfThere() else { return }
    let identity = try Identity(file)
    state.withLock { $0.known[identity] = digest }
  }

  /// Reads a manifest if it is there and whole.
  func manifest(_ blob: BlobFile, _ digest: Digest) throws -> FetchedManifest? {
    try intact(blob.path) { try blob.manifest(digest, mediaType: nil) }
  }

  /// What `read` finds at a path, or nothing if that is damaged.
  func intact<Found>(_ path: String, _ read: () throws -> Found?) throws -> Found? {
    do { return try read() } catch let error as SealiftError where error.code == .corrupt || error.code == .protocol {
      if state.withLock({ $0.damaged.insert(path).inserted }) { warn("\(path) is damaged: it is written again") }
      return nil
    }
  }
}
