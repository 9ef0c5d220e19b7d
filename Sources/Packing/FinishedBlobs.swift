internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// The blobs that earlier runs have finished, which are read again before they count: the disk may have changed them
/// since, and then they are fetched again.
struct FinishedBlobs: Sendable {
  let head: ProvenHead
  let partial: PartialBundle
  let journal: PackJournal
  let progress: PackJournal.Progress
  /// Those of them that this run has written or read already.
  let proven: Set<Int>
  let reporter: any Reporter

  private struct Candidate: Sendable {
    let index: Int
    /// Where a compressed one begins, and what it was written as.
    var frames: (offset: Int, list: [StoredFrame])?
  }

  private static let pieceBytes = 1 << 20

  /// Reads all of them, on threads of its own, and says which are damaged.
  ///
  /// - Returns: Those that are whole, by their place in the index; for a compressed one, where it begins.
  func prove() async throws -> [Int: Int] {
    let candidates = candidates
    guard !candidates.isEmpty else { return [:] }
    let pool = BlockingPool(threads: Processors.count)
    let places = Monitor<[Int: Int]>([:])
    try await candidates.forEachConcurrently(limit: pool.threads) { candidate in
      let index = candidate.index
      if !proven.contains(index), try await !pool.runCancellable({ try prove(candidate, $0) }) {
        return try restart(index)
      }
      places.withLock { $0[index] = candidate.frames?.offset ?? head.bodyOffset }
      let blob = head.verified.index.blobs[index].descriptor
      reporter.report(.advanced(bytes: blob.size))
      reporter.report(.finished(item: blob.digest.description, outcome: .present))
    }
    return places.withLock { $0 }
  }

  /// Forgets what is there of a blob, and says that it is damaged.
  func restart(_ index: Int) throws {
    try journal.restarted(index)
    let digest = head.verified.index.blobs[index].descriptor.digest
    reporter.report(.warning("\(digest) in the unfinished \(partial.path) is damaged: it is fetched again"))
  }

  /// Whether a blob is whole in the file.
  private func prove(_ candidate: Candidate, _ flag: CancellationFlag) throws -> Bool {
    let bundle = UnfinishedBundle(head, in: partial.storage)
    return try withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 4096) { buffer in
      do {
        if let (offset, frames) = candidate.frames {
          try bundle.prove(compressed: candidate.index, as: frames, at: offset, through: buffer) { _ in try flag.check()
          }
        } else {
          try bundle.prove(raw: candidate.index, through: buffer) { _ in try flag.check() }
        }
        return true
      } catch let error as SealiftError where error.code == .corrupt { return false }
    }
  }

  /// All that the journal calls finished, in file order.
  private var candidates: [Candidate] {
    var offset = head.tailOffset
    var candidates: [Candidate] = []
    for (index, blob) in head.verified.index.blobs.enumerated() {
      let frames = progress.frames[index] ?? []
      if progress.finished.contains(index) {
        candidates.append(Candidate(index: index, frames: blob.encoding == .raw ? nil : (offset, frames)))
      }
      if blob.encoding != .raw { offset += frames.totalStoredBytes }
    }
    return candidates
  }
}
