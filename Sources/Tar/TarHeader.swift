/// The one form of tar header that a bundle has: a regular file, owned by nobody in particular, without a time.
///
/// It is what GNU tar writes, in its `ustar` format and, for a size that this has no digits for, in its `gnu` format. So
/// anybody can make the archive anew from its files, and compare.
///
/// A reader compares the header byte for byte with the one made here for the name and size that it expects. That leaves
/// no room for links, devices, other paths, extensions or hidden bytes.
///
/// Source: `formats/bundle-v1.md`, "Tar headers"; POSIX pax, ustar interchange format; GNU tar's manual,
/// "Basic Tar Format".
public enum TarHeader {
  /// The size of a header, and the unit to which content is padded.
  public static let blockBytes = 512
  /// The two empty blocks at the end of an archive.
  public static let endOfArchive = [UInt8](repeating: 0, count: 2 * blockBytes)
  /// The longest name that is not cut, in bytes.
  public static let maximumName = 100
  /// The longest front of a name that is cut, in bytes.
  public static let maximumPrefix = 155
  /// Sizes from here on have a header of GNU's, in base-256, as eleven octal digits do not hold them.
  public static let firstLargeSize = 8 << 30

  /// The header of a regular file.
  ///
  /// - Parameters:
  ///   - name: A relative path that `fields` takes.
  ///   - size: The size of the content in bytes.
  public static func bytes(name: String, size: Int) -> [UInt8] {
    guard let (prefix, name) = fields(of: name), size >= 0 else { preconditionFailure("no plan makes it") }
    var header = [UInt8](repeating: 0, count: blockBytes)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put("00000000000", at: 136)
    put("        ", at: 148)
    put("0", at: 156)
    put(prefix, at: 345)
    if size < firstLargeSize {
      put(octal(size, digits: 11), at: 124)
      put("ustar", at: 257)
      put("00", at: 263)
      put("0000000", at: 329)
      put("0000000", at: 337)
    } else {
      header[124] = 0x80
      for index in 0..<8 { header[128 + index] = UInt8(truncatingIfNeeded: size >> ((7 - index) * 8)) }
      put("ustar  ", at: 257)
    }
    let sum = header.reduce(0) { $0 + Int($1) }
    put(octal(sum, digits: 6), at: 148)
    header[154] = 0
    return header
  }

  /// A name as it stands in a header: one of more than 100 bytes is cut at the last slash that has at most 155 before it.
  ///
  /// - Returns: `nil` for a name that does not fit.
  public static func fields(of name: String) -> (prefix: String, name: String)? {
    let bytes = name.utf8
    if bytes.count <= maximumName { return ("", name) }
    guard let cut = bytes.prefix(maximumPrefix + 1).lastIndex(of: UInt8(ascii: "/")) else { return nil }
    let rest = name[bytes.index(after: cut)...]
    guard cut > bytes.startIndex, 1...maximumName ~= rest.utf8.count else { return nil }
    return (String(name[..<cut]), String(rest))
  }

  /// The size in a header, if the rest of the header is as it must be for `name`.
  ///
  /// - Returns: `nil` for any other header.
  public static func size(in header: some Collection<UInt8>, name: String) -> Int? {
    let header = Array(header)
    guard header.count == blockBytes, fields(of: name) != nil else { return nil }
    let field = header[124..<136]
    var size = 0
    if header[124] == 0x80 {
      guard header[128] < 0x80 else { return nil }
      for byte in field.dropFirst(4) { size = size << 8 | Int(byte) }
    } else {
      guard let value = Int(String(decoding: field.dropLast(), as: UTF8.self), radix: 8), value >= 0 else { return nil }
      size = value
    }
    return bytes(name: name, size: size) == header ? size : nil
  }

  /// The number of zero bytes that follow `size` bytes of content.
  public static func padding(_ size: Int) -> Int { (blockBytes - size % blockBytes) % blockBytes }

  /// The bytes of a whole entry: header, content, padding.
  ///
  /// - Returns: `nil` if that is more than 64 bits hold.
  public static func entryBytes(_ size: Int) -> Int? {
    let (sum, overflow) = size.addingReportingOverflow(blockBytes + padding(size))
    return overflow ? nil : sum
  }

  private static func octal(_ value: Int, digits: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }
}
