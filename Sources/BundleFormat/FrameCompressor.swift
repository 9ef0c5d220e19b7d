internal import SystemIO
internal import Zstd

/// Compresses frames on several threads and gives them back in the order in which they were handed in.
///
/// The result does not depend on the number of threads. Memory: some 15 MiB for each of them.
/// Threads: one at a time.
final class FrameCompressor {
  private struct Work {
    var idle: [ZstdCompressor] = []
    var finished: [Int: [UInt8]] = [:]
  }

  private let pool: BlockingPool
  private let work = Monitor(Work())
  private var submitted = 0
  private var taken = 0

  init(_ pool: BlockingPool) { self.pool = pool }

  /// Whether all threads have something to do, so that a frame should be taken first.
  var isBusy: Bool { submitted - taken >= pool.threads }

  /// Hands in the content of the next frame.
  func submit(_ content: [UInt8]) {
    let number = submitted
    submitted += 1
    pool.start { [work] in
      let compressor = work.withLock { $0.idle.popLast() } ?? ZstdCompressor()
      let frame = content.withUnsafeBytes { compressor.frame($0) }
      work.withLock { work in
        work.finished[number] = frame
        work.idle.append(compressor)
      }
    }
  }

  /// The next frame in order; waits for it.
  ///
  /// - Returns: `nil` if all were taken.
  func next() -> [UInt8]? {
    guard taken < submitted else { return nil }
    let number = taken
    taken += 1
    return work.withLock(when: { $0.finished[number] != nil }) { $0.finished.removeValue(forKey: number) }
  }
}
