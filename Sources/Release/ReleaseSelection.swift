public import Diagnostics
public import Versions

/// The releases that are chosen from channels, and what a cluster can do with them.
public struct ReleaseSelection: Sendable {
  /// The releases in ascending order, no version twice.
  public let releases: [PublishedRelease]
  /// The upgrade path from the lowest to the highest, over chosen releases alone; the last step may be blocked.
  public let path: [UpgradeStep]
  /// All upgrades between chosen releases that have conditions, in ascending order.
  public let conditionalUpgrades: [UpgradeStep]
  /// What the user should know of the choice: one sentence each.
  public let notes: [String]

  /// Chooses releases.
  ///
  /// Of several channels the best upgrade path from the lowest chosen version to the highest is chosen too. It is
  /// looked for in all graphs joined, and those of the channels between (`ReleaseChannel.between`) belong to them: a
  /// channel's graph also holds releases of the minor version before, and the upgrades from there.
  ///
  /// - Parameters:
  ///   - channels: What is asked for, at least one, all of one kind.
  ///   - graphs: By the name of the channel.
  /// - Throws: `configuration` for what a channel does not have, naming what it has.
  public init(_ channels: [ReleaseChannel], from graphs: [String: UpdateGraph]) throws(SealiftError) {
    var chosen: [SemanticVersion: PublishedRelease] = [:]
    var notes: [String] = []
    for channel in channels {
      let choosing = try ChannelChoice(channel, graphs[channel.name] ?? UpdateGraph([], [:]))
      for release in try choosing.releases() { chosen[release.version] = chosen[release.version] ?? release }
      notes += choosing.notes
    }
    let names = graphs.keys.sorted()
    let graph = try UpdateGraph(joining: names.compactMap { graphs[$0] })
    let ends = Self.ends(chosen)
    if channels.count > 1, let (low, high) = ends {
      for step in graph.path(from: low, to: high) where step.kind != .blocked && chosen[step.to] == nil {
        chosen[step.to] = graph.release(step.to)
      }
    }
    let versions = Set(chosen.keys)
    releases = chosen.values.sorted { $0.version.isOrdered(before: $1.version) }
    path = ends.map { graph.path(from: $0.low, to: $0.high, among: versions) } ?? []
    conditionalUpgrades = releases.flatMap { release in
      graph.upgrades(from: release.version).reversed().filter { versions.contains($0.to) && !$0.risks.isEmpty }
    }
    self.notes = notes + path.compactMap(\.note) + Self.note(onOthersThan: path, conditionalUpgrades)
  }

  private static func ends(
    _ chosen: [SemanticVersion: PublishedRelease]
  ) -> (low: SemanticVersion, high: SemanticVersion)? {
    guard let low = chosen.keys.min(by: { $0.isOrdered(before: $1) }),
      let high = chosen.keys.max(by: { $0.isOrdered(before: $1) })
    else { return nil }
    return (low, high)
  }

  // A line for a person; the rest stands in `conditionalUpgrades`.
  private static let maximumNames = 5

  /// One sentence on the conditional upgrades off the path.
  private static func note(onOthersThan path: [UpgradeStep], _ upgrades: [UpgradeStep]) -> [String] {
    let others = upgrades.filter { !path.contains($0) }
    guard !others.isEmpty else { return [] }
    var counts: [String: Int] = [:]
    for name in others.flatMap(\.risks).map(\.name) { counts[name, default: 0] += 1 }
    let names = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) (\($0.value))" }
    let more = names.count > maximumNames ? " and \(names.count - maximumNames) more" : ""
    let count = others.count == 1 ? "1 other upgrade" : "\(others.count) other upgrades"
    return [
      "\(count) between the chosen releases \(others.count == 1 ? "is" : "are") conditional, for the risks "
        + names.prefix(maximumNames).joined(separator: ", ") + more
    ]
  }
}

extension UpgradeStep {
  /// What a person should know of it; `nil` where it is for every cluster.
  public var note: String? {
    switch kind {
    case .unconditional: nil
    case .conditional(let risks):
      "the upgrade from \(from) to \(to) is conditional: "
        + risks.map { $0.url.isEmpty ? $0.name : "\($0.name) (\($0.url))" }.joined(separator: ", ")
    case .blocked: "no upgrade path leads from \(from) to \(to)"
    }
  }
}

/// What is chosen from one channel.
private struct ChannelChoice {
  let channel: ReleaseChannel
  let graph: UpdateGraph
  let notes: [String]
  private let low: SemanticVersion
  private let high: SemanticVersion

