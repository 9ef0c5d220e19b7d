internal import Diagnostics

/// Columns of text, aligned. What comes from outside is made printable here.
package struct Table: Sendable {
  /// How the cells of a column stand.
  package enum Alignment: Sendable {
    case left
    case right
  }

  private let header: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// - Parameter columns: The title and the alignment of each.
  package init(_ columns: [(title: String, alignment: Alignment)]) {
    header = columns.map(\.title)
    alignments = columns.map(\.alignment)
  }

  /// Adds a row with one cell for each column.
  package mutating func add(_ cells: [String]) {
    rows.append(cells.map(\.printable))
  }

  /// The lines, each ended by a line feed.
  ///
  /// - Parameter width: Where the lines end if they can: the widest left-aligned column is cut in its middle, but
  ///   never below `narrowest`; `nil` cuts nothing.
  package func text(width: Int?) -> String {
    let all = [header] + rows
    var columns = header.indices.map { column in all.map { min(columnCount($0[column]), Self.widest) }.max() ?? 0 }
    if let width { shrink(&columns, to: width) }
    return all.map { row in
      let cells = row.indices.map { cell(row[$0], columns[$0], alignments[$0], isCut: width != nil) }
      var line = cells.joined(separator: "  ")
      while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  // Enough for the two ends of a name to be told apart.
  private static let narrowest = 16
  // What is wider stands out of its column: padding every row to it would cost more than all texts together.
  private static let widest = 512

  private func shrink(_ columns: inout [Int], to width: Int) {
    var excess = columns.reduce(2 * (columns.count - 1), +) - width
    while excess > 0 {
      let candidates = columns.indices.filter { alignments[$0] == .left && columns[$0] > Self.narrowest }
      guard let widest = candidates.max(by: { columns[$0] < columns[$1] }) else { return }
      columns[widest] -= 1
      excess -= 1
    }
  }

  private func cell(_ text: String, _ width: Int, _ alignment: Alignment, isCut: Bool) -> String {
    let count = columnCount(text)
    if count > width {
      guard isCut else { return text }
      let kept = width - 3
      return "\(text.prefix(kept - kept / 2))...\(text.suffix(kept / 2))"
    }
    let padding = String(repeating: " ", count: width - count)
    return alignment == .left ? text + padding : padding + text
  }
}

/// The columns that printable text takes, one for each character.
private func columnCount(_ text: String) -> Int {
  // Nearly every name is ASCII, for which counting bytes is many times faster.
  text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.count
}
