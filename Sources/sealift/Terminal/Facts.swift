internal import Diagnostics

/// Lines of a name and what there is to say about it, aligned: `bundle   3f5a…`.
struct Facts: Sendable {
  private var rows: [(name: String, text: String)] = []

  /// Adds a line; what comes from outside is made printable here.
  mutating func add(_ name: String, _ text: String) { rows.append((name, text.printable)) }

  /// Adds a line for each of several texts, of which the first has the name.
  mutating func add(_ name: String, _ texts: [String]) {
    for (index, text) in texts.enumerated() { add(index == 0 ? name : "", text) }
  }

  var text: String {
    let width = rows.map(\.name.count).max() ?? 0
    return rows.map { row in
      row.name + String(repeating: " ", count: width - row.name.count + 2) + row.text + "\n"
    }.joined()
  }
}
