public import Diagnostics

/// What two catalogs offer together.
public struct MergedCatalog: Sendable {
  /// All of it; a valid catalog.
  public internal(set) var catalog: Catalog
  /// Entries of channels that have no place any more, because no update leads to them: one sentence each.
  public internal(set) var lost: [String] = []

  /// Makes one.
  public init(catalog: Catalog, lost: [String] = []) {
    self.catalog = catalog
    self.lost = lost
  }
}

extension Catalog {
  /// What this catalog and an earlier one of the same name offer together.
  ///
  /// Of what both have in different words, this one's counts: of packages, entries of channels and deprecations. A bundle
  /// must be the same in both. Of a channel that would have two heads the part is kept that the higher version leads to.
  /// Merged again with either of them, the result stays as it is. Both must have been read with all documents.
  ///
  /// - Parameter source: What both are called together, for messages.
  /// - Throws: `configuration` for a bundle that is another one in each, and for what would be no catalog by OLM's rules.
  ///
  /// Source: `formats/pruning.md`, "Merging".
  public func merged(with earlier: Catalog, source: String) throws(SealiftError) -> MergedCatalog {
    var result = MergedCatalog(catalog: self)
    result.catalog.flaws += earlier.flaws
    result.catalog.others = others.adding(earlier.others)
    for package in earlier.sortedPackages {
      guard let own = packages[package.name] else {
        result.catalog.packages[package.name] = package
        continue
      }
      let (merged, lost) = try own.merged(with: package, source: source)
      result.catalog.packages[package.name] = merged
      result.lost += lost
    }
    do throws(SealiftError) { try result.catalog.validate(source: "\(source), merged,") } catch {
      throw SealiftError(.configuration, error.problem, nextStep: Self.withoutMerging)
    }
    return result
  }

  /// Whether both are written alike.
  public func hasSameDocuments(as other: Catalog) -> Bool {
    guard packageNames == other.packageNames else { return false }
    let own = [others] + sortedPackages.map(\.documents)
    let theirs = [other.others] + other.sortedPackages.map(\.documents)
    return zip(own, theirs).allSatisfy { $0.elementsEqual($1) { $0.bytes == $1.bytes } }
  }

  fileprivate static let withoutMerging =
    "pack one bundle with the packages of both, and unpack that without --merge-catalogs"
}

extension CatalogPackage {
  fileprivate func merged(
    with earlier: CatalogPackage, source: String
  ) throws(SealiftError) -> (package: CatalogPackage, lost: [String]) {
    var result = self
    result.flaws += earlier.flaws
    result.others = others.adding(earlier.others)
    if packageDocumentCount == 0 {
      result.packageDocumentCount = earlier.packageDocumentCount
      result.packageDocuments = earlier.packageDocuments
      result.defaultChannel = earlier.defaultChannel
    }
    try result.add(bundles: earlier.bundles, source: source)
    let lost = try result.add(channels: earlier.channels)
    let names = Set(result.channels.flatMap { $0.entries.map(\.name) })
    result.bundles.removeAll { !names.contains($0.name) }
    result.deprecations = try deprecations(with: earlier)
    try result.trimDeprecations(names)
    return (result, lost)
  }

  private mutating func add(bundles earlier: [OperatorBundle], source: String) throws(SealiftError) {
    let own = Dictionary(bundles.map { ($0.name, $0) }) { first, _ in first }
    for bundle in earlier {
      guard let same = own[bundle.name] else {
        bundles.append(bundle)
        continue
      }
      guard same.document?.bytes == bundle.document?.bytes else { throw differing(same, bundle, source) }
    }
  }

  private func differing(_ bundle: OperatorBundle, _ earlier: OperatorBundle, _ source: String) -> SealiftError {
    let images = bundle.image == earlier.image ? "" : " (\(earlier.image) and \(bundle.image))"
    return SealiftError(
      .configuration,
      "the bundle \(bundle.name) of package '\(name)' is not the same in both catalogs that would be \(source)\(images)",
      nextStep: Catalog.withoutMerging)
  }

  /// Adds the entries of channels.
  ///
  /// - Returns: What has no place among them: one sentence each.
  private mutating func add(channels earlier: [CatalogChannel]) throws(SealiftError) -> [String] {
    var lost: [String] = []
    for channel in earlier {
      guard let place = channels.firstIndex(where: { $0.name == channel.name }) else {
        channels.append(channel)
        continue
      }
      let all = try channels[place].adding(channel)
      let kept = soundPart(of: all.entries)
      channels[place] = try all.keeping(kept)
      lost += all.entries.map(\.name).filter { !kept.contains($0) }.sorted(by: byteOrder).map {
        "bundle \($0) is no more in channel '\(channel.name)' of package '\(name)': no update leads from it to "
          + "\(ChannelGraph(channels[place].entries).headNames.joined(separator: ", "))"
      }
    }
    return lost
  }

  /// What is said of things that only the earlier one has is kept; of all others this one says it.
  private func deprecations(with earlier: CatalogPackage) throws(SealiftError) -> [DeprecationList] {
    guard let list = earlier.deprecations.first, earlier.deprecations.count == 1 else {
      return deprecations + earlier.deprecations
    }
    let isAdded = list.entries.map { entry in
      switch entry.schema {
      case CatalogSchema.channel: channel(entry.name) == nil
      case CatalogSchema.bundle: bundle(entry.name) == nil
      default: packageDocumentCount == 0
      }
    }
    guard isAdded.contains(true) else { return deprecations }
    var merged = list
    merged.entries = zip(list.entries, isAdded).filter(\.1).map(\.0)
    if let own = deprecations.first, !own.entries.isEmpty {
      merged.document = try list.document.flatMap { (document) throws(SealiftError) in
        try own.document?.adding(entriesOf: document) { isAdded[$0] }
      }
      merged.entries = own.entries + merged.entries
    } else if isAdded.contains(false) {
      merged.document = try list.document?.keepingEntries { isAdded[$0] }
    }
    return [merged] + deprecations.dropFirst()
  }
}

extension CatalogChannel {
  /// The channel with the entries of another one that it does not have.
  fileprivate func adding(_ other: CatalogChannel) throws(SealiftError) -> CatalogChannel {
    let own = Set(entries.map(\.name))
    let added = other.entries.filter { !own.contains($0.name) }
    if added.isEmpty { return self }
    if entries.isEmpty { return other }
    var merged = self
    merged.entries += added
    merged.document = try other.document.flatMap { (document) throws(SealiftError) in
      try self.document?.adding(entriesOf: document) { !own.contains(other.entries[$0].name) }
    }
    return merged
  }
}

extension [CatalogDocument] {
  /// These, and those of others whose schema and name none of these has.
  fileprivate func adding(_ others: [CatalogDocument]) -> [CatalogDocument] {
    let own = Set(map { [$0.schema, $0.name] })
    return self + others.filter { !own.contains([$0.schema, $0.name]) }
  }
}
