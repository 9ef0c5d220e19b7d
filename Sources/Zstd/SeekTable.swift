/// The table of frames at the very end of a file: a skippable frame that zstd tools pass over.
///
/// Source: zstd seekable format 0.1.0, "Seek Table Format", without checksums.
public struct SeekTable: Sendable, Equatable {
  /// One frame of the file.
  public struct Entry: Sendable, Equatable {
    /// The bytes in the file.
    public let storedBytes: Int
    /// The bytes that it decodes to.
    public let contentBytes: Int

    /// Makes an entry.
    public init(storedBytes: Int, contentBytes: Int) {
      self.storedBytes = storedBytes
      self.contentBytes = contentBytes
    }
  }

  /// The frames in file order.
  public var entries: [Entry]

  /// The size of the part that ends the table: the number of frames, a descriptor, a magic number.
  public static let footerBytes = 9
  private static let headerBytes = 8
  private static let entryBytes = 8
  private static let skippableMagic: UInt32 = 0x184D_2A5E
  private static let seekableMagic: UInt32 = 0x8F92_EAB1

  /// The last four bytes of every table, and so of every file that ends with one.
  public static var lastBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: seekableMagic)
    return bytes
  }

  /// Makes a table.
  public init(_ entries: [Entry] = []) { self.entries = entries }

  /// The size of a table of `count` frames.
  public static func byteCount(frames count: Int) -> Int { headerBytes + count * entryBytes + footerBytes }

  /// The table as it is stored.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount(frames: entries.count))
    bytes.append(littleEndian: Self.skippableMagic)
    bytes.append(littleEndian: UInt32(entries.count * Self.entryBytes + Self.footerBytes))
    for entry in entries {
      bytes.append(littleEndian: UInt32(entry.storedBytes))
      bytes.append(littleEndian: UInt32(entry.contentBytes))
    }
    bytes.append(littleEndian: UInt32(entries.count))
    bytes.append(0)
    bytes.append(littleEndian: Self.seekableMagic)
    return bytes
  }

  /// Reads a table that was stored with `count` frames; any other form than the one that `bytes` gives is refused.
  ///
  /// - Returns: `nil` if it has not that form.
  public init?(_ stored: [UInt8], frames count: Int) {
    guard stored.count == Self.byteCount(frames: count) else { return nil }
    entries = (0..<count).map { index in
      let start = Self.headerBytes + index * Self.entryBytes
      return Entry(
        storedBytes: Int(stored.littleEndian(at: start)), contentBytes: Int(stored.littleEndian(at: start + 4)))
    }
    guard bytes == stored else { return nil }
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) { append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }

  fileprivate func littleEndian(at index: Int) -> UInt32 {
    self[index..<index + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
