internal import Diagnostics
internal import Digests
public import JSON

/// A catalog as an SQLite database, the format of catalog images before file-based catalogs.
///
/// Tables and columns differ from migration to migration: each query asks for what is there.
///
/// Source: operator-registry, pkg/sqlite/migrations, up to 013.
public struct CatalogDatabase {
  // What came before the first has no related images; what comes after the last is not known.
  private static let migrations = 1...13
  // The oldest channels hold some hundred entries.
  private static let maximumEntries = 100_000
  /// How the objects in it are read: as OLM reads them.
  static let json = JSONLimits(isLenient: true)

  private let database: Database
  private let path: String
  private let bundleColumns: Set<String>

  /// Opens a database.
  ///
  /// - Throws: `corrupt` for a file that is no catalog's database, or is one of an unknown migration.
  public init(_ path: String) throws {
    self.path = path
    database = try Database(path)
    var migration: Int?
    try database.query("SELECT max(version) FROM schema_migrations") { migration = $0.integer(0) }
    guard let migration, Self.migrations.contains(migration) else {
      let found = migration.map { "migration \($0)" } ?? "no migration"
      throw SealiftError(
        .corrupt,
        "the catalog's database \(path) is of \(found), and \(Self.migrations.lowerBound) to "
          + "\(Self.migrations.upperBound) are understood",
        nextStep: "ask the catalog's publisher for a file-based catalog")
    }
    bundleColumns = try database.columns(of: "operatorbundle")
  }

  /// Reads the catalog as the documents of a file-based catalog, package by package: `olm.package`, `olm.channel`,
  /// `olm.bundle`. Deprecated bundles are left out, as OLM's own conversion does it.
  ///
  /// - Parameter emit: Takes each document.
  /// - Throws: `corrupt`, and what `emit` throws. Blocks.
  public func documents(_ emit: (JSONValue) throws -> Void) throws {
    var packages: [(name: String, channel: String)] = []
    try database.query("SELECT name, default_channel FROM package ORDER BY name") { row in
      packages.append((row.text(0), row.text(1)))
    }
    let deprecated = try deprecatedBundles()
    for package in packages {
      let channels = try channels(of: package.name, without: deprecated)
      try emit(document("olm.package", package.name, try description(of: package.name, default: package.channel)))
      for channel in channels { try emit(channel.document(in: package.name)) }
      var seen: Set<String> = []
      for name in channels.flatMap(\.entries).map(\.name) where seen.insert(name).inserted {
        try emit(try bundle(name, in: package.name))
      }
    }
  }

  private func document(_ schema: String, _ name: String, _ members: [JSONValue.Member]) -> JSONValue {
    .object([.init("schema", .string(schema)), .init("name", .string(name))] + members)
  }

  private func deprecatedBundles() throws -> Set<String> {
    var names: Set<String> = []
    guard try !database.columns(of: "properties").isEmpty else { return names }
    try database.query("SELECT operatorbundle_name FROM properties WHERE type = 'olm.deprecated'") { row in
      names.insert(row.text(0))
    }
    return names
  }

  private func description(of package: String, default channel: String) throws -> [JSONValue.Member] {
    var csv: [UInt8] = []
    try database.query(
      "SELECT b.csv FROM channel c JOIN operatorbundle b ON b.name = c.head_operatorbundle_name "
        + "WHERE c.package_name = ?1 AND c.name = ?2", [package, channel]
    ) { csv = $0.bytes(0) }
    let icon = csv.isEmpty ? nil : try value(csv, "ClusterServiceVersion")["spec"]?["icon"]?.elements?.first
    let members = icon?.members?.filter { ["base64data", "mediatype"].contains($0.name) } ?? []
    return [.init("defaultChannel", .string(channel))] + (members.isEmpty ? [] : [.init("icon", .object(members))])
  }

  private func channels(of package: String, without deprecated: Set<String>) throws -> [Channel] {
    var names: [String] = []
    try database.query("SELECT name FROM channel WHERE package_name = ?1 ORDER BY name", [package]) { row in
      names.append(row.text(0))
    }
    var channels: [Channel] = []
    for name in names {
      var bundles: [String] = []
      // Names that were only skipped or replaced have entries too, but no bundle.
      try database.query(
        "SELECT e.operatorbundle_name FROM channel_entry e JOIN operatorbundle b ON b.name = e.operatorbundle_name "
          + "WHERE e.package_name = ?1 AND e.channel_name = ?2 GROUP BY e.operatorbundle_name "
          + "ORDER BY min(e.depth), e.operatorbundle_name LIMIT \(Self.maximumEntries)", [package, name]
      ) { bundles.append($0.text(0)) }
      let kept = bundles.filter { !deprecated.contains($0) }
      let entries = try kept.map { try entry($0, in: name, of: package) }
      if !entries.isEmpty { channels.append(Channel(name: name, entries: entries)) }
    }
    return channels
  }

