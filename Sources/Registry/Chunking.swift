internal import Synchronization

/// How large the pieces are in which a registry takes a blob; learnt from what it refuses.
final class Chunking: Sendable {
  /// The first size that is tried where a whole blob was refused; below what proxies in front of registries allow.
  static let firstBytes = 32 << 20
  /// Below this the overhead of requests outweighs the content.
  static let smallestBytes = 64 << 10
  // One break can be the network; two in a row look like a proxy that cuts large bodies.
  private static let breaksBeforeChunks = 2

  private struct State {
    var size: Int?
    var breaks = 0
  }

  private let state: Mutex<State>

  /// - Parameter forced: The size to begin with, where the user gave one.
  init(forced: Int?) { state = Mutex(State(size: forced.map { max($0, Self.smallestBytes) })) }

  /// The size in use; `nil` while blobs are sent whole.
  var size: Int? { state.withLock(\.size) }

  /// Learns that a body of `count` bytes was refused with 413.
  ///
  /// - Returns: `false` if nothing smaller is left to try.
  func refuse(_ count: Int) -> Bool {
    state.withLock { state in
      guard count > Self.smallestBytes else { return false }
      let half = max(Self.smallestBytes, count / 2)
      state.size = min(state.size ?? Self.firstBytes, half)
      return true
    }
  }

  /// Learns that the connection broke while a whole blob of `count` bytes was sent.
  func noteBreak(of count: Int) {
    guard count > Self.firstBytes else { return }
    state.withLock { state in
      state.breaks += 1
      if state.breaks >= Self.breaksBeforeChunks, state.size == nil { state.size = Self.firstBytes }
    }
  }

  /// Learns that a whole blob got through.
  func noteSuccess() { state.withLock { $0.breaks = 0 } }
}
