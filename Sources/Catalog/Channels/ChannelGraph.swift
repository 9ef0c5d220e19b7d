/// The update graph of one channel: who replaces and who skips whom, by the place of each entry.
///
/// Names that are no entries of the channel are left out: OLM allows edges that lead nowhere.
public struct ChannelGraph: Sendable {
  /// The entries; of two with one name only the first.
  public let entries: [CatalogChannel.Entry]
  /// Names that stand more than once.
  public let duplicates: [String]

  /// For each entry the one that it replaces.
  let replaced: [Int?]
  /// For each entry those that it skips.
  let skipped: [[Int]]
  /// For each entry those that skip it.
  let skippers: [[Int]]
  // For each entry whether another one replaces or skips it.
  private let hasSuccessor: [Bool]

  /// Reads the edges of a channel.
  public init(_ entries: [CatalogChannel.Entry]) {
    var places: [String: Int] = [:]
    var unique: [CatalogChannel.Entry] = []
    var duplicates: [String] = []
    for entry in entries {
      if places[entry.name] == nil {
        places[entry.name] = unique.count
        unique.append(entry)
      } else {
        duplicates.append(entry.name)
      }
    }
    self.entries = unique
    self.duplicates = duplicates
    replaced = unique.map { $0.replaces.flatMap { places[$0] } }
    skipped = unique.map { $0.skips.compactMap { places[$0] } }
    var skippers = [[Int]](repeating: [], count: unique.count)
    var hasSuccessor = [Bool](repeating: false, count: unique.count)
    for (place, targets) in skipped.enumerated() {
      for target in targets {
        skippers[target].append(place)
        hasSuccessor[target] = true
      }
    }
    for target in replaced.compactMap(\.self) { hasSuccessor[target] = true }
    self.skippers = skippers
    self.hasSuccessor = hasSuccessor
  }

  /// The entries that no other one replaces or skips; a channel must have exactly one.
  public var heads: [Int] { entries.indices.filter { !hasSuccessor[$0] } }

  /// The names of the heads, sorted.
  public var headNames: [String] { heads.map { entries[$0].name }.sorted(by: byteOrder) }

  /// From an entry down through what each one replaces, as far as there are entries; a cycle is left where it closes.
  func chain(from head: Int) -> [Int] {
    var chain: [Int] = []
    var seen = [Bool](repeating: false, count: entries.count)
    var next: Int? = head
    while let place = next, !seen[place] {
      seen[place] = true
      chain.append(place)
      next = replaced[place]
    }
    return chain
  }

  /// What is wrong with the channel by OLM's rules: one sentence each, without the name of the channel.
  ///
  /// Source: operator-registry, `model.Channel.Validate` and `validateReplacesChain`.
  public func problems() -> [String] {
    var problems = duplicates.map { "has two entries '\($0)'" }
    guard !entries.isEmpty else { return problems + ["has no entries"] }
    let heads = heads
    guard let head = heads.first else {
      return problems + ["has no head, because its entries replace each other in a circle"]
    }
    guard heads.count == 1 else {
      return problems + ["has \(heads.count) heads, where there must be one: \(headNames.joined(separator: ", "))"]
    }
    var reached = [Bool](repeating: false, count: entries.count)
    var next: Int? = head
    while let place = next {
      guard !reached[place] else {
        problems.append("goes in a circle at '\(entries[place].name)'")
        break
      }
      reached[place] = true
      // OLM does not follow an edge to what is skipped.
      next = replaced[place].flatMap { skippers[$0].isEmpty ? $0 : nil }
    }
    let stranded = entries.indices.filter { !reached[$0] && skippers[$0].isEmpty }.map { entries[$0].name }
    if !stranded.isEmpty {
      problems.append(
        "has entries that its head does not lead to: \(stranded.sorted(by: byteOrder).joined(separator: ", "))")
    }
    for entry in entries where entry.skips.contains("") {
      problems.append("has an entry '\(entry.name)' that skips nothing")
    }
    return problems
  }
}