  private func entry(_ bundle: String, in channel: String, of package: String) throws -> Channel.Entry {
    var entry = Channel.Entry(name: bundle)
    if bundleColumns.contains("skiprange") {
      try database.query("SELECT skiprange FROM operatorbundle WHERE name = ?1", [bundle]) { row in
        entry.skipRange = row.text(0)
      }
    }
    if bundleColumns.isSuperset(of: ["replaces", "skips"]) {
      try database.query("SELECT replaces, skips FROM operatorbundle WHERE name = ?1", [bundle]) { row in
        entry.replaces = row.text(0)
        entry.skips = row.text(1).split(separator: ",").map(String.init)
      }
      return entry
    }
    // Before migration 7 there are only edges: the first one replaces, the others skip.
    var targets: [String] = []
    try database.query(
      "SELECT r.operatorbundle_name FROM channel_entry e JOIN channel_entry r ON r.entry_id = e.replaces "
        + "WHERE e.package_name = ?1 AND e.channel_name = ?2 AND e.operatorbundle_name = ?3 ORDER BY e.depth",
      [package, channel, bundle]
    ) { targets.append($0.text(0)) }
    entry.replaces = targets.first ?? ""
    entry.skips = Array(targets.dropFirst())
    return entry
  }

  private func bundle(_ name: String, in package: String) throws -> JSONValue {
    var stored = StoredOperatorBundle()
    let imageColumn = bundleColumns.contains("bundlepath") ? "bundlepath" : "''"
    let versionColumn = bundleColumns.contains("version") ? "version" : "''"
    try database.query(
      "SELECT \(imageColumn), \(versionColumn), csv, bundle FROM operatorbundle WHERE name = ?1", [name]
    ) { row in
      stored = StoredOperatorBundle(image: row.text(0), version: row.text(1), csv: row.bytes(2), objects: row.bytes(3))
    }
    var properties = try OperatorBundleProperties(database, bundle: name, package: package, path)
    try properties.addVersion(stored.version, csv: stored.csv)
    if stored.image.isEmpty { try properties.addObjects(csv: stored.csv, others: stored.objects) }
    var images: [String] = []
    try database.query(
      "SELECT DISTINCT image FROM related_image WHERE operatorbundle_name = ?1 ORDER BY image", [name]
    ) { images.append($0.text(0)) }
    if !stored.image.isEmpty, !images.contains(stored.image) { images.append(stored.image) }
    return document(
      "olm.bundle", name,
      [
        .init("package", .string(package)), .init("image", .string(stored.image)),
        .init("properties", .array(properties.values)),
        .init(
          "relatedImages",
          .array(images.map { .object([.init("name", .string("")), .init("image", .string($0))]) })),
      ])
  }

  private func value(_ bytes: [UInt8], _ what: String) throws(SealiftError) -> JSONValue {
    try JSONReader.value(bytes, source: "a \(what) in \(path)", code: .corrupt, limits: Self.json)
  }
}

/// One row of `operatorbundle`.
private struct StoredOperatorBundle {
  var image = ""
  var version = ""
  var csv: [UInt8] = []
  var objects: [UInt8] = []
}

/// One channel, on its way to a document.
private struct Channel {
  struct Entry {
    let name: String
    var replaces = ""
    var skips: [String] = []
    var skipRange = ""
  }

  let name: String
  let entries: [Entry]

  func document(in package: String) -> JSONValue {
    .object([
      .init("schema", .string("olm.channel")), .init("name", .string(name)), .init("package", .string(package)),
      .init("entries", .array(entries.map(\.value))),
    ])
  }
}

extension Channel.Entry {
  fileprivate var value: JSONValue {
    var members = [JSONValue.Member("name", .string(name))]
    if !replaces.isEmpty { members.append(.init("replaces", .string(replaces))) }
    if !skips.isEmpty { members.append(.init("skips", .array(skips.map { .string($0) }))) }
    if !skipRange.isEmpty { members.append(.init("skipRange", .string(skipRange))) }
    return .object(members)
  }
}
