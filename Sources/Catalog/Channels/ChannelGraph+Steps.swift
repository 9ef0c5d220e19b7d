extension ChannelGraph {
  /// An entry on the way from the head down.
  public struct Step: Sendable, Equatable {
    /// The place of the entry.
    public let place: Int
    /// How deep among skips it lies: 0 on the way from a head by `replaces`.
    public let depth: Int
    /// The place of the entry below which it stands because that one skips it.
    public let skipper: Int?
  }

  /// All entries, each once: from each head down by `replaces`, and after each one what it skips, with what that replaces
  /// and skips in turn.
  public var steps: [Step] {
    let chains = heads.map(chain)
    var isTaken = [Bool](repeating: false, count: entries.count)
    for place in chains.joined() { isTaken[place] = true }
    var steps: [Step] = []
    // Two heads can lead to the same entries.
    var isPlaced = [Bool](repeating: false, count: entries.count)
    for place in chains.joined() where !isPlaced[place] {
      isPlaced[place] = true
      steps.append(Step(place: place, depth: 0, skipper: nil))
      steps += skipped(from: place, &isTaken)
    }
    // Only entries that replace each other in a circle are left.
    return steps + entries.indices.filter { !isTaken[$0] }.map { Step(place: $0, depth: 0, skipper: nil) }
  }

  private func skipped(from place: Int, _ isTaken: inout [Bool]) -> [Step] {
    // Deeper than any real channel; what is deeper is shown at this depth.
    let maxDepth = 8
    var steps: [Step] = []
    // No recursion: a channel from outside may nest as deep as it is long.
    var open = skipped[place].reversed().map { (place: $0, skipper: place, depth: 1) }
    while let next = open.popLast() {
      guard !isTaken[next.place] else { continue }
      isTaken[next.place] = true
      let isSkipped = skippers[next.place].contains(next.skipper)
      steps.append(Step(place: next.place, depth: next.depth, skipper: isSkipped ? next.skipper : nil))
      if let replaced = replaced[next.place] { open.append((replaced, next.place, next.depth)) }
      open += skipped[next.place].reversed().map { ($0, next.place, min(next.depth + 1, maxDepth)) }
    }
    return steps
  }
}
