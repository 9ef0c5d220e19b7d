/// Searches that look at eight bytes at a time: catalogs are hundreds of megabytes of strings that nobody asks for.
enum ByteScan {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080
  private static let quotes = ones &* UInt64(UInt8(ascii: "\""))
  private static let backslashes = ones &* UInt64(UInt8(ascii: "\\"))
  private static let spaces = ones &* UInt64(UInt8(ascii: " "))

  /// The first quote, backslash or control character at or after `start`; `end` if there is none.
  @inline(__always)
  static func endOfPlainText(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
    var index = start
    while index &+ 8 <= end {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let quote = word ^ quotes
      let backslash = word ^ backslashes
      // A byte that is zero, or below a space, borrows from its own high bit: the lowest such byte is always exact.
      let found =
        ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- spaces) & ~word) & highs
      if found != 0 { return index &+ found.trailingZeroBitCount >> 3 }
      index &+= 8
    }
    while index < end {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return index }
      index &+= 1
    }
    return end
  }

  /// Passes over indentation: the first byte at or after `start` that is no space; `end` if there is none.
  @inline(__always)
  static func endOfSpaces(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
    var index = start
    while index &+ 8 <= end {
      let differences = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ spaces
      if differences != 0 { return index &+ UInt64(littleEndian: differences).trailingZeroBitCount >> 3 }
      index &+= 8
    }
    while index < end, bytes[index] == UInt8(ascii: " ") { index &+= 1 }
    return index
  }
}
