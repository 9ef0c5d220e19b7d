/// The channels of a package as text, with what became of each entry.
public struct ChannelDrawing: Sendable {
  private let package: CatalogPackage
  private let decisions: [[String]: EntryDecision]

  /// - Parameters:
  ///   - package: The package before pruning.
  ///   - decisions: What became of its entries; none if nothing was decided.
  public init(_ package: CatalogPackage, decisions: [EntryDecision] = []) {
    self.package = package
    self.decisions = Dictionary(decisions.map { ([$0.channel, $0.bundle], $0) }) { first, _ in first }
  }

  /// One line for each entry, from the head of each channel down: `+` is kept, `-` is left out, and `~` is a name
  /// without an entry. What an entry skips stands below it, further in. Names are as they are, not escaped.
  public var lines: [String] {
    sortedChannels.flatMap { channel in
      let isDefault = channel.name == package.defaultChannel
      return ["channel \(channel.name)\(isDefault ? " (default)" : "")"] + lines(of: channel)
    }
  }

  /// The channels as a graph for Graphviz: full arrows lead to what is replaced, dashed ones to what is skipped.
  public var dot: String {
    var lines = ["digraph \(quoted(package.name)) {", "  rankdir=TB;", "  node [shape=box];"]
    for (number, channel) in sortedChannels.enumerated() {
      lines += ["  subgraph cluster_\(number) {", "    label=\(quoted(channel.name));"]
      lines += ChannelGraph(channel.entries).entries.map { entry in
        let decision = decisions[[channel.name, entry.name]]
        let style = decision.map { $0.reason.isKept ? ",style=bold" : ",style=dotted" } ?? ""
        let label = [entry.name, decision?.reason.description].compactMap(\.self).joined(separator: "\n")
        return "    \(node(channel, entry.name)) [label=\(quoted(label))\(style)];"
      }
      lines.append("  }")
      for entry in ChannelGraph(channel.entries).entries {
        let from = node(channel, entry.name)
        if let target = entry.replaces { lines.append("  \(from) -> \(node(channel, target));") }
        lines += entry.skips.map { "  \(from) -> \(node(channel, $0)) [style=dashed];" }
      }
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private var sortedChannels: [CatalogChannel] { package.channels.sorted { byteOrder($0.name, $1.name) } }

  private func lines(of channel: CatalogChannel) -> [String] {
    let graph = ChannelGraph(channel.entries)
    var drawn = [Bool](repeating: false, count: graph.entries.count)
    var lines: [String] = []
    let chains = graph.heads.map(graph.chain)
    for place in chains.joined() { drawn[place] = true }
    for chain in chains {
      for place in chain {
        lines.append("  " + line(channel, graph.entries[place].name))
        lines += skipped(by: place, graph, channel, &drawn)
      }
      if let last = chain.last, let target = graph.entries[last].replaces, graph.replaced[last] == nil {
        lines.append("  ~ \(target)  not in this channel")
      }
    }
    // Only entries that replace each other in a circle are left.
    for place in graph.entries.indices where !drawn[place] {
      lines.append("  " + line(channel, graph.entries[place].name))
    }
    return lines
  }

  /// What an entry skips, what that replaces and skips in turn, each entry once.
  private func skipped(
    by place: Int, _ graph: ChannelGraph, _ channel: CatalogChannel, _ drawn: inout [Bool]
  ) -> [String] {
    // Deeper than any real channel; what is deeper is drawn at this depth.
    let maxDepth = 8
    var lines: [String] = []
    // No recursion: a channel from outside may nest as deep as it is long.
    var open = graph.skipped[place].reversed().map { (place: $0, skipper: place, depth: 1) }
    while let next = open.popLast() {
      guard !drawn[next.place] else { continue }
      drawn[next.place] = true
      let skipper = graph.skippers[next.place].contains(next.skipper) ? graph.entries[next.skipper].name : nil
      lines.append(
        "  " + String(repeating: "|   ", count: next.depth)
          + line(channel, graph.entries[next.place].name, skippedBy: skipper))
      if let replaced = graph.replaced[next.place] { open.append((replaced, next.place, next.depth)) }
      open += graph.skipped[next.place].reversed().map { ($0, next.place, min(next.depth + 1, maxDepth)) }
    }
    return lines
  }

  private func line(_ channel: CatalogChannel, _ name: String, skippedBy skipper: String? = nil) -> String {
    let decision = decisions[[channel.name, name]]
    let mark = decision.map { $0.reason.isKept ? "+" : "-" } ?? "*"
    let version = decision?.version ?? package.bundle(name)?.versionText ?? ""
    let words = [decision?.reason.description, skipper.map { "skipped by \($0)" }].compactMap(\.self)
    return ([mark, name] + [version, words.joined(separator: "; ")].filter { !$0.isEmpty }.map { " \($0)" })
      .joined(separator: " ")
  }

  private func node(_ channel: CatalogChannel, _ name: String) -> String { quoted("\(channel.name)/\(name)") }

  /// Source: graphviz.org, "DOT Language", double-quoted strings.
  private func quoted(_ text: String) -> String {
    let escaped = text.flatMap { character -> [Character] in
      switch character {
      case "\"", "\\": ["\\", character]
      case "\n", "\r\n": ["\\", "n"]
      default: [character]
      }
    }
    return "\"\(String(escaped))\""
  }
}
