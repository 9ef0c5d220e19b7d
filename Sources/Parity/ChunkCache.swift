internal import Synchronization

/// The chunks that were read last, for reads that take a part of one.
///
/// Threads: any, many at once.
final class ChunkCache: Sendable {
  struct Key: Hashable {
    let shard: Int
    let column: Int
  }

  private struct State {
    var chunks: [Key: [UInt8]] = [:]
    var order: [Key] = []
    var next = 0
  }

  private let state = Mutex(State())
  private let capacity: Int

  private static let bytes = 8 << 20

  init(chunkBytes: Int) { capacity = max(4, min(64, Self.bytes / chunkBytes)) }

  func chunk(_ key: Key) -> [UInt8]? { state.withLock { $0.chunks[key] } }

  /// Keeps a chunk in the place of the oldest one.
  func keep(_ chunk: [UInt8], _ key: Key) {
    state.withLock { state in
      guard state.chunks.updateValue(chunk, forKey: key) == nil else { return }
      if state.order.count < capacity {
        state.order.append(key)
      } else {
        state.chunks[state.order[state.next]] = nil
        state.order[state.next] = key
        state.next = (state.next + 1) % capacity
      }
    }
  }
}