  init(_ channel: ReleaseChannel, _ graph: UpdateGraph) throws(SealiftError) {
    self.channel = channel
    self.graph = graph
    guard let first = graph.releases.first?.version, let last = graph.releases.last?.version else {
      throw SealiftError(
        .configuration, "the channel \(channel.name) has no release",
        nextStep: "check its name: they are written as stable-4.18, fast-4.18, eus-4.18 or candidate-4.18")
    }
    if let low = channel.minimum, let high = channel.maximum, high.precedes(low.version) {
      throw SealiftError(
        .configuration, "\(channel.name): minVersion \(low) is above maxVersion \(high)", nextStep: "exchange them")
    }
    var notes: [String] = []
    let startsAtHead = channel.minimum == nil && channel.maximum == nil && !channel.full
    low = try graph.lowest(channel, &notes) ?? (startsAtHead ? last : first)
    high = try graph.highest(channel, &notes) ?? last
    // Both ends lie between two neighbours: then no release has the lower one.
    if high.precedes(low), let minimum = channel.minimum {
      throw graph.missing(minimum.version, as: "minVersion", from: channel.name, code: .configuration)
    }
    if channel.minimum == nil, channel.maximum != nil, !channel.full {
      notes.append(
        "\(channel.name): without minVersion everything is chosen from its first version, \(low), to \(high)")
    }
    self.notes = notes
  }

  func releases() throws(SealiftError) -> [PublishedRelease] {
    if channel.shortestPath { return try path() }
    return graph.releases.filter { !$0.version.precedes(low) && !high.precedes($0.version) }
  }

  private func path() throws(SealiftError) -> [PublishedRelease] {
    let path = graph.path(from: low, to: high)
    if let step = path.last, step.kind == .blocked {
      let reached =
        step.from == low ? "no upgrade leads to it" : "from \(low) upgrades lead no higher than \(step.from)"
      throw SealiftError(
        .configuration, "\(channel.name) has no upgrade path from \(low) to \(high): \(reached)",
        nextStep:
          "choose another minVersion or maxVersion, or leave shortestPath out to have every release in the range"
      )
    }
    let versions = Set([low] + path.map(\.to))
    return graph.releases.filter { versions.contains($0.version) }
  }
}

extension UpdateGraph {
  /// The lowest version that was asked for, or the next above it.
  fileprivate func lowest(
    _ channel: ReleaseChannel, _ notes: inout [String]
  ) throws(SealiftError) -> SemanticVersion? {
    guard let minimum = channel.minimum else { return nil }
    return try bound("minVersion", minimum, of: channel, releases.first { !minimum.follows($0.version) }, &notes)
  }

  /// The highest version that was asked for, or the next below it.
  fileprivate func highest(
    _ channel: ReleaseChannel, _ notes: inout [String]
  ) throws(SealiftError) -> SemanticVersion? {
    guard let maximum = channel.maximum else { return nil }
    return try bound("maxVersion", maximum, of: channel, releases.last { !maximum.precedes($0.version) }, &notes)
  }

  /// A version that was asked for, or the nearest within: only a path needs ends that are there.
  private func bound(
    _ name: String, _ limit: VersionLimit, of channel: ReleaseChannel, _ nearest: PublishedRelease?,
    _ notes: inout [String]
  ) throws(SealiftError) -> SemanticVersion {
    if let version = limit.exact, release(version) != nil { return version }
    guard let nearest, limit.exact == nil || !channel.shortestPath else {
      throw missing(limit.version, as: name, from: channel.name, code: .configuration)
    }
    if limit.exact != nil {
      notes.append("\(name) \(limit) is not in the channel \(channel.name), and the nearest is \(nearest.version)")
    }
    return nearest.version
  }

  /// The error for a version that a channel does not have: it says which versions there are.
  ///
  /// - Parameters:
  ///   - name: How the user named it: `minVersion`.
  ///   - code: What kind of failure it is.
  public func missing(
    _ version: SemanticVersion, as name: String, from channel: String, code: SealiftError.Code
  ) -> SealiftError {
    let below = releases.last { $0.version.isOrdered(before: version) }?.version
    let above = releases.first { version.isOrdered(before: $0.version) }?.version
    let near = [below, above].compactMap { $0?.description }
    var has = "no version at all"
    if let first = releases.first?.version, let last = releases.last?.version {
      has = releases.count == 1 ? "only \(first)" : "\(releases.count) versions from \(first) to \(last)"
      if releases.count > 2 {
        has += "; the nearest \(near.count == 1 ? "is" : "are") \(near.joined(separator: " and "))"
      }
    }
    return SealiftError(
      code, "\(name) \(version) is not in the channel \(channel), which has \(has)",
      nextStep: "choose one of those that `sealift list releases --channel \(channel)` shows")
  }
}
