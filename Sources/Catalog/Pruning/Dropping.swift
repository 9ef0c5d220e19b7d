public import Diagnostics
internal import Versions

/// A bundle of a catalog.
public struct OperatorBundleName: Sendable, Hashable {
  /// The package.
  public let package: String
  /// The bundle.
  public let bundle: String

  /// Makes one.
  public init(package: String, bundle: String) {
    self.package = package
    self.bundle = bundle
  }
}

extension Catalog {
  /// The catalog without bundles that cannot be had, so that it is a valid catalog again.
  ///
  /// Of a channel that would fall apart the part is kept that its head leads to; where the head itself goes, that with
  /// the highest version on top. A channel without entries goes too, and a package without channels.
  ///
  /// - Parameters:
  ///   - bundles: What goes.
  ///   - source: The name of the catalog, for messages.
  /// - Returns: The catalog, and the bundles that go beyond those that were named.
  /// - Throws: `configuration` where a default channel would go and others stay.
  public func without(
    _ bundles: Set<OperatorBundleName>, source: String
  ) throws(SealiftError) -> (catalog: Catalog, alsoDropped: [OperatorBundleName]) {
    var result = self
    var alsoDropped: [OperatorBundleName] = []
    for (name, names) in Dictionary(grouping: bundles, by: \.package) {
      guard let package = packages[name] else { continue }
      let kept = try package.without(Set(names.map(\.bundle)), source: source)
      let before = package.bundles.map { OperatorBundleName(package: name, bundle: $0.name) }
      alsoDropped += before.filter { !bundles.contains($0) && kept?.bundle($0.bundle) == nil }
      result.packages[name] = kept
    }
    try result.validate(source: source)
    return (result, alsoDropped.sorted { byteOrder($0.bundle, $1.bundle) })
  }
}

extension CatalogPackage {
  /// The package without some entries of its channels, which need not have bundles.
  ///
  /// - Returns: `nil` if nothing is left.
  func without(_ dropped: Set<String>, source: String) throws(SealiftError) -> CatalogPackage? {
    var result = self
    result.channels = []
    var names: Set<String> = []
    for channel in channels {
      let kept = kept(of: channel, without: dropped)
      guard !kept.isEmpty else { continue }
      names.formUnion(kept)
      result.channels.append(try channel.keeping(kept))
    }
    if result.channels.isEmpty { return nil }
    guard result.channel(defaultChannel) != nil else {
      throw SealiftError(
        .configuration,
        "package '\(name)' of \(source) would lose its default channel '\(defaultChannel)', because images of all its "
          + "bundles are missing",
        nextStep: "name another channel under `defaultChannel`, or leave the package out")
    }
    result.bundles = bundles.filter { names.contains($0.name) }
    try result.trimDeprecations(names)
    return result
  }

  private func kept(of channel: CatalogChannel, without dropped: Set<String>) -> Set<String> {
    soundPart(
      of: channel.entries.filter { !dropped.contains($0.name) }, head: ChannelGraph(channel.entries).headNames.first)
  }

  /// The names of those entries that make a valid channel: all, or what one head leads to.
  ///
  /// - Parameter head: The head that is kept if it is one; else it is the one with the highest version.
  func soundPart(of entries: [CatalogChannel.Entry], head wanted: String? = nil) -> Set<String> {
    let graph = ChannelGraph(entries)
    guard !entries.isEmpty, !graph.problems().isEmpty else { return Set(entries.map(\.name)) }
    let head = graph.heads.max { left, right in
      if graph.entries[right].name == wanted { return true }
      if graph.entries[left].name == wanted { return false }
      return precedes(graph.entries[left].name, graph.entries[right].name)
    }
    guard let head else { return [] }
    let reached = graph.reached(from: head)
    // Where skips and replaces cross each other, what is reached need not be a channel; one bundle always is.
    let isChannel = ChannelGraph(entries.filter { reached.contains($0.name) }).problems().isEmpty
    return isChannel ? reached : [graph.entries[head].name]
  }

  private func precedes(_ left: String, _ right: String) -> Bool {
    guard let first = bundle(left)?.version, let second = bundle(right)?.version else { return left < right }
    return first.precedes(second)
  }
}

extension ChannelGraph {
  /// The entries that an entry leads to by replacing and skipping, and itself.
  fileprivate func reached(from head: Int) -> Set<String> {
    var seen: Set<Int> = [head]
    var open = [head]
    while let place = open.popLast() {
      for next in skipped[place] + [replaced[place]].compactMap(\.self) where seen.insert(next).inserted {
        open.append(next)
      }
    }
    return Set(seen.map { entries[$0].name })
  }
}
