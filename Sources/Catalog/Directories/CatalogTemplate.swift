internal import Diagnostics
internal import JSON
internal import Versions

/// Where the catalog templates of a package lie, as the `ci.yaml` beside its bundles says.
///
/// Source: operator-pipelines, `docs/users/fbc_workflow.md`: `fbc.catalog_mapping`, `catalog-templates/`.
struct CatalogTemplates {
  /// The directory, below that of `ci.yaml`, in which all templates lie.
  static let directory = "catalog-templates"

  /// Each template with the catalogs that it is for: `v4.18`.
  private let mapping: [(file: String, catalogs: [String])]

  /// Reads the value of `fbc`.
  init(_ value: JSONValue) {
    mapping = (value["catalog_mapping"]?.elements ?? []).compactMap { entry in
      guard let file = entry["template_name"]?.text, !file.contains("/"), !file.isEmpty else { return nil }
      return (file, (entry["catalog_names"]?.elements ?? []).compactMap(\.text))
    }
  }

  /// The template that is meant.
  ///
  /// - Parameters:
  ///   - release: The catalog that it is wanted for, if that is known; else it is that for the newest.
  ///   - files: The templates that are there.
  /// - Returns: The file, and the catalog that it is for; `nil` if there is none.
  func choice(for release: String?, among files: [String]) -> (file: String, catalog: String)? {
    let choices = mapping.isEmpty ? files.map { ($0, [$0]) } : mapping.filter { files.contains($0.file) }
    let pairs = choices.flatMap { choice in
      (choice.1.isEmpty ? [""] : choice.1).map { (file: choice.0, catalog: $0) }
    }
    if let release, let exact = pairs.first(where: { $0.catalog == release || $0.catalog.hasPrefix("\(release).y") }) {
      return exact
    }
    return pairs.max { Self.numbers($0.catalog).lexicographicallyPrecedes(Self.numbers($1.catalog)) }
  }

  /// `v4.18.yaml` as 4, 18.
  private static func numbers(_ text: String) -> [Int] {
    text.split { !("0"..."9").contains($0) }.compactMap { Int($0) }
  }
}

/// The channels of a package as a catalog template gives them.
struct TemplateContent {
  /// `olm.package`, channels, deprecations, and bundles that stand in the template itself.
  private(set) var documents: [JSONValue] = []
  /// The names of all entries of all channels.
  private(set) var entries: Set<String> = []

  /// Reads a template.
  ///
  /// - Parameters:
  ///   - values: The documents in its file.
  ///   - package: The package.
  ///   - bundles: The bundles that are there.
  /// - Returns: `nil` for a template that is of neither kind.
  /// - Throws: `corrupt` for one that does not tell the channels.
  ///
  /// Source: operator-registry, `alpha/template`.
  init?(_ values: [JSONValue], of package: String, _ bundles: [PlacedOperatorBundle]) throws(SealiftError) {
    switch values.first?.member("schema")?.text {
    case SemverTemplate.schema:
      let template = try SemverTemplate(values[0], bundles)
      documents = template.documents(of: package)
      entries = template.names
    case "olm.template.basic": take(values[0].member("entries")?.elements ?? [], package)
    // Before templates had a schema of their own.
    case CatalogSchema.package, CatalogSchema.channel, CatalogSchema.bundle: take(values, package)
    default: return nil
    }
  }

  private mutating func take(_ values: [JSONValue], _ package: String) {
    for value in values {
      let schema = value.member("schema")?.text ?? ""
      let owner = value.member(schema == CatalogSchema.package ? "name" : "package")?.text
      // A bundle that only names its image is read from its directory.
      guard owner == package else { continue }
      documents.append(value)
      guard schema == CatalogSchema.channel else { continue }
      entries.formUnion((value.member("entries")?.elements ?? []).compactMap { $0.member("name")?.text })
    }
  }
}

/// A template that lists bundles, from whose versions the channels follow.
///
/// Source: operator-registry, `alpha/template/semver`.
struct SemverTemplate {
  static let schema = "olm.semver"

  /// What a channel is for; the last is the most stable.
  private static let archetypes = ["candidate", "fast", "stable"]

  private enum Kind: String { case major, minor }

  private var channels: [String: [CatalogChannel.Entry]] = [:]
  private var defaultChannel = ""

  /// The names of all entries.
  var names: Set<String> { Set(channels.values.joined().map(\.name)) }

