internal import Glibc
public import SystemIO

/// Writes a bundle in file order although its bytes arrive in any: for pipes, and for file systems without holes.
///
/// Bytes that are early wait in memory; a thread that is too far ahead waits until the others catch up. That needs blobs
/// to be started in file order, so that the next byte in order is always on its way.
public final class OrderedOutput: BundleOutput {
  /// How far ahead of the next byte in order a write may be without waiting, in bytes; it bounds the memory.
  public static let lookAhead = 16 << 20

  private struct Shared {
    var mutex = pthread_mutex_t()
    var moved = pthread_cond_t()
    var next = 0
    var early: [Int: [UInt8]] = [:]
    var failure: (any Error)?
  }

  // A pthread mutex, not `Mutex`: `pthread_cond_wait` needs it. Every access to the fields holds it.
  private nonisolated(unsafe) let shared: UnsafeMutablePointer<Shared>
  private let file: File

  /// - Parameter file: Written from its current position on.
  public init(_ file: File) {
    self.file = file
    shared = .allocate(capacity: 1)
    shared.initialize(to: Shared())
    pthread_mutex_init(&shared.pointee.mutex, nil)
    pthread_cond_init(&shared.pointee.moved, nil)
  }

  deinit {
    pthread_cond_destroy(&shared.pointee.moved)
    pthread_mutex_destroy(&shared.pointee.mutex)
    shared.deinitialize(count: 1)
    shared.deallocate()
  }

  /// Writes pieces of memory one behind the other from `offset` on, now or when it is their turn.
  ///
  /// - Throws: What writing threw, here or on another thread; nothing can be written after that.
  public func write(_ parts: [UnsafeRawBufferPointer], at offset: Int) throws {
    // Nothing at a place where something early waits must not take that place.
    guard parts.contains(where: { !$0.isEmpty }) else { return }
    pthread_mutex_lock(&shared.pointee.mutex)
    defer { pthread_mutex_unlock(&shared.pointee.mutex) }
    while offset > shared.pointee.next + Self.lookAhead, shared.pointee.failure == nil {
      pthread_cond_wait(&shared.pointee.moved, &shared.pointee.mutex)
    }
    if let failure = shared.pointee.failure { throw failure }
    if offset == shared.pointee.next {
      try advance(parts)
    } else {
      shared.pointee.early[offset] = parts.flatMap { Array($0) }
    }
  }

  /// Wakes all threads that wait, and lets them fail.
  public func abandon(_ error: any Error) {
    pthread_mutex_lock(&shared.pointee.mutex)
    if shared.pointee.failure == nil { shared.pointee.failure = error }
    pthread_cond_broadcast(&shared.pointee.moved)
    pthread_mutex_unlock(&shared.pointee.mutex)
  }

  /// Writes what is next, and everything early that now follows.
  private func advance(_ parts: [UnsafeRawBufferPointer]) throws {
    do {
      for part in parts { try put(part) }
      while let early = shared.pointee.early.removeValue(forKey: shared.pointee.next) {
        try early.withUnsafeBytes { try put($0) }
      }
    } catch {
      shared.pointee.failure = error
      pthread_cond_broadcast(&shared.pointee.moved)
      throw error
    }
    pthread_cond_broadcast(&shared.pointee.moved)
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws {
    try file.write(bytes)
    shared.pointee.next += bytes.count
  }
}
