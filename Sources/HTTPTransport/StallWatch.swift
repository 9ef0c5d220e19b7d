internal import Glibc

/// Notices that a peer has stopped, or gives so little that it might as well have.
///
/// Time that our own side takes (a slow disk behind the body) does not count.
struct StallWatch {
  // A line that gives less per connection is not one to carry images over.
  private static let bytesPerSecond = 1 << 10
  // Registries hash or copy a whole blob before they answer its last byte.
  private static let replyFactor = 5

  private let limit: Double
  private var windowStart = monotonicSeconds()
  private var movedAtStart = 0
  private var busy = 0.0
  private var wasAwaitingReply = false

  /// - Parameter limit: After how many seconds without progress a transfer has stalled.
  init(limit: Double) { self.limit = limit }

  /// Runs our own part of the work, whose time does not count.
  mutating func excluding<Result>(_ work: () throws -> Result) rethrows -> Result {
    let start = monotonicSeconds()
    defer { busy += monotonicSeconds() - start }
    return try work()
  }

  /// Whether the peer has stalled.
  ///
  /// - Parameters:
  ///   - moved: Bytes sent and received so far.
  ///   - isAwaitingReply: Whether all of an upload is sent, and the server works on it.
  mutating func hasStalled(moved: Int, isAwaitingReply: Bool) -> Bool {
    let now = monotonicSeconds()
    let enough = Int(limit * Double(Self.bytesPerSecond))
    if moved - movedAtStart >= enough || isAwaitingReply != wasAwaitingReply {
      windowStart = now
      movedAtStart = moved
      busy = 0
      wasAwaitingReply = isAwaitingReply
      return false
    }
    return now - windowStart - busy > (isAwaitingReply ? limit * Double(Self.replyFactor) : limit)
  }
}

/// Seconds on a clock that never goes back.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