  /// - Throws: `corrupt` for bundles that cannot be found among those that are there.
  init(_ value: JSONValue, _ bundles: [PlacedOperatorBundle]) throws(SealiftError) {
    var kinds: [Kind] = value.member("generateMajorChannels") == .boolean(true) ? [.major] : []
    if kinds.isEmpty || value.member("generateMinorChannels") == .boolean(true) { kinds.append(.minor) }
    let preferred = value.member("defaultChannelTypePreference")?.text.flatMap(Kind.init) ?? kinds.last
    // The default is the channel of the most stable archetype that begins with the highest version.
    var best: (archetype: Int, bundle: PlacedOperatorBundle, isPreferred: Bool)?
    for (stability, archetype) in Self.archetypes.enumerated() {
      let listed = try Self.bundles(value.member(archetype), bundles)
      for kind in kinds {
        for (channel, members) in add(listed, archetype, kind) {
          let isPreferred = kind == preferred
          if let best, best.archetype == stability {
            if members[0].precedes(best.bundle) { continue }
            if !best.bundle.precedes(members[0]), !isPreferred || best.isPreferred { continue }
          }
          best = (stability, members[0], isPreferred)
          defaultChannel = channel
        }
      }
    }
  }

  /// The documents of a package with these channels.
  func documents(of package: String) -> [JSONValue] {
    PackageDocuments(
      name: package, defaultChannel: defaultChannel, icon: nil,
      channels: channels.sorted { byteOrder($0.key, $1.key) }.map { ($0.key, $0.value) }
    ).values
  }

  /// Adds the channels of one kind. Of each minor version the highest bundle replaces that of the minor version below, and
  /// skips all others of its major version; the rest have no edges.
  private mutating func add(
    _ bundles: [PlacedOperatorBundle], _ archetype: String, _ kind: Kind
  ) -> [(channel: String, members: [PlacedOperatorBundle])] {
    var added: [(channel: String, members: [PlacedOperatorBundle])] = []
    var replaced: String?
    var below: [String] = []
    for (place, bundle) in bundles.enumerated() {
      guard let version = bundle.version.version else { continue }
      let next = place + 1 < bundles.count ? bundles[place + 1].version.version : nil
      let isLastOfMinor = next.map { $0.major != version.major || $0.minor != version.minor } ?? true
      let name = "\(archetype)-v\(version.major)" + (kind == .minor ? ".\(version.minor)" : "")
      let entry = CatalogChannel.Entry(
        name: bundle.version.name, replaces: isLastOfMinor ? replaced : nil,
        skips: isLastOfMinor ? below.filter { $0 != replaced }.sorted(by: byteOrder) : [])
      channels[name, default: []].append(entry)
      if added.last?.channel == name {
        added[added.count - 1].members.append(bundle)
      } else {
        added.append((name, [bundle]))
      }
      below.append(bundle.version.name)
      if isLastOfMinor { replaced = bundle.version.name }
      if next?.major != version.major { (replaced, below) = (nil, []) }
    }
    return added
  }

  /// The bundles of one archetype by version.
  private static func bundles(
    _ value: JSONValue?, _ bundles: [PlacedOperatorBundle]
  ) throws(SealiftError) -> [PlacedOperatorBundle] {
    var found: [PlacedOperatorBundle] = []
    for element in value?.member("bundles")?.elements ?? [] {
      let image = element.member("image")?.text ?? ""
      let name = image.split(separator: "@").first?.split(separator: "/").last
      let tag = name?.split(separator: ":").dropFirst().last
      let matches = bundles.filter { bundle in tag.map { bundle.names.contains(String($0)) } ?? false }
      guard let match = matches.first, matches.count == 1, match.version.version != nil else {
        throw SealiftError(
          .corrupt,
          "names the bundle '\(image)', and \(matches.isEmpty ? "no directory" : "no single directory") has a "
            + "version by that tag", nextStep: "name the published catalog in place of the directory")
      }
      if !found.contains(where: { $0.version.name == match.version.name }) { found.append(match) }
    }
    return found.sorted { $0.precedes($1) }
  }
}

extension PlacedOperatorBundle {
  /// Whether its version is lower.
  fileprivate func precedes(_ other: PlacedOperatorBundle) -> Bool {
    guard let version = version.version, let next = other.version.version else { return false }
    return version.precedes(next)
  }

  /// What a tag of its image can be: the name of its directory, its version, or its own name.
  fileprivate var names: Set<String> {
    let directory = bundle.directory.split(separator: "/").last.map { String($0) } ?? ""
    let version = version.version?.description ?? ""
    return [directory, "v\(directory)", version, "v\(version)", self.version.name]
  }
}

extension JSONValue {
  /// The value of a member, whatever the case of its letters, as Go reads fields.
  fileprivate func member(_ name: String) -> JSONValue? {
    members?.last { $0.name.lowercased() == name.lowercased() }?.value
  }
}
