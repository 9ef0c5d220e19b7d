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
    var lines: [String] = []
    var end: String?
    for step in graph.steps {
      let entry = graph.entries[step.place]
      if step.depth == 0 {
        lines += end.map { [$0] } ?? []
        end = graph.replaced[step.place] == nil ? entry.replaces.map { "  ~ \($0)  not in this channel" } : nil
      }
      let skipper = step.skipper.map { graph.entries[$0].name }
      lines.append("  " + String(repeating: "|   ", count: step.depth) + line(channel, entry.name, skippedBy: skipper))
    }
    return lines + (end.map { [$0] } ?? [])
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
