internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import SystemIO

/// Hashes volumes while they are written, as far as their bytes are there without a gap.
///
/// What was hashed and is written again is hashed once more at the end, and so is what was never reached.
/// Threads: `wrote` from any; the others from one at a time.
final class VolumeDigests: @unchecked Sendable {
  // Not shared: the one thread that hashes owns them, and what others touch is in `state`.
  private let hasher = SHA256Hasher()
  private var digests: [Digest] = []
  private let state = Monitor(State())
  private let cut: VolumeCut

  fileprivate struct State {
    /// All bytes before it are there.
    var prefix = 0
    /// All bytes before it are hashed, or being hashed.
    var claimed = 0
    /// Stretches behind the prefix that are there: where each one ends, and where it begins.
    var ends: [Int: Int] = [:]
    var begins: [Int: Int] = [:]
    /// Volumes that were written after they were hashed.
    var stale: Set<Int> = []
  }

  private static let stepBytes = 1 << 20

  init(_ cut: VolumeCut) { self.cut = cut }

  /// Takes note of bytes that are there.
  func wrote(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    state.withLock { state in
      if range.lowerBound < state.claimed {
        let last = min(range.upperBound, state.claimed) - 1
        state.stale.formUnion(range.lowerBound / cut.volumeBytes...last / cut.volumeBytes)
      }
      state.add(range)
    }
  }

  /// Hashes all that is there without a gap.
  ///
  /// - Parameter step: Is called after each megabyte.
  func catchUp(_ medium: some BundleMedium, step: () throws -> Void) throws {
    while let range = claim() {
      try hash(range, of: medium, into: hasher) { _ in }
      if range.upperBound % cut.volumeBytes == 0 { digests.append(hasher.finalize()) }
      try step()
    }
  }

  /// The next bytes to hash, of one volume.
  private func claim() -> Range<Int>? {
    state.withLock { state in
      let start = state.claimed
      guard start < state.prefix else { return nil }
      let end = min(state.prefix, start + Self.stepBytes, (start / cut.volumeBytes + 1) * cut.volumeBytes)
      state.claimed = end
      return start..<end
    }
  }

  /// Hashes what is left, many volumes at once, and once more what was written after it was hashed.
  ///
  /// - Parameter step: Is told the number of bytes of each step.
  /// - Returns: The digest of each volume.
  func finish(
    _ medium: some BundleMedium, size: Int, on pool: BlockingPool, step: @escaping @Sendable (Int) -> Void
  ) async throws -> [Digest] {
    var digests = Dictionary(uniqueKeysWithValues: digests.prefix(cut.count(size)).enumerated().map { ($0, $1) })
    try await withThrowingTaskGroup(of: (Int, Digest).self) { group in
      for (volume, range) in left(of: size) {
        let hasher = range.lowerBound > volume * cut.volumeBytes ? hasher : SHA256Hasher()
        group.addTask {
          try await pool.runCancellable { flag in
            try self.hash(range, of: medium, into: hasher) {
              try flag.check()
              step($0)
            }
            return (volume, hasher.finalize())
          }
        }
      }
      for try await (volume, digest) in group { digests[volume] = digest }
    }
    return digests.sorted { $0.key < $1.key }.map(\.value)
  }

  /// How many bytes `finish` has to read.
  func unhashed(of size: Int) -> Int { left(of: size).reduce(0) { $0 + $1.range.count } }

  /// The volumes without a digest that counts, and what of each is still to be hashed.
  private func left(of size: Int) -> [(volume: Int, range: Range<Int>)] {
    state.withLock { state in
      let count = cut.count(size)
      return (0..<count).compactMap { volume in
        let range = cut.range(volume, of: size)
        // What was hashed behind the end was cut off since.
        if state.stale.contains(volume) || (volume == count - 1 && state.claimed > size) { return (volume, range) }
        return volume < digests.count ? nil : (volume, max(range.lowerBound, state.claimed)..<range.upperBound)
      }
    }
  }

  private func hash(
    _ range: Range<Int>, of medium: some BundleMedium, into hasher: SHA256Hasher, step: (Int) throws -> Void
  ) throws {
    try withUnsafeTemporaryAllocation(byteCount: Self.stepBytes, alignment: 4096) { buffer in
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.stepBytes) {
        let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(Self.stepBytes, range.upperBound - start)])
        let count = try medium.read([piece], at: start)
        guard count == piece.count else {
          throw SealiftError(
            .storage, "\(medium.path) ends at \(medium.place(of: start + count)) while it is hashed: it was cut",
            nextStep: "look who else writes there, and run the same command again")
        }
        hasher.update(UnsafeRawBufferPointer(piece))
        try step(piece.count)
      }
    }
  }
}

extension VolumeDigests.State {
  /// Adds a stretch, and joins it with those that it touches.
  fileprivate mutating func add(_ range: Range<Int>) {
    var (lower, upper) = (range.lowerBound, range.upperBound)
    if lower <= prefix {
      prefix = max(prefix, upper)
      while let end = ends.removeValue(forKey: prefix) {
        begins[end] = nil
        prefix = max(prefix, end)
      }
      return
    }
    if let begin = begins.removeValue(forKey: lower) { lower = begin }
    if let end = ends.removeValue(forKey: upper) {
      begins[end] = nil
      upper = end
    }
    ends[lower] = upper
    begins[upper] = lower
  }
}
