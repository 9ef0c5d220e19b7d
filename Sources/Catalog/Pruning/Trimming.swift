internal import Diagnostics

extension CatalogChannel {
  /// The channel with the entries of these names alone.
  func keeping(_ names: Set<String>) throws(SealiftError) -> CatalogChannel {
    guard names.count < entries.count else { return self }
    var kept = self
    kept.entries = entries.filter { names.contains($0.name) }
    kept.document = try document?.keepingEntries { names.contains(entries[$0].name) }
    return kept
  }
}

extension CatalogPackage {
  /// Cuts out what is said of channels and bundles that are gone.
  ///
  /// - Parameter bundleNames: The bundles that are kept.
  mutating func trimDeprecations(_ bundleNames: Set<String>) throws(SealiftError) {
    let channelNames = Set(channels.map(\.name))
    var lists: [DeprecationList] = []
    for list in deprecations {
      let isKept = list.entries.map { entry in
        switch entry.schema {
        case CatalogSchema.channel: channelNames.contains(entry.name)
        case CatalogSchema.bundle: bundleNames.contains(entry.name)
        default: true
        }
      }
      guard isKept.contains(true) else { continue }
      var trimmed = list
      trimmed.entries = zip(list.entries, isKept).filter(\.1).map(\.0)
      if isKept.contains(false) { trimmed.document = try list.document?.keepingEntries { isKept[$0] } }
      lists.append(trimmed)
    }
    deprecations = lists
  }
}
