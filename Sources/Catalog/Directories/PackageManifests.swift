internal import Diagnostics
internal import JSON

/// A package in the package-manifest format: which version each channel begins with.
///
/// Source: operator-registry, `registry.PackageManifest`.
struct PackageManifest {
  /// One channel.
  struct Channel {
    let name: String
    /// The name of the ClusterServiceVersion at its head.
    let head: String
  }

  /// Its file.
  let path: String
  /// The name of the package.
  let name: String
  /// The channels.
  let channels: [Channel]
  /// The default channel; one that stands alone need not be named.
  let defaultChannel: String

  /// Reads a document without a kind.
  ///
  /// - Returns: `nil` for one that is no package manifest.
  /// - Throws: `corrupt` for one that says too little.
  init?(_ value: JSONValue, _ path: String, _ tree: OperatorFileTree) throws(SealiftError) {
    guard let name = value["packageName"]?.text, let channels = value["channels"]?.elements else { return nil }
    self.path = path
    self.name = name
    self.channels = try channels.map { (channel) throws(SealiftError) in
      guard let name = channel["name"]?.text, let head = channel["currentCSV"]?.text else {
        throw SealiftError(
          .corrupt, "\(tree.name(path)): a channel has no name, or no currentCSV, in plain text",
          nextStep: "correct the package manifest")
      }
      return Channel(name: name, head: head)
    }
    let written = value["defaultChannel"]?.text ?? ""
    defaultChannel = written.isEmpty && channels.count == 1 ? self.channels[0].name : written
  }
}

/// The channels of a package, made of the versions that lie below its manifest.
struct PackageManifestGraph {
  /// The channels, each with its entries.
  private(set) var channels: [(name: String, entries: [CatalogChannel.Entry])] = []
  /// The versions that are in a channel.
  private(set) var members: [FoundOperator] = []

  /// Follows `replaces` from the head of each channel. What the versions on that way skip is in the channel too, if it is
  /// there at all. Names of which no version is there stay as edges that lead nowhere, but for the head: the channel then
  /// has an entry without a bundle, which OLM refuses.
  ///
  /// - Throws: `corrupt` for more entries than any real package has.
  ///
  /// Source: operator-registry, `pkg/sqlite`, `addPackageChannels`.
  init(_ package: PackageManifest, _ operators: [FoundOperator], _ tree: OperatorFileTree) throws(SealiftError) {
    let byName = Dictionary(grouping: operators, by: \.name)
    var names: Set<String> = []
    var count = 0
    for channel in package.channels {
      var entries: [CatalogChannel.Entry] = []
      var seen: Set<String> = []
      func add(_ name: String) -> CatalogChannel.Entry? {
        guard let found = byName[name]?.first, seen.insert(name).inserted else { return nil }
        entries.append(found.entry)
        return found.entry
      }
      var next: String? = channel.head
      while let name = next {
        let entry = add(name)
        entry?.skips.forEach { _ = add($0) }
        next = entry?.replaces
      }
      if entries.isEmpty { entries.append(.init(name: channel.head)) }
      count += entries.count
      guard count <= CatalogLimits.packageEntries else {
        throw CatalogLimits.tooManyEntries(in: tree.name(package.path))
      }
      channels.append((channel.name, entries))
      names.formUnion(seen)
    }
    // Of two with one name both are bundles, which OLM refuses by name.
    members = operators.filter { names.contains($0.name) }
  }
}
