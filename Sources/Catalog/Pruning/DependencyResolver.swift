internal import Diagnostics
internal import Versions

/// Adds bundles until every kept one finds what it needs.
struct DependencyResolver {
  /// A bundle of one of the selections.
  private struct Candidate {
    let selection: Int
    let package: CatalogPackage
    let bundle: OperatorBundle
  }

  /// One thing that one bundle needs.
  private struct Need: Hashable {
    let selection: Int
    let package: String
    let bundle: String
    let constraint: OperatorBundleConstraint
  }

  private(set) var selections: [CatalogSelection]
  private(set) var additions: [DependencyAddition] = []
  private(set) var missing: [MissingDependency] = []
  private(set) var notes: [String] = []

  private var pruned: [PrunedCatalog] = []
  private var hopeless: Set<Need> = []
  private var versions: [String: [SemanticVersion]] = [:]
  private var resources: Set<GroupVersionKind> = []

  init(_ selections: [CatalogSelection]) throws(SealiftError) {
    self.selections = selections
    for selection in selections {
      pruned.append(try selection.catalog.pruned(by: selection.request, source: selection.source))
    }
  }

  /// Adds what is needed, and notes what cannot be added.
  mutating func resolve() throws(SealiftError) {
    noteUncheckable()
    while true {
      index()
      guard let (candidate, need) = choose(for: setHopelessAside(openNeeds())) else { return }
      try add(candidate, for: need)
    }
  }

  /// Notes the needs that nothing can meet, once each; returns the others.
  private mutating func setHopelessAside(_ needs: [Need]) -> [Need] {
    var open: [Need] = []
    for need in needs {
      let selection = selections[need.selection]
      let canBeMet = !candidates(for: need.constraint).isEmpty
      if canBeMet, selection.needs != .noted {
        open.append(need)
      } else if hopeless.insert(need).inserted {
        if selection.needs == .met {
          missing.append(
            MissingDependency(
              selection: need.selection, source: selection.source, package: need.package, bundle: need.bundle,
              reason: reason(of: need)))
        } else {
          let rest = canBeMet ? "which is not among what is asked for" : "and no catalog of the configuration has it"
          notes.append("\(selection.source): \(reason(of: need)), \(rest)")
        }
      }
    }
    return open
  }

  private var kept: [(selection: Int, bundle: OperatorBundle)] {
    pruned.enumerated().flatMap { place, catalog in
      catalog.catalog.sortedPackages.flatMap { package in
        package.bundles.sorted { byteOrder($0.name, $1.name) }.map { (place, $0) }
      }
    }
  }

  private mutating func index() {
    versions = [:]
    resources = []
    for (_, bundle) in kept {
      if let version = bundle.version { versions[bundle.package, default: []].append(version) }
      resources.formUnion(bundle.provided)
    }
  }

  private func isMet(_ constraint: OperatorBundleConstraint) -> Bool {
    switch constraint {
    case .package(let name, let range): versions[name]?.contains(where: range.contains) ?? false
    case .resource(let resource): resources.contains(resource)
    case .all(let parts): parts.allSatisfy(isMet)
    case .any(let parts): parts.contains(where: isMet)
    // What may not be installed beside it may well be mirrored beside it; the rest cannot be checked here.
    case .not, .expression, .unreadable: true
    }
  }

  /// The single things that are needed and not kept; of alternatives, those of the first that can be had.
  private func openNeeds() -> [Need] {
    var needs: [Need] = []
    for (selection, bundle) in kept {
      for constraint in bundle.constraints where !isMet(constraint) {
        needs += parts(of: constraint).map {
          Need(selection: selection, package: bundle.package, bundle: bundle.name, constraint: $0)
        }
      }
    }
    return needs
  }

  private func parts(of constraint: OperatorBundleConstraint) -> [OperatorBundleConstraint] {
    switch constraint {
    case .all(let parts): return parts.filter { !isMet($0) }.flatMap(self.parts)
    case .any(let alternatives):
      let split = alternatives.map(parts)
      return split.first { $0.allSatisfy { !candidates(for: $0).isEmpty } } ?? split.first ?? []
    default: return [constraint]
    }
  }

  private func candidates(for constraint: OperatorBundleConstraint) -> [Candidate] {
    var found: [Candidate] = []
    for (place, selection) in selections.enumerated() {
      switch constraint {
      case .package(let name, _):
        guard let package = selection.catalog.packages[name] else { continue }
        found += candidates(in: package, place) { meets($0, constraint) }
      default:
        for package in selection.catalog.sortedPackages {
          found += candidates(in: package, place) { meets($0, constraint) }
        }
      }
    }
    return found
  }

  private func candidates(
    in package: CatalogPackage, _ place: Int, _ isWanted: (OperatorBundle) -> Bool
  ) -> [Candidate] {
    let entries = Set(package.channels.flatMap { $0.entries.map(\.name) })
    return package.bundles.filter { entries.contains($0.name) && isWanted($0) }
      .map { Candidate(selection: place, package: package, bundle: $0) }
  }

  private func meets(_ bundle: OperatorBundle, _ constraint: OperatorBundleConstraint) -> Bool {
    switch constraint {
    case .package(let name, let range): bundle.package == name && bundle.version.map(range.contains) ?? false
    case .resource(let resource): bundle.provided.contains(resource)
    default: false
    }
  }

  private func choose(for needs: [Need]) -> (Candidate, Need)? {
    var best: (candidate: Candidate, need: Need, met: Int)?
    for need in needs {
      for candidate in candidates(for: need.constraint) {
        let met = needs.count { meets(candidate.bundle, $0.constraint) }
        if let best, !isBetter((candidate, met), (best.candidate, best.met)) { continue }
        best = (candidate, need, met)
      }
    }
    return best.map { ($0.candidate, $0.need) }
  }

