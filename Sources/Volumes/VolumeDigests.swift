internal import BundleFormat
internal import Digests
internal import SystemIO

/// Hashes volumes while they are written, as far as their bytes are there without a gap.
///
/// What was hashed and is written again is hashed once more at the end, and so is what was never reached.
/// Threads: `wrote` from any; the others from one at a time.
final class VolumeDigests: @unchecked Sendable {
  // Not shared: the one thread that hashes owns them, and what others touch is in `state`.
  private var hasher = SHA256Hasher()
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
  /// - Parameter step: Is told the number of bytes of each step.
  func catchUp(_ medium: some BundleMedium, step: (Int) throws -> Void) throws {
    try withUnsafeTemporaryAllocation(byteCount: Self.stepBytes, alignment: 4096) { buffer in
      while let range = claim() {
        try hash(range, of: medium, into: hasher, through: buffer)
        if range.upperBound % cut.volumeBytes == 0 { endVolume() }
        try step(range.count)
      }
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

  private func endVolume() {
    digests.append(hasher.finalize())
    hasher = SHA256Hasher()
  }

  private func hash(
    _ range: Range<Int>, of medium: some BundleMedium, into hasher: SHA256Hasher,
    through buffer: UnsafeMutableRawBufferPointer
  ) throws {
    let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.count])
    let count = try medium.read([piece], at: range.lowerBound)
    hasher.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
  }

  /// Hashes what is left, and once more what was written after it was hashed.
  ///
  /// - Returns: The digest of each volume.
  func finish(_ medium: some BundleMedium, size: Int, step: (Int) throws -> Void) throws -> [Digest] {
    let count = cut.count(size)
    state.withLock { state in
      // What was written behind the end, and is cut off.
      if state.claimed > size { state.stale.insert(count - 1) }
      state.prefix = size
    }
    try catchUp(medium, step: step)
    digests = Array(digests.prefix(count))
    if digests.count < count { endVolume() }
    for volume in state.withLock({ $0.stale }).sorted() where volume < count {
      digests[volume] = try digest(cut.range(volume, of: size), of: medium, step: step)
    }
    return digests
  }

  /// How many bytes `finish` has to read.
  func unhashed(of size: Int) -> Int {
    state.withLock { state in
      state.stale.reduce(max(0, size - state.claimed)) { $0 + cut.range($1, of: size).count }
    }
  }

  private func digest(_ range: Range<Int>, of medium: some BundleMedium, step: (Int) throws -> Void) throws -> Digest {
    let hasher = SHA256Hasher()
    try withUnsafeTemporaryAllocation(byteCount: Self.stepBytes, alignment: 4096) { buffer in
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.stepBytes) {
        let piece = start..<min(start + Self.stepBytes, range.upperBound)
        try hash(piece, of: medium, into: hasher, through: buffer)
        try step(piece.count)
      }
    }
    return hasher.finalize()
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
