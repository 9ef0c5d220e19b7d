/// The lines that two texts differ in.
struct LineDiff {
  /// One line: in both, in the first alone, in the second alone.
  enum Edit: Equatable {
    case kept(Int, Int)
    case removed(Int)
    case added(Int)
  }

  private let old: [Substring]
  private let new: [Substring]
  let edits: [Edit]

  // What takes more steps is shown as replaced: the work and the memory grow with the square.
  private static let maximumSteps = 1000

  init(_ old: String, _ new: String) {
    self.old = Self.lines(old)
    self.new = Self.lines(new)
    var numbers: [Substring: Int32] = [:]
    func number(_ line: Substring) -> Int32 {
      let next = Int32(truncatingIfNeeded: numbers.count)
      let known = numbers[line] ?? next
      numbers[line] = known
      return known
    }
    edits = Self.edits(self.old.map(number), self.new.map(number))
  }

  private static func lines(_ text: String) -> [Substring] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private static func edits(_ old: [Int32], _ new: [Int32]) -> [Edit] {
    let front = zip(old, new).prefix { $0 == $1 }.count
    let back = zip(old[front...].reversed(), new[front...].reversed()).prefix { $0 == $1 }.count
    let a = Array(old[front..<old.count - back])
    let b = Array(new[front..<new.count - back])
    let middle = shortest(a, b) ?? a.indices.map { .removed($0) } + b.indices.map { .added($0) }
    return (0..<front).map { .kept($0, $0) } + middle.map { $0.moved(by: front) }
      + (0..<back).map { .kept(old.count - back + $0, new.count - back + $0) }
  }

  /// The shortest way from one to the other.
  ///
  /// Source: Myers, "An O(ND) difference algorithm and its variations", section 4.
  ///
  /// - Returns: `nil` if it has too many steps.
  private static func shortest(_ a: [Int32], _ b: [Int32]) -> [Edit]? {
    // How far down the first text each diagonal is reached, after so many steps; diagonal k is at k + steps + 1.
    var rounds: [[Int32]] = []
    var reached: [Int32] = [0, 0, 0]
    for steps in 0...min(maximumSteps, a.count + b.count) {
      rounds.append(reached)
      var next = [Int32](repeating: 0, count: 2 * steps + 5)
      for k in stride(from: -steps, through: steps, by: 2) {
        let isDown = k == -steps || (k != steps && reached[k + steps] < reached[k + steps + 2])
        var x = Int(isDown ? reached[k + steps + 2] : reached[k + steps] + 1)
        if steps == 0 { x = 0 }
        while x < a.count, x - k < b.count, a[x] == b[x - k] { x += 1 }
        next[k + steps + 2] = Int32(truncatingIfNeeded: x)
        if x >= a.count, x - k >= b.count { return path(rounds, a.count, b.count) }
      }
      reached = next
    }
    return nil
  }

  /// The way back from the end.
  private static func path(_ rounds: [[Int32]], _ aCount: Int, _ bCount: Int) -> [Edit] {
    var edits: [Edit] = []
    var (x, y) = (aCount, bCount)
    for steps in stride(from: rounds.count - 1, to: 0, by: -1) {
      let reached = rounds[steps]
      let k = x - y
      let isDown = k == -steps || (k != steps && reached[k + steps] < reached[k + steps + 2])
      let earlier = Int(isDown ? reached[k + steps + 2] : reached[k + steps])
      let begin = isDown ? earlier : earlier + 1
      while x > begin {
        (x, y) = (x - 1, y - 1)
        edits.append(.kept(x, y))
      }
      if isDown {
        y -= 1
        edits.append(.added(y))
      } else {
        x -= 1
        edits.append(.removed(x))
      }
    }
    while x > 0 {
      (x, y) = (x - 1, y - 1)
      edits.append(.kept(x, y))
    }
    return edits.reversed()
  }
}

extension LineDiff.Edit {
  fileprivate func moved(by lines: Int) -> LineDiff.Edit {
    switch self {
    case .kept(let old, let new): .kept(old + lines, new + lines)
    case .removed(let old): .removed(old + lines)
    case .added(let new): .added(new + lines)
    }
  }

  fileprivate var isKept: Bool {
    if case .kept = self { true } else { false }
  }
}

extension LineDiff {
  /// The differences with the lines around them, as `diff -u` writes them.
  func hunks(context: Int = 3) -> [String] {
    var out: [String] = []
    var place = 0
    while let first = edits[place...].firstIndex(where: { !$0.isKept }) {
      let begin = max(place, first - context)
      var last = first
      // What is near enough is one hunk.
      while let next = edits[(last + 1)...].firstIndex(where: { !$0.isKept }), next - last <= 2 * context + 1 {
        last = next
      }
      let end = min(edits.count, last + 1 + context)
      out += hunk(edits[begin..<end], from: begin)
      place = end
    }
    return out
  }

  private func hunk(_ edits: ArraySlice<Edit>, from place: Int) -> [String] {
    let before = self.edits[..<place]
    let lines = edits.map { edit in
      switch edit {
      case .kept(let line, _): " \(old[line])"
      case .removed(let line): "-\(old[line])"
      case .added(let line): "+\(new[line])"
      }
    }
    func range(_ start: Int, _ count: Int) -> String {
      count == 1 ? "\(start + 1)" : "\(count == 0 ? start : start + 1),\(count)"
    }
    let oldStart = before.count { if case .added = $0 { false } else { true } }
    let newStart = before.count { if case .removed = $0 { false } else { true } }
    let removed = lines.count { !$0.hasPrefix("+") }
    let added = lines.count { !$0.hasPrefix("-") }
    return ["@@ -\(range(oldStart, removed)) +\(range(newStart, added)) @@"] + lines
  }
}
