internal import Diagnostics
internal import OCI
internal import Zstd

/// The blobs of a bundle that can be read only once, from front to back, as from a pipe.
///
/// Threads: one at a time; the owner may change.
public final class BundleStream: @unchecked Sendable {
  // Not shared: the one reader of a pipe owns it.
  private let input: BundleInput
  private let head: ProvenHead
  private let body: RawReader
  private var next = 0
  private var current: (reader: EntryReader, remaining: Int)?
  private var section: CompressedReader?
  private var tailFrames: [StoredFrame] = []

  /// The next bytes of a blob.
  public struct Piece: Sendable {
    /// The blob's place in the index's `blobs`.
    public let index: Int
    /// The bytes; empty only for an empty blob.
    public let bytes: [UInt8]
    /// Whether these are the last ones; the digest of all of them is then proven.
    public let isLast: Bool
  }

  /// - Parameters:
  ///   - input: Just behind the head.
  ///   - head: The head.
  public init(_ input: BundleInput, _ head: ProvenHead) {
    self.input = input
    self.head = head
    body = RawReader(input, head.verified.layout.body, sectionOffset: head.bodyOffset)
  }

  /// Reads the next bytes.
  ///
  /// - Parameter limit: The greatest number of bytes; a piece is shorter only at the end of a blob.
  /// - Returns: `nil` when all blobs were read, the end is as it must be, and nothing follows.
  /// - Throws: `corrupt`.
  public func piece(limit: Int) throws -> Piece? {
    if current == nil { current = try openNext() }
    guard let (reader, remaining) = current else {
      try checkEnd()
      return nil
    }
    var failure: (any Error)?
    let count = min(limit, remaining)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { out, filled in
      do {
        filled = try reader.read(
          into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[..<count]))
      } catch { failure = error }
    }
    if let failure { throw failure }
    let isLast = count == remaining
    current = isLast ? nil : (reader, remaining - count)
    if isLast, let section { tailFrames += section.frames }
    return Piece(index: next - 1, bytes: bytes, isLast: isLast)
  }

  private func openNext() throws(SealiftError) -> (EntryReader, Int)? {
    let verified = head.verified
    guard next < verified.index.blobs.count else { return nil }
    let blob = verified.index.blobs[next]
    if blob.encoding == .zstd {
      let tailIndex = next - (verified.index.blobs.count - verified.layout.tailContents.count)
      section = CompressedReader(input, contentBytes: verified.layout.tailContents[tailIndex])
    }
    next += 1
    let reader = try EntryReader(section ?? body, blob.descriptor)
    return (reader, blob.descriptor.size)
  }

  private func checkEnd() throws(SealiftError) {
    try BundleEnd(head, tail: tailFrames).check(input, at: input.position)
  }
}
