public import Diagnostics

extension FileSystem {
  /// Reads a whole small text as editors save them: without the byte order mark, and UTF-16 with one as UTF-8.
  ///
  /// - Parameter limit: The greatest size in bytes that is read.
  /// - Throws: `configuration` if the file is larger.
  public static func readText(_ path: String, limit: Int) throws(SealiftError) -> [UInt8] {
    let bytes = try read(path, limit: limit)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
    let isLittle = bytes.starts(with: [0xFF, 0xFE])
    guard isLittle || bytes.starts(with: [0xFE, 0xFF]) else { return bytes }
    let units = stride(from: 2, to: bytes.count - 1, by: 2).map { place in
      let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
      return isLittle ? second << 8 | first : first << 8 | second
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}
