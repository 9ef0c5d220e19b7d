import CatalogDatabase
import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

@Suite("Catalogs as SQLite databases")
struct CatalogDatabaseTests {
  @Test("a database of migration 12 becomes a package, a channel and bundles")
  func current() throws {
    let documents = try Self.documents(of: Self.migration12)
    #expect(
      documents == [
        #"{"defaultChannel":"beta","icon":{"base64data":"AA==","mediatype":"i"},"name":"foo","schema":"olm.package"}"#,
        #"{"entries":[{"name":"foo.v2","replaces":"foo.v1","skipRange":"<0.2.0","skips":["foo.v1.1","foo.v1.2"]},"#
          + #"{"name":"foo.v1"}],"name":"beta","package":"foo","schema":"olm.channel"}"#,
        #"{"image":"r.io/foo-bundle:2","name":"foo.v2","package":"foo","properties":["#
          + #"{"type":"olm.package","value":{"packageName":"foo","version":"0.2.0"}},"#
          + #"{"type":"olm.gvk","value":{"group":"g","kind":"Foo","version":"v1"}},"#
          + #"{"type":"olm.gvk.required","value":{"group":"h","kind":"Bar","version":"v1"}},"#
          + #"{"type":"olm.package.required","value":{"packageName":"bar","versionRange":">=1.0.0"}}],"#
          + #""relatedImages":[{"image":"r.io/foo-bundle:2","name":""},{"image":"r.io/foo:2","name":""}],"#
          + #""schema":"olm.bundle"}"#,
        #"{"image":"r.io/foo-bundle:1","name":"foo.v1","package":"foo","properties":["#
          + #"{"type":"olm.package","value":{"packageName":"foo","version":"0.1.0"}}],"#
          + #""relatedImages":[{"image":"r.io/foo-bundle:1","name":""}],"schema":"olm.bundle"}"#,
      ])
  }

  @Test("before migration 7 the edges of a channel say what an entry replaces, and what it skips")
  func edges() throws {
    let channel = try #require(Self.documents(of: Self.migration5).first { $0.contains("olm.channel") })
    #expect(channel.contains(#"{"name":"foo.v2","replaces":"foo.v1","skips":["foo.v1.1"]}"#))
  }

  @Test("a bundle without an image keeps its objects in the catalog")
  func objects() throws {
    let bundle = try #require(Self.documents(of: Self.migration5).last)
    // {"kind":"ClusterServiceVersion","spec":{"version":"0.1.0"}} and {"kind":"Crd"}, in base64.
    #expect(bundle.contains("eyJraW5kIjoiQ2x1c3RlclNlcnZpY2VWZXJzaW9uIiwic3BlYyI6eyJ2ZXJzaW9uIjoiMC4xLjAifX0="))
    #expect(bundle.contains("eyJraW5kIjoiQ3JkIn0="))
    #expect(bundle.contains(#""version":"0.1.0""#))
  }

  @Test("a deprecated bundle is left out")
  func deprecated() throws {
    let documents = try Self.documents(
      of: Self.migration12 + "INSERT INTO properties VALUES ('olm.deprecated', '{}', 'foo.v1');")
    #expect(!documents.contains { $0.contains(#""name":"foo.v1","package":"foo","properties""#) })
  }

  @Test("a migration that is not known is named", arguments: [0, 99])
  func migration(number: Int) throws {
    let error = try #require(throws: SealiftError.self) {
      try Self.documents(
        of: "CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES (\(number));")
    }
    #expect(error.code == .corrupt && error.problem.contains("migration \(number)"))
  }

  @Test("what is no database, or only half of one, is an error")
  func damaged() throws {
    try Self.withDatabase(Self.migration12) { path in
      let bytes = try FileSystem.read(path, limit: 1 << 20)
      for size in [0, 15, 100, 4096, bytes.count / 2, bytes.count - 4096] {
        try FileSystem.write(Array(bytes.prefix(size)), to: path)
        let error = try #require(throws: SealiftError.self, "\(size) bytes") {
          try CatalogDatabase(path).documents { _ in }
        }
        #expect(error.code == .corrupt)
      }
    }
  }

  @Test("a view that never ends in the place of a table is an error, not a wait")
  func view() throws {
    let endless = "CREATE VIEW package AS WITH RECURSIVE n(name) AS (SELECT 1 UNION ALL SELECT name + 1 FROM n) "
    let error = try #require(throws: SealiftError.self) {
      try Self.documents(
        of: "CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES (12);"
          + "CREATE TABLE operatorbundle (name);" + endless + "SELECT name, 'c' AS default_channel FROM n;")
    }
    #expect(error.code == .corrupt)
  }

  @Test("a database that another process has locked is read all the same")
  func locked() throws {
    try Self.withDatabase(Self.migration12) { path in
      let script = """
        import signal, sqlite3, sys
        connection = sqlite3.connect(sys.argv[1])
        connection.execute('BEGIN EXCLUSIVE')
        print('locked', flush=True)
        signal.pause()
        """
      let holder = try RunningProcess("python3", ["-c", script, path], log: "\(path).log")
      _ = try holder.wait { $0.contains("locked") ? true : nil }
      var count = 0
      try CatalogDatabase(path).documents { _ in count += 1 }
      #expect(count == 4)
      holder.stop()
    }
  }

  @Test("real databases are read", .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.reason)))
  func real() throws {
    let wanted = ["migration-7.db": ["etcd", "prometheus"], "migration-12.db": ["foo"]]
    for (name, packages) in wanted {
      var found: [String] = []
      try CatalogDatabase(Corpus.path("sqlite/\(name)")).documents { document in
        if document["schema"]?.text == "olm.package" { found.append(document["name"]?.text ?? "") }
      }
      #expect(found == packages)
    }
  }

  private static func documents(of statements: String) throws -> [String] {
    var documents: [String] = []
    try withDatabase(statements) { path in
      try CatalogDatabase(path).documents {
        documents.append(String(decoding: JSONWriter.bytes(of: $0), as: UTF8.self))
      }
    }
    return documents
  }

  private static func withDatabase(_ statements: String, _ body: (String) throws -> Void) throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/index.db"
    let script = "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nc.executescript(sys.argv[2])\nc.commit()"
    _ = try runTool("python3", ["-c", script, path, statements])
    try body(path)
  }

  private static let migration12 = """
    CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES (12);
    CREATE TABLE package (name, default_channel); INSERT INTO package VALUES ('foo', 'beta');
    CREATE TABLE channel (name, package_name, head_operatorbundle_name); INSERT INTO channel VALUES ('beta', 'foo', 'foo.v2');
    CREATE TABLE operatorbundle (name, csv, bundle, bundlepath, skiprange, version, replaces, skips, substitutesfor);
    INSERT INTO operatorbundle VALUES
      ('foo.v2', '{"spec":{"icon":[{"base64data":"AA==","mediatype":"i"}]}}', NULL, 'r.io/foo-bundle:2', '<0.2.0',
       '0.2.0', 'foo.v1', 'foo.v1.1,foo.v1.2', ''),
      ('foo.v1', NULL, NULL, 'r.io/foo-bundle:1', '', '0.1.0', '', '', '');
    CREATE TABLE channel_entry (entry_id, channel_name, package_name, operatorbundle_name, replaces, depth);
    INSERT INTO channel_entry VALUES (1, 'beta', 'foo', 'foo.v2', 2, 0), (2, 'beta', 'foo', 'foo.v1', NULL, 1),
      (3, 'beta', 'foo', 'foo.v1.1', NULL, 1);
    CREATE TABLE related_image (image, operatorbundle_name);
    INSERT INTO related_image VALUES ('r.io/foo:2', 'foo.v2'), ('r.io/foo-bundle:2', 'foo.v2');
    CREATE TABLE properties (type, value, operatorbundle_name);
    INSERT INTO properties VALUES ('olm.package', '{"packageName":"foo","version":"0.2.0"}', 'foo.v2');
    CREATE TABLE dependencies (type, value, operatorbundle_name);
    INSERT INTO dependencies VALUES ('olm.package', '{"packageName":"bar","version":">=1.0.0"}', 'foo.v2');
    CREATE TABLE api_provider (group_name, version, kind, operatorbundle_name);
    INSERT INTO api_provider VALUES ('g', 'v1', 'Foo', 'foo.v2');
    CREATE TABLE api_requirer (group_name, version, kind, operatorbundle_name);
    INSERT INTO api_requirer VALUES ('h', 'v1', 'Bar', 'foo.v2');
    """

  private static let migration5 = """
    CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES (5);
    CREATE TABLE package (name, default_channel); INSERT INTO package VALUES ('foo', 'beta');
    CREATE TABLE channel (name, package_name, head_operatorbundle_name); INSERT INTO channel VALUES ('beta', 'foo', 'foo.v2');
    CREATE TABLE operatorbundle (name, csv, bundle, bundlepath, skiprange, version);
    INSERT INTO operatorbundle VALUES ('foo.v2', NULL, NULL, 'r.io/foo-bundle:2', '', '0.2.0'),
      ('foo.v1', '{"kind":"ClusterServiceVersion","spec":{"version":"0.1.0"}}',
       '{"kind":"Crd"}
        {"kind":"ClusterServiceVersion"}', NULL, '', NULL);
    CREATE TABLE channel_entry (entry_id, channel_name, package_name, operatorbundle_name, replaces, depth);
    INSERT INTO channel_entry VALUES (1, 'beta', 'foo', 'foo.v2', 2, 0), (2, 'beta', 'foo', 'foo.v1', NULL, 3),
      (3, 'beta', 'foo', 'foo.v2', 4, 1), (4, 'beta', 'foo', 'foo.v1.1', NULL, 1);
    CREATE TABLE related_image (image, operatorbundle_name);
    CREATE TABLE api_provider (group_name, version, kind, channel_entry_id);
    CREATE TABLE api_requirer (group_name, version, kind, channel_entry_id);
    """
}
