internal import Diagnostics
internal import Digests
internal import JSON

/// The properties of one bundle, which a database keeps in up to five tables, each once.
///
/// Source: operator-registry, pkg/registry, the conversion of an API bundle to a model's.
struct OperatorBundleProperties {
  /// The properties as an `olm.bundle` lists them.
  private(set) var values: [JSONValue] = []

  private let package: String
  private let path: String
  private var seen: Set<[UInt8]> = []

  /// Reads what the tables have.
  init(_ database: Database, bundle: String, package: String, _ path: String) throws {
    self.package = package
    self.path = path
    if try !database.columns(of: "properties").isEmpty {
      try database.query(
        "SELECT DISTINCT type, value FROM properties WHERE operatorbundle_name = ?1 ORDER BY type, value", [bundle]
      ) { add($0.text(0), try parsed($0.bytes(1))) }
    }
    try addKinds("olm.gvk", "api_provider", database, bundle)
    try addKinds("olm.gvk.required", "api_requirer", database, bundle)
    if try !database.columns(of: "dependencies").isEmpty {
      try database.query(
        "SELECT DISTINCT type, value FROM dependencies WHERE operatorbundle_name = ?1 ORDER BY type, value", [bundle]
      ) { addDependency($0.text(0), try parsed($0.bytes(1))) }
    }
  }

  /// Adds the version, unless a property has told it.
  mutating func addVersion(_ version: String, csv: [UInt8]) throws {
    guard !values.contains(where: { $0["type"]?.text == "olm.package" }) else { return }
    let known = version.isEmpty && !csv.isEmpty ? try parsed(csv)["spec"]?["version"]?.text ?? "" : version
    add("olm.package", .object([.init("packageName", .string(package)), .init("version", .string(known))]))
  }

  /// Adds the objects of a bundle that is in no image.
  mutating func addObjects(csv: [UInt8], others: [UInt8]) throws {
    var objects = csv.isEmpty ? [] : [try parsed(csv)]
    for object in try JSONReader.values(
      others, source: "the objects of a bundle in \(path)", code: .corrupt, limits: CatalogDatabase.json)
    where csv.isEmpty || object["kind"]?.text != "ClusterServiceVersion" {
      objects.append(object)
    }
    for object in objects {
      add("olm.bundle.object", .object([.init("data", .string(Base64.encode(JSONWriter.bytes(of: object))))]))
    }
  }

  private mutating func addKinds(_ type: String, _ table: String, _ database: Database, _ bundle: String) throws {
    let columns = try database.columns(of: table)
    // Before migration 7 an entry of a channel, not the bundle, has the kinds.
    let owner =
      columns.contains("operatorbundle_name")
      ? "operatorbundle_name = ?1"
      : "channel_entry_id IN (SELECT entry_id FROM channel_entry WHERE operatorbundle_name = ?1)"
    try database.query(
      "SELECT DISTINCT group_name, kind, version FROM \(table) WHERE \(owner) ORDER BY group_name, kind, version",
      [bundle]
    ) { row in
      add(
        type,
        .object([
          .init("group", .string(row.text(0))), .init("kind", .string(row.text(1))),
          .init("version", .string(row.text(2))),
        ]))
    }
  }

  /// A dependency has other names than the property that says the same.
  private mutating func addDependency(_ type: String, _ value: JSONValue) {
    switch type {
    case "olm.package":
      let members = value.members?.map { $0.name == "version" ? .init("versionRange", $0.value) : $0 }
      add("olm.package.required", .object(members ?? []))
    case "olm.gvk": add("olm.gvk.required", value)
    default: add(type, value)
    }
  }

  private mutating func add(_ type: String, _ value: JSONValue) {
    let property = JSONValue.object([.init("type", .string(type)), .init("value", value)])
    if seen.insert(JSONWriter.bytes(of: property)).inserted { values.append(property) }
  }

  private func parsed(_ bytes: [UInt8]) throws(SealiftError) -> JSONValue {
    try JSONReader.value(bytes, source: "a bundle's property in \(path)", code: .corrupt, limits: CatalogDatabase.json)
  }
}
