/// The name that the user most likely meant, or `nil` if none is near.
///
/// A name is near if the text is the beginning of it, or if few typing errors lie between: one in three characters.
public func nearestName(to text: String, in names: [String]) -> String? {
  if text.count >= 2, let longer = names.first(where: { $0.hasPrefix(text) }) { return longer }
  let limit = max(1, text.count / 3)
  let near = names.map { (name: $0, distance: typingErrors(Array(text), Array($0))) }
    .min { $0.distance < $1.distance }
  return near.flatMap { $0.distance <= limit ? $0.name : nil }
}

/// The number of characters to insert, delete, replace or swap with their neighbour.
private func typingErrors(_ a: [Character], _ b: [Character]) -> Int {
  var rows = [Array(0...b.count)]
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, rows[i - 1][j - 1] + 1) }
      row.append(cost)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