  private func isBetter(_ new: (candidate: Candidate, met: Int), _ old: (candidate: Candidate, met: Int)) -> Bool {
    if new.met != old.met { return new.met > old.met }
    let kept = (isKept(new.candidate), isKept(old.candidate))
    if kept.0 != kept.1 { return kept.0 }
    if new.candidate.selection != old.candidate.selection { return new.candidate.selection < old.candidate.selection }
    let heads = (isDefaultHead(new.candidate), isDefaultHead(old.candidate))
    if heads.0 != heads.1 { return heads.0 }
    let names = (new.candidate.bundle, old.candidate.bundle)
    if names.0.package == names.1.package, let first = names.0.version, let second = names.1.version,
      first.precedes(second) || second.precedes(first)
    {
      return second.precedes(first)
    }
    return byteOrder(names.0.package, names.1.package)
      || (names.0.package == names.1.package && byteOrder(names.0.name, names.1.name))
  }

  private func isKept(_ candidate: Candidate) -> Bool {
    pruned[candidate.selection].catalog.packages[candidate.package.name] != nil
  }

  private func isDefaultHead(_ candidate: Candidate) -> Bool {
    guard let channel = candidate.package.channel(candidate.package.defaultChannel) else { return false }
    return ChannelGraph(channel.entries).headNames == [candidate.bundle.name]
  }

  private mutating func noteUncheckable() {
    for (selection, bundle) in kept {
      for constraint in bundle.constraints {
        guard let problem = uncheckable(constraint) else { continue }
        notes.append("\(selections[selection].source): \(bundle.name) \(problem)")
      }
    }
  }

  private func uncheckable(_ constraint: OperatorBundleConstraint) -> String? {
    switch constraint {
    case .expression(let rule): "has a rule that only the cluster can check: \(rule)"
    case .unreadable(let what): "needs \(what)"
    case .all(let parts), .any(let parts): parts.lazy.compactMap(uncheckable).first
    case .package, .resource, .not: nil
    }
  }
}

extension DependencyResolver {
  private mutating func add(_ candidate: Candidate, for need: Need) throws(SealiftError) {
    let channel = channel(for: candidate)
    let selection = selections[candidate.selection]
    additions.append(
      DependencyAddition(
        selection: candidate.selection, source: selection.source, package: candidate.package.name, channel: channel,
        bundle: candidate.bundle.name, neededBy: need.package, reason: reason(of: need),
        configuration: configuration(candidate, channel)))
    var request = selection.request
    if request.packages.isEmpty { request.packages = selection.catalog.packageNames.map { PackageRequest(name: $0) } }
    if let place = request.packages.firstIndex(where: { $0.name == candidate.package.name }) {
      request.packages[place].require(candidate.bundle.name, in: channel)
    } else {
      var package = PackageRequest(name: candidate.package.name, isOnlyRequired: true)
      if channel != candidate.package.defaultChannel { package.defaultChannel = channel }
      package.require(candidate.bundle.name, in: channel)
      request.packages.append(package)
    }
    selections[candidate.selection].request = request
    pruned[candidate.selection] = try selection.catalog.pruned(by: request, source: selection.source)
  }

  /// The channel in which keeping the bundle keeps the fewest others: first the default one, then by name.
  private func channel(for candidate: Candidate) -> String {
    let package = candidate.package
    let kept = pruned[candidate.selection].catalog.packages[package.name]
    var best: (name: String, cost: Int, isDefault: Bool)?
    for channel in package.channels.sorted(by: { byteOrder($0.name, $1.name) })
    where channel.entries.contains(where: { $0.name == candidate.bundle.name }) {
      let graph = ChannelGraph(channel.entries)
      let before = Set(kept?.channel(channel.name)?.entries.map(\.name) ?? [])
      let cut = graph.cut { place in
        let name = graph.entries[place].name
        return name == candidate.bundle.name || before.contains(name)
      }
      let choice = (channel.name, cut.kept.count - before.count, channel.name == package.defaultChannel)
      if let best, (best.cost, best.isDefault ? 0 : 1) <= (choice.1, choice.2 ? 0 : 1) { continue }
      best = choice
    }
    return best?.name ?? package.defaultChannel
  }

  /// One line of YAML in flow style, so that it can stand in a message.
  private func configuration(_ candidate: Candidate, _ channel: String) -> String {
    let version = candidate.bundle.version?.description ?? ""
    let isNew = !isKept(candidate) && channel != candidate.package.defaultChannel
    let override = isNew ? "defaultChannel: \(channel), " : ""
    return "{name: \(candidate.package.name), \(override)channels: "
      + "[{name: \(channel), minVersion: \(version), maxVersion: \(version)}]}"
  }

  private func reason(of need: Need) -> String {
    switch need.constraint {
    case .package(let name, let range): "\(need.bundle) needs package '\(name)' in '\(range)'"
    case .resource(let resource): "\(need.bundle) needs a bundle that provides \(resource)"
    default: "\(need.bundle) needs something that cannot be had"
    }
  }
}

extension PackageRequest {
  /// Asks for one bundle more, through one channel.
  fileprivate mutating func require(_ bundle: String, in channel: String) {
    if let place = channels.firstIndex(where: { $0.name == channel }) {
      channels[place].required.insert(bundle)
    } else {
      channels.append(ChannelRequest(name: channel, required: [bundle], isOnlyRequired: true))
    }
  }
}
