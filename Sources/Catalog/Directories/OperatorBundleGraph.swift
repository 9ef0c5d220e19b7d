internal import Versions

/// How a package wants the channels of its bundles to be made.
///
/// Source: community-operators, `ci.yaml`, key `updateGraph`; operator-registry, `docs/design/opm-tooling.md`.
enum UpdateGraph: String {
  /// As each version says it.
  case replaces
  /// Each version replaces the one before.
  case versions = "semver"
  /// The same, but only the highest patch of each minor version is stopped at.
  case minorVersions = "semver-skippatch"

  /// Reads a mode, which is written with `-mode` at its end or without.
  init?(_ text: String) { self.init(rawValue: text.hasSuffix("-mode") ? String(text.dropLast(5)) : text) }
}

/// One bundle of a package, and the version in it.
struct PlacedOperatorBundle {
  let bundle: OperatorBundleDirectory
  let version: FoundOperator
}

/// The channels of a package, made of the bundles that say to be in them.
struct OperatorBundleGraph {
  /// The channels, each with its entries.
  let channels: [(name: String, entries: [CatalogChannel.Entry])]
  /// The default channel.
  let defaultChannel: String
  /// The bundle of the highest version.
  let newest: PlacedOperatorBundle?

  /// - Parameters:
  ///   - bundles: All bundles of one package.
  ///   - mode: How to make the channels. If a version cannot be read, they are made as the versions say it.
  init(_ bundles: [PlacedOperatorBundle], _ mode: UpdateGraph) {
    let sorted = bundles.sorted(by: Self.precedes)
    newest = sorted.last
    let isVersioned = sorted.allSatisfy { $0.version.version != nil }
    var entries: [String: [PlacedOperatorBundle]] = [:]
    for bundle in sorted {
      for channel in Set(bundle.bundle.channels) { entries[channel, default: []].append(bundle) }
    }
    channels = entries.keys.sorted(by: byteOrder).map { name in
      (name, Self.entries(entries[name] ?? [], isVersioned ? mode : .replaces))
    }
    // The highest version decides, as it does where bundles are added to a catalog one after the other.
    let named = sorted.last { !$0.bundle.defaultChannel.isEmpty }?.bundle.defaultChannel
    defaultChannel = named ?? sorted.last?.bundle.channels.min(by: byteOrder) ?? ""
  }

  private static func precedes(_ left: PlacedOperatorBundle, _ right: PlacedOperatorBundle) -> Bool {
    switch (left.version.version, right.version.version) {
    case (let one?, let other?):
      one.precedes(other) || (!other.precedes(one) && byteOrder(left.version.name, right.version.name))
    case (nil, .some): true
    case (.some, nil): false
    case (nil, nil): byteOrder(left.version.name, right.version.name)
    }
  }

  private static func entries(_ bundles: [PlacedOperatorBundle], _ mode: UpdateGraph) -> [CatalogChannel.Entry] {
    let entries = bundles.map(\.version.entry)
    switch mode {
    case .replaces: return entries
    case .versions:
      return entries.enumerated().map { place, entry in
        .init(
          name: entry.name, replaces: place > 0 ? entries[place - 1].name : nil, skipRange: entry.skipRange)
      }
    case .minorVersions:
      let minors = bundles.map { [$0.version.version?.major ?? 0, $0.version.version?.minor ?? 0] }
      return entries.enumerated().map { place, entry in
        let below = minors[..<place].lastIndex { $0 != minors[place] }
        return .init(
          name: entry.name, replaces: below.map { entries[$0].name },
          skips: entries[((below ?? -1) + 1)..<place].map(\.name), skipRange: entry.skipRange)
      }
    }
  }
}
