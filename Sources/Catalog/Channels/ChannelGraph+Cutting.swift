extension ChannelGraph {
  /// The entries of a part of a channel.
  struct Cut: Sendable, Equatable {
    /// The places of all that are kept.
    var kept: Set<Int>
    /// Those among them that were not wanted, but without which the rest would be no valid channel.
    var connecting: Set<Int>
    /// Whether the ordinary rule gave no valid channel, so that more had to be kept.
    var isWidened = false
  }

  /// The smallest part of this channel that holds every wanted entry and is a channel with one head again.
  ///
  /// On the chain of replaces from the head, the new head is the lowest entry from which all wanted ones can be reached,
  /// and the tail is the first one from which none can. What lies between is kept, and the wanted entries that are
  /// skipped from there.
  ///
  /// Source: catalog-filter, `filterByVersionRange`; what is reached through several skips in a row is ours.
  ///
  /// - Parameter wanted: Which entries to keep; `self` has no problems.
  func cut(_ wanted: (Int) -> Bool) -> Cut {
    let all = entries.indices.filter(wanted)
    guard let head = heads.first, !all.isEmpty else { return Cut(kept: [], connecting: []) }
    let chain = chain(from: head)
    let counts = counts(of: Set(all), along: chain)
    let top = counts.lastIndex { $0 == counts[0] } ?? 0
    let tail = counts.firstIndex(of: 0) ?? chain.count
    // Every real channel is valid at once; for the others the head moves up again, but each step reads the whole channel.
    let maxSteps = 32
    for start in stride(from: min(top, tail), through: 0, by: -1).prefix(maxSteps) {
      var kept = Set(chain[start..<max(start, tail)]).union(all)
      keepSkippers(of: &kept, chain)
      if isChannel(kept) {
        return Cut(kept: kept, connecting: kept.subtracting(all), isWidened: start < min(top, tail))
      }
    }
    return Cut(kept: Set(entries.indices), connecting: Set(entries.indices).subtracting(all), isWidened: true)
  }

  /// For each entry of the chain, how many wanted ones are reached from it.
  private func counts(of wanted: Set<Int>, along chain: [Int]) -> [Int] {
    var seen = [Bool](repeating: false, count: entries.count)
    for place in chain { seen[place] = true }
    var counts = [Int](repeating: 0, count: chain.count)
    var count = 0
    for (index, place) in chain.enumerated().reversed() {
      if wanted.contains(place) { count += 1 }
      var open = skipped[place]
      while let side = open.popLast() {
        if seen[side] { continue }
        seen[side] = true
        if wanted.contains(side) { count += 1 }
        open += skipped[side] + [replaced[side]].compactMap(\.self)
      }
      counts[index] = count
    }
    return counts
  }

  /// Keeps, for each entry off the chain that nothing kept skips any more, the lowest entry that does.
  private func keepSkippers(of kept: inout Set<Int>, _ chain: [Int]) {
    let depths = Dictionary(uniqueKeysWithValues: chain.enumerated().map { ($1, $0) })
    var open = kept.filter { depths[$0] == nil }.sorted()
    while let side = open.popLast() {
      if skippers[side].contains(where: kept.contains) { continue }
      let lowest = skippers[side].max { depths[$0, default: -1] < depths[$1, default: -1] }
      if let lowest, kept.insert(lowest).inserted, depths[lowest] == nil { open.append(lowest) }
    }
  }

  /// Whether the kept entries alone are a valid channel.
  private func isChannel(_ kept: Set<Int>) -> Bool {
    ChannelGraph(kept.sorted().map { entries[$0] }).problems().isEmpty
  }
}
