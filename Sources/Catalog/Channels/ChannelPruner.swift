internal import Diagnostics
internal import Versions

/// Decides which entries of one channel are kept.
struct ChannelPruner {
  let package: CatalogPackage
  let channel: CatalogChannel
  let isFull: Bool
  let request: ChannelRequest
  let source: String

  /// What is decided about one channel.
  struct Result {
    var decisions: [EntryDecision] = []
    var notes: [String] = []
    /// The names of the entries that are kept; none means that the channel is left out.
    var kept: Set<String> = []
  }

  /// Decides about every entry.
  ///
  /// - Throws: `corrupt` for a channel that has to be cut and is none by OLM's rules.
  func decide() throws(SealiftError) -> Result {
    if isFull { return result { _ in .full } }
    let graph = ChannelGraph(channel.entries)
    if let problem = graph.problems().first {
      throw SealiftError(
        .corrupt, "\(source): channel '\(channel.name)' of package '\(package.name)' cannot be pruned: it \(problem)",
        nextStep: "ask for the whole catalog with `full: true`, or name one that `opm validate` accepts")
    }
    let versions = versions(of: graph)
    let heads = Set(graph.heads)
    let reasons = graph.entries.indices.map { reason($0, graph, versions, heads) }
    let wanted = exactly(reasons, versions) ?? Set(reasons.indices.filter { reasons[$0].isKept })
    // One entry alone is always a channel.
    let cut =
      wanted.count == 1 && request.bounds.exact != nil
      ? ChannelGraph.Cut(kept: wanted, connecting: []) : graph.cut { wanted.contains($0) }
    var result = Result(kept: Set(cut.kept.map { graph.entries[$0].name }))
    result.decisions = graph.entries.indices.map { place in
      var reason = reasons[place]
      if cut.connecting.contains(place) { reason = .connecting }
      if reason.isKept, !cut.kept.contains(place) { reason = .outOfRange(request.bounds) }
      return decision(graph.entries[place].name, versions[place]?.description, reason)
    }
    result.notes = notes(graph, versions, cut)
    return result
  }

  private func versions(of graph: ChannelGraph) -> [SemanticVersion?] {
    let byName = Dictionary(package.bundles.map { ($0.name, $0.version) }) { first, _ in first }
    return graph.entries.map { byName[$0.name] ?? nil }
  }

  private func reason(
    _ place: Int, _ graph: ChannelGraph, _ versions: [SemanticVersion?], _ heads: Set<Int>
  ) -> EntryDecision.Reason {
    if request.required.contains(graph.entries[place].name) { return .required }
    if request.isOnlyRequired { return .channelNotRequested }
    if request.bounds.isEmpty { return heads.contains(place) ? .head : .belowHead }
    guard let version = versions[place] else { return .unversioned }
    return request.bounds.contains(version) ? .inRange(request.bounds) : .outOfRange(request.bounds)
  }

  /// Where one version is asked for and is there to the letter, its pre-releases are not meant.
  private func exactly(_ reasons: [EntryDecision.Reason], _ versions: [SemanticVersion?]) -> Set<Int>? {
    guard let exact = request.bounds.exact else { return nil }
    let same = versions.indices.filter { index in
      versions[index].map { !$0.precedes(exact) && !exact.precedes($0) } ?? false
    }
    guard !same.isEmpty else { return nil }
    return Set(same).union(reasons.indices.filter { reasons[$0] == .required })
  }

  private func notes(_ graph: ChannelGraph, _ versions: [SemanticVersion?], _ cut: ChannelGraph.Cut) -> [String] {
    let place = "package '\(package.name)', channel '\(channel.name)'"
    var notes: [String] = []
    let quiet = cut.kept.sorted().filter { index in versions[index].map(request.bounds.includesQuietly) ?? false }
    if !request.bounds.isEmpty, !quiet.isEmpty {
      notes.append(
        "\(place): \(names(quiet, graph)) with a pre-release version \(quiet.count == 1 ? "is" : "are") within "
          + "\(request.bounds) and kept, where oc-mirror leaves them out")
    }
    if !cut.connecting.isEmpty {
      notes.append(
        "\(place): \(names(cut.connecting.sorted(), graph)) \(cut.connecting.count == 1 ? "is" : "are") kept though "
          + "not asked for, because updates between the wanted versions lead through")
    }
    let unversioned = versions.indices.filter { versions[$0] == nil && !cut.kept.contains($0) }
    if !request.bounds.isEmpty, !unversioned.isEmpty {
      notes.append(
        "\(place): \(names(unversioned, graph)) cannot be compared with \(request.bounds) for want of a version")
    }
    return notes
  }

  private func names(_ places: [Int], _ graph: ChannelGraph) -> String {
    let shown = 3
    let names = places.prefix(shown).map { graph.entries[$0].name }.joined(separator: ", ")
    return places.count > shown ? "\(names) and \(places.count - shown) more" : names
  }

  private func result(_ reason: (CatalogChannel.Entry) -> EntryDecision.Reason) -> Result {
    let versions = Dictionary(package.bundles.map { ($0.name, $0.versionText) }) { first, _ in first }
    var result = Result()
    for entry in channel.entries {
      let reason = reason(entry)
      result.decisions.append(decision(entry.name, versions[entry.name], reason))
      if reason.isKept { result.kept.insert(entry.name) }
    }
    return result
  }

  /// What is said of the entries of a channel that is not asked for.
  func leftOut() -> [EntryDecision] { result { _ in .channelNotRequested }.decisions }

  private func decision(_ name: String, _ version: String?, _ reason: EntryDecision.Reason) -> EntryDecision {
    EntryDecision(channel: channel.name, bundle: name, version: version ?? "", reason: reason)
  }
}
