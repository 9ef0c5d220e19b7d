public import Diagnostics

/// Reads the bytes of a bundle from front to back, from a file, volumes or a pipe. Its calls block.
///
/// Threads: one at a time; the owner may change.
public final class BundleInput: @unchecked Sendable {
  // Not shared: the one reader of a bundle, or of a part of it, owns it.
  /// Where the bytes come from.
  public let medium: any BundleMedium
  private let isSeekable: Bool
  private var buffer: [UInt8] = []
  private var consumed = 0

  /// Where in the bundle the next byte stands.
  public private(set) var position: Int

  // Small reads of headers are served from a buffer; content goes straight to where it belongs.
  private static let bufferBytes = 64 << 10

  /// - Parameters:
  ///   - medium: A pipe at its beginning, or a file; the position of a file's descriptor is neither used nor moved.
  ///   - position: Where to begin in a file.
  public init(_ medium: any BundleMedium, from position: Int = 0) {
    self.medium = medium
    self.position = position
    isSeekable = medium.isSeekable
  }

  /// What the user calls the bundle.
  public var name: String { medium.path }

  /// Reads exactly `count` bytes.
  ///
  /// - Parameter part: What the bytes belong to, for the message.
  /// - Throws: `corrupt` if the bundle ends before.
  public func bytes(_ count: Int, of part: @autoclosure () -> String) throws(SealiftError) -> [UInt8] {
    var failure: SealiftError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { out, filled in
      do throws(SealiftError) {
        try fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[..<count]), of: part())
        filled = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Fills `out` completely.
  ///
  /// - Throws: `corrupt` if the bundle ends before.
  public func fill(_ out: UnsafeMutableRawBufferPointer, of part: @autoclosure () -> String) throws(SealiftError) {
    if out.count < Self.bufferBytes, out.count > buffer.count - consumed { try refill() }
    try fill([out], of: part())
  }

  /// Fills several pieces of memory one behind the other, without a copy where nothing was buffered.
  ///
  /// - Throws: `corrupt` if the bundle ends before.
  func fill(_ parts: [UnsafeMutableRawBufferPointer], of part: @autoclosure () -> String) throws(SealiftError) {
    var rest = parts[...]
    while let first = rest.first, consumed < buffer.count {
      let count = min(first.count, buffer.count - consumed)
      buffer[consumed..<consumed + count].withUnsafeBytes { first.copyMemory(from: $0) }
      consumed += count
      position += count
      rest.removeFirst()
      if count < first.count {
        rest.insert(UnsafeMutableRawBufferPointer(rebasing: first[count...]), at: rest.startIndex)
      }
    }
    let wanted = rest.reduce(0) { $0 + $1.count }
    let count = isSeekable ? try medium.read(Array(rest), at: position) : try medium.read(Array(rest))
    position += count
    guard count == wanted else { throw truncated(part(), missing: wanted - count) }
  }

  /// Whether nothing follows.
  public func isAtEnd() throws(SealiftError) -> Bool {
    if consumed == buffer.count { try refill() }
    return buffer.isEmpty
  }

  /// Reads on until the buffer is full or the input ends, and keeps what it holds.
  private func refill() throws(SealiftError) {
    var next = [UInt8](unsafeUninitializedCapacity: Self.bufferBytes) { out, filled in
      filled = buffer.count - consumed
      buffer[consumed...].withUnsafeBytes { UnsafeMutableRawBufferPointer(out).copyMemory(from: $0) }
    }
    let kept = next.count
    let room = Self.bufferBytes - kept
    var failure: SealiftError?
    let more = [UInt8](unsafeUninitializedCapacity: room) { out, filled in
      do throws(SealiftError) {
        let out = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[..<room])
        filled = isSeekable ? try medium.read([out], at: position + kept) : try medium.read(into: out)
      } catch { failure = error }
    }
    if let failure { throw failure }
    next += more
    buffer = next
    consumed = 0
  }

  private func truncated(_ part: String, missing: Int) -> SealiftError {
    SealiftError(
      .corrupt, "\(name) ends at \(medium.place(of: position)), within \(part): at least \(missing) bytes are missing",
      nextStep: medium.adviceWhenCut)
  }
}
