/// A stretch of content stored as zstd frames of raw blocks, so that every position in the file is arithmetic.
///
/// Frames hold 4 MiB of content each and blocks 128 KiB; only the last of each may be shorter. There is one legal form:
/// a header of nine bytes with the content size in four of them, blocks of raw type, no checksum unless asked for.
///
/// Source: `formats/bundle-v1.md`, "Raw frames"; RFC 8878, section 3.1.1.
public struct RawFrames: Sendable, Equatable {
  /// The number of content bytes.
  public let contentBytes: Int
  /// Whether each frame ends with a checksum, which the writer must add.
  public let hasChecksum: Bool

  /// The size of the header of a raw frame.
  public static let headerBytes = 9

  private static let frame = ZstdFrame.maximumContent
  private static let block = ZstdFrame.maximumBlock
  private static let storedFullFrame = storedSize(ofFrame: frame)

  /// - Parameter contentBytes: 0 or more; nothing is stored for 0.
  public init(contentBytes: Int, hasChecksum: Bool = false) {
    precondition(!hasChecksum || contentBytes <= Self.frame, "a checksum is for a single frame")
    self.contentBytes = contentBytes
    self.hasChecksum = hasChecksum
  }

  /// The number of bytes in the file.
  public var storedBytes: Int {
    let full = contentBytes / Self.frame
    let rest = contentBytes % Self.frame
    let last = rest == 0 ? 0 : Self.storedSize(ofFrame: rest)
    return full * Self.storedFullFrame + last + (hasChecksum && contentBytes > 0 ? ZstdFrame.checksumBytes : 0)
  }

  /// The content size of each frame, in order.
  public var frames: some Sequence<Int> {
    stride(from: 0, to: contentBytes, by: Self.frame).lazy.map { [contentBytes] in
      Swift.min(Self.frame, contentBytes - $0)
    }
  }

  /// Where the content byte at `position` is stored, from the start of the stretch.
  ///
  /// For a position where a block begins, this is the byte after the block's header; for the end of the content, the
  /// byte after the last frame.
  public func storedOffset(of position: Int) -> Int {
    guard position < contentBytes else { return storedBytes }
    let inFrame = position % Self.frame
    let blockHeaders = inFrame / Self.block + 1
    return position / Self.frame * Self.storedFullFrame + Self.headerBytes + blockHeaders * ZstdFrame.blockHeaderBytes
      + inFrame
  }

  /// What must stand in the file just before the content byte at `position`: headers of a frame, of a block, or nothing.
  public func preamble(at position: Int) -> [UInt8] {
    let inFrame = position % Self.frame
    guard inFrame % Self.block == 0, position < contentBytes else { return [] }
    let frameContent = Swift.min(Self.frame, contentBytes - (position - inFrame))
    let blockContent = Swift.min(Self.block, frameContent - inFrame)
    let isLast = inFrame + blockContent == frameContent
    let blockHeader = UInt32(blockContent) << 3 | (isLast ? 1 : 0)
    var bytes = inFrame == 0 ? header(content: frameContent) : []
    bytes += [UInt8(truncatingIfNeeded: blockHeader), UInt8(truncatingIfNeeded: blockHeader >> 8)]
    bytes.append(UInt8(truncatingIfNeeded: blockHeader >> 16))
    return bytes
  }

  /// Cuts a range of content where blocks end.
  ///
  /// - Returns: The pieces in order, each within one block.
  public func pieces(_ range: Range<Int>) -> some Sequence<Range<Int>> {
    sequence(state: range.lowerBound) { position -> Range<Int>? in
      guard position < range.upperBound else { return nil }
      let end = Swift.min(range.upperBound, (position / Self.block + 1) * Self.block)
      defer { position = end }
      return position..<end
    }
  }

  private func header(content: Int) -> [UInt8] {
    let size = UInt32(content)
    // Content size in four bytes, a single segment, and the checksum's flag.
    let descriptor: UInt8 = 0b1010_0000 | (hasChecksum ? 0b100 : 0)
    return ZstdFrame.magic + [descriptor] + (0..<4).map { UInt8(truncatingIfNeeded: size >> ($0 * 8)) }
  }

  private static func storedSize(ofFrame content: Int) -> Int {
    headerBytes + (content + block - 1) / block * ZstdFrame.blockHeaderBytes + content
  }
}
