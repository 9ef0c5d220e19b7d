import CSQLite
import CatalogDatabase
import Diagnostics
import Glibc
import SystemIO

@testable import Catalog

extension Parser {
  /// What reads operator catalogs.
  static let catalogs = [documentsOfCatalogs, ignoreRules, properties]

  private static let documentsOfCatalogs = Parser(
    "catalogs",
    [
      """
      {"schema":"olm.package","name":"foo","defaultChannel":"stable"}
      {"schema":"olm.channel","package":"foo","name":"stable","entries":[{"name":"foo.v2","replaces":"foo.v1",\
      "skips":["foo.v0"],"skipRange":">=0.1.0 <2.0.0"},{"name":"foo.v1"}]}
      {"schema":"olm.bundle","package":"foo","name":"foo.v1","image":"r.io/foo:1","properties":[{"type":"olm.package",\
      "value":{"packageName":"foo","version":"1.0.0"}}],"relatedImages":[{"name":"","image":"r.io/foo:1"}]}
      {"schema":"olm.bundle","package":"foo","name":"foo.v2","image":"r.io/foo:2","properties":[{"type":"olm.package",\
      "value":{"packageName":"foo","version":"2.0.0"}},{"type":"olm.package.required","value":{"packageName":"bar",\
      "versionRange":">=1"}}],"relatedImages":[]}
      """,
      "---\nschema: olm.package\nname: foo\ndefaultChannel: stable\n---\nschema: olm.channel\npackage: foo\n"
        + "name: stable\nentries:\n- name: foo.v1\n---\nschema: olm.bundle\npackage: foo\nname: foo.v1\n"
        + "image: r.io/foo:1\nproperties:\n- type: olm.package\n  value: {packageName: foo, version: 1.0.0}\n",
    ]
  ) { bytes in
    let reader = CatalogReader(keeping: .everything)
    reader.file("catalog")
    // Where a piece ends must not matter.
    let middle = bytes.count / 2
    for piece in [bytes[..<middle], bytes[middle...]] { reader.take(Array(piece).span.bytes) }
    reader.end()
    let catalog = try reader.catalog()
    try catalog.validate(source: "catalog")
    _ = try catalog.pruned(by: CatalogRequest(), source: "catalog")
  }

  private static let ignoreRules = Parser("ignore-rules", ["*.md\n!a/**/b\n/c/\n[a-z]?\\*\n#\n"]) { bytes in
    let rules = IgnoreRules([(".indexignore", bytes)])
    for path in ["a/x/b", "c/d.md", "z"] { _ = rules.ignores(path) }
  }

  /// The texts that publishers put into the tables, between bytes of 0xFF.
  private static let properties = Parser(
    "database-properties",
    samples: {
      let texts = [
        "olm.package", #"{"packageName":"foo","version":"0.1.0"}"#, #"{"kind":"ClusterServiceVersion","spec":{}}"#,
        #"[{"name":"i","image":"r.io/a:1"}]"#, ">=0.1.0", "foo.v0,foo.v00",
      ]
      return [Array(texts.map { Array($0.utf8) }.joined(separator: [0xFF]))]
    }
  ) { bytes in
    let database = try SampleDatabase.shared.get()
    try database.fill(parts(bytes))
    try CatalogDatabase(database.path).documents { _ in }
  }
}

/// A catalog's database whose texts are replaced again and again.
private final class SampleDatabase: @unchecked Sendable {
  static let shared = Result { () throws(SealiftError) in try SampleDatabase() }

  let path = "/dev/shm/sealift-fuzz.\(getpid()).db"
  private var handle: OpaquePointer?
  private var statements: [OpaquePointer?] = []

  private static let tables = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = NORMAL;
    CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES (12);
    CREATE TABLE package (name, default_channel); INSERT INTO package VALUES ('foo', 'beta');
    CREATE TABLE channel (name, package_name, head_operatorbundle_name);
    INSERT INTO channel VALUES ('beta', 'foo', 'foo.v1');
    CREATE TABLE channel_entry (entry_id, channel_name, package_name, operatorbundle_name, replaces, depth);
    INSERT INTO channel_entry VALUES (1, 'beta', 'foo', 'foo.v1', NULL, 0);
    CREATE TABLE operatorbundle (name, csv, bundle, bundlepath, skiprange, version, replaces, skips, substitutesfor);
    INSERT INTO operatorbundle VALUES ('foo.v1', '', '', '', '', '0.1.0', '', '', '');
    CREATE TABLE properties (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path);
    INSERT INTO properties VALUES ('olm.package', '{}', 'foo.v1', '0.1.0', '');
    CREATE TABLE related_image (image, operatorbundle_name);
    CREATE TABLE deprecated (operatorbundle_name);
    CREATE TABLE api_provider (group_name, version, kind, channel_entry_id);
    CREATE TABLE api_requirer (group_name, version, kind, channel_entry_id);
    """

  private init() throws(SealiftError) {
    atexit { unlink("/dev/shm/sealift-fuzz.\(getpid()).db") }
    unlink(path)
    guard sqlite3_open(path, &handle) == SQLITE_OK, sqlite3_exec(handle, Self.tables, nil, nil, nil) == SQLITE_OK else {
      throw .system("cannot make \(path)")
    }
    for text in [
      "UPDATE properties SET type = ?1, value = ?2", "UPDATE operatorbundle SET csv = ?1, skiprange = ?2, skips = ?3",
    ] {
      var statement: OpaquePointer?
      sqlite3_prepare_v2(handle, text, -1, &statement, nil)
      statements.append(statement)
    }
  }

  func fill(_ texts: [[UInt8]]) throws {
    let places = [[0, 1], [2, 4, 5]]
    for (statement, places) in zip(statements, places) {
      for (number, place) in places.enumerated() where place < texts.count {
        // SQLITE_TRANSIENT: sqlite copies the text.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        sqlite3_bind_text(statement, CInt(number + 1), String(decoding: texts[place], as: UTF8.self), -1, copies)
      }
      sqlite3_step(statement)
      sqlite3_reset(statement)
    }
  }
}
