internal import Glibc
internal import SystemIO

/// Carries bytes from the thread of a transfer, which pushes, to the thread of a reader, which pulls.
///
/// It holds at most `chunks` times `chunkBytes`: whoever is faster waits for the other. Either side can end it.
final class ChunkChannel: Sendable {
  /// Thrown to the transfer when the reader wants no more.
  struct ReaderIsGone: Error {}

  /// The size of one chunk: several of a transfer's pieces, so that threads change places less often.
  static let chunkBytes = 256 << 10
  /// The number of chunks: one that is read, and three on their way.
  static let chunks = 4

  /// Bytes that one side at a time has.
  private final class Chunk {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ChunkChannel.chunkBytes, alignment: 16)
    var count = 0

    deinit { memory.deallocate() }
  }

  private enum Reader {
    /// It takes what comes.
    case reading
    /// It has all that it wants, and the rest only has to pass.
    case passing
    /// It failed.
    case gone
  }

  private struct State {
    var filled: [Chunk] = []
    var spare = (0..<ChunkChannel.chunks).map { _ in Chunk() }
    /// The chunk that the reader looks at.
    var held: Chunk?
    var reader = Reader.reading
    var hasEnded = false
    var failure: (any Error)?

    var hasRoom: Bool { reader != .reading || !spare.isEmpty || filled.last.map { $0.count < $0.memory.count } == true }

    mutating func fill(from bytes: UnsafeRawBufferPointer) -> Int {
      if filled.last.map({ $0.count == $0.memory.count }) ?? true { filled.append(spare.removeLast()) }
      guard let chunk = filled.last else { return 0 }
      let count = min(bytes.count, chunk.memory.count - chunk.count)
      let room = UnsafeMutableRawBufferPointer(rebasing: chunk.memory[chunk.count...])
      room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
      chunk.count += count
      return count
    }
  }

  private let state = Monitor(State())

  /// Takes bytes from the transfer; blocks while the channel is full.
  ///
  /// - Throws: `ReaderIsGone`; `CancellationError`.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      try state.withLock(when: { $0.hasRoom || $0.failure != nil }) { state in
        if let failure = state.failure { throw failure }
        switch state.reader {
        case .gone: throw ReaderIsGone()
        case .passing: done = bytes.count
        case .reading: done += state.fill(from: UnsafeRawBufferPointer(rebasing: bytes[done...]))
        }
      }
    }
  }

  /// Says that the transfer has ended, and with what.
  func finish(_ failure: (any Error)?) {
    state.withLock { state in
      state.hasEnded = true
      state.failure = state.failure ?? failure
    }
  }

  /// Ends both sides at once.
  func cancel() { finish(CancellationError()) }

  /// Gives the reader the next bytes, which stay until the next call; blocks while there are none.
  ///
  /// - Returns: `nil` at the end.
  /// - Throws: What the transfer failed with; `CancellationError`.
  func next() throws -> UnsafeRawBufferPointer? {
    try state.withLock(when: { !$0.filled.isEmpty || $0.hasEnded }) { state in
      if let held = state.held {
        held.count = 0
        state.spare.append(held)
        state.held = nil
      }
      if let failure = state.failure { throw failure }
      guard !state.filled.isEmpty else { return nil }
      let chunk = state.filled.removeFirst()
      state.held = chunk
      return UnsafeRawBufferPointer(rebasing: chunk.memory.prefix(chunk.count))
    }
  }

  /// Says that the reader is done, and that the transfer may go on to its end.
  func pass() { state.withLock { $0.reader = .passing } }

  /// Says that the reader failed, and that the transfer should end.
  func close() { state.withLock { $0.reader = .gone } }
}
