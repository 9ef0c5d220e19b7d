/// The header of one zstd frame, as far as a bundle allows one.
///
/// Source: RFC 8878, section 3.1.1; the bounds are those of `formats/bundle-v1.md`, "Compressed frames".
public struct ZstdFrame: Sendable, Equatable {
  /// The number of bytes of the header.
  public let headerBytes: Int
  /// The number of bytes that the frame decodes to.
  public let contentBytes: Int
  /// Whether four bytes of checksum follow the last block.
  public let hasChecksum: Bool

  /// The greatest content of a frame: the memory of a reader is a constant, whatever a file claims.
  public static let maximumContent = 4 << 20
  /// The greatest size of a block's content.
  public static let maximumBlock = 128 << 10
  /// The first four bytes of a frame.
  public static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
  /// The greatest size of a header without a dictionary.
  public static let maximumHeader = 14
  /// The size of a block's header.
  public static let blockHeaderBytes = 3
  /// The size of a checksum.
  public static let checksumBytes = 4

  /// Why a header is refused.
  public enum Refusal: Error, Equatable {
    case notAFrame
    case reservedBit
    case dictionary
    case noContentSize
    case contentTooLarge(UInt64)
    case windowTooLarge(UInt64)

    /// The reason, as the end of a sentence that begins with "the frame".
    public var reason: String {
      switch self {
      case .notAFrame: "does not begin with the magic number of zstd"
      case .reservedBit: "has a reserved bit set"
      case .dictionary: "asks for a dictionary"
      case .noContentSize: "does not declare its content size"
      case .contentTooLarge(let size): "declares \(size) bytes, more than \(ZstdFrame.maximumContent)"
      case .windowTooLarge(let size): "asks for a window of \(size) bytes, more than \(ZstdFrame.maximumContent)"
      }
    }
  }

  /// How many bytes a header has, from its first five.
  public static func headerBytes(descriptor: UInt8) -> Int {
    let sizes = [0, 2, 4, 8]
    let isSingleSegment = descriptor & 0x20 != 0
    let contentSizeBytes = descriptor >> 6 == 0 && isSingleSegment ? 1 : sizes[Int(descriptor >> 6)]
    let dictionaryBytes = [0, 1, 2, 4][Int(descriptor & 3)]
    return 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes
  }

  /// Reads a header.
  ///
  /// - Parameter bytes: At least as many as `headerBytes(descriptor:)` says.
  public init(_ bytes: some RandomAccessCollection<UInt8>) throws(Refusal) {
    let bytes = Array(bytes.prefix(Self.maximumHeader))
    guard bytes.count >= 6, bytes.starts(with: Self.magic) else { throw .notAFrame }
    let descriptor = bytes[4]
    guard descriptor & 0x18 == 0 else { throw .reservedBit }  // The unused bit, too: nothing else could tell of it.
    guard descriptor & 0x03 == 0 else { throw .dictionary }
    headerBytes = Self.headerBytes(descriptor: descriptor)
    guard bytes.count >= headerBytes else { throw .notAFrame }
    hasChecksum = descriptor & 0x04 != 0
    let isSingleSegment = descriptor & 0x20 != 0
    let sizeStart = isSingleSegment ? 5 : 6
    guard headerBytes > sizeStart else { throw .noContentSize }
    var size: UInt64 = 0
    for byte in bytes[sizeStart..<headerBytes].reversed() { size = size << 8 | UInt64(byte) }
    if headerBytes - sizeStart == 2 { size += 256 }
    guard size <= Self.maximumContent else { throw .contentTooLarge(size) }
    contentBytes = Int(size)
    if !isSingleSegment {
      let base = UInt64(1) << (10 + bytes[5] >> 3)
      let window = base + base / 8 * UInt64(bytes[5] & 7)
      guard window <= Self.maximumContent else { throw .windowTooLarge(window) }
    }
  }

  /// One block's header.
  public struct Block: Sendable, Equatable {
    /// Whether it is the frame's last.
    public let isLast: Bool
    /// The number of stored bytes that follow.
    public let storedBytes: Int

    /// Reads a block's header.
    ///
    /// - Returns: `nil` for a reserved type or a block that is too large.
    public init?(_ first: UInt8, _ second: UInt8, _ third: UInt8) {
      let value = UInt32(first) | UInt32(second) << 8 | UInt32(third) << 16
      isLast = value & 1 != 0
      let size = Int(value >> 3)
      let type = value >> 1 & 3
      guard type != 3, size <= ZstdFrame.maximumBlock else { return nil }
      storedBytes = type == 1 ? 1 : size  // A run of one byte stores just that byte.
    }
  }
}
