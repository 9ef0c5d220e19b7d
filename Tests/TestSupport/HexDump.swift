/// Bytes as `hexdump -C` shows them, with `*` in place of lines that equal the one before.
public enum HexDump {
  private static let columns = 16

  /// The lines for bytes that stand at `offset`.
  public static func lines(_ bytes: some Collection<UInt8>, at offset: Int) -> [String] {
    let bytes = Array(bytes)
    var lines: [String] = []
    var last: ArraySlice<UInt8>?
    for start in stride(from: 0, to: bytes.count, by: columns) {
      let row = bytes[start..<min(start + columns, bytes.count)]
      // The last row is always shown, so that its length is seen.
      if last == row, row.endIndex != bytes.count {
        if lines.last != "*" { lines.append("*") }
      } else {
        lines.append("\(hex(offset + start, digits: 8))  \(cells(row))  \(text(row))")
      }
      last = row
    }
    return lines
  }

  /// The bytes that a dump shows, from its first offset on.
  ///
  /// - Returns: `nil` for lines of another form, and for gaps.
  public static func bytes(_ lines: some Sequence<Substring>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var start: Int?
    var isRepeated = false
    for line in lines {
      if line == "*" {
        isRepeated = true
        continue
      }
      let cells = line.dropFirst(10).prefix(columns * 3).split(separator: " ").map { UInt8($0, radix: 16) }
      guard let offset = Int(line.prefix(8), radix: 16), cells.allSatisfy({ $0 != nil }) else { return nil }
      let place = offset - (start ?? offset)
      start = start ?? offset
      if isRepeated {
        let row = Array(bytes.suffix(columns))
        while bytes.count < place { bytes += row }
        isRepeated = false
      }
      guard bytes.count == place else { return nil }
      bytes += cells.compactMap(\.self)
    }
    return bytes
  }

  private static func cells(_ row: ArraySlice<UInt8>) -> String {
    let cells = row.map { hex(Int($0), digits: 2) }.joined(separator: " ")
    return cells + String(repeating: " ", count: columns * 3 - 1 - cells.count)
  }

  private static func text(_ row: ArraySlice<UInt8>) -> String {
    "|" + row.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "." }.joined() + "|"
  }

  private static func hex(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
