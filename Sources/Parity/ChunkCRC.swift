internal import CISAL

/// The CRC-32 of gzip (RFC 1952), by which damage is told; it proves nothing.
enum ChunkCRC {
  /// - Parameter earlier: The value of what comes before.
  static func value(_ bytes: UnsafeRawBufferPointer, after earlier: UInt32 = 0) -> UInt32 {
    guard let base = bytes.baseAddress else { return earlier }
    return crc32_gzip_refl(earlier, base.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  /// Puts the CRC of what begins at `start` behind it, its least byte first.
  static func append(to bytes: inout [UInt8], from start: Int = 0) {
    let crc = bytes[start...].withUnsafeBytes { value($0) }
    withUnsafeBytes(of: crc.littleEndian) { bytes += $0 }
  }

  /// Whether bytes end with their CRC.
  static func isWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 4 else { return false }
    let stored = bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)
    return UInt32(littleEndian: stored) == value(UnsafeRawBufferPointer(rebasing: bytes.dropLast(4)))
  }
}
