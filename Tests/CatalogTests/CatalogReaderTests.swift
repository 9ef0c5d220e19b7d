import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

@testable import Catalog

@Suite("Reading catalogs")
struct CatalogReaderTests {
  static let mixed = """
    # A comment before everything.
    ---
    schema: olm.package
    name: foo
    defaultChannel: "stable"
    ---
    {"schema":"olm.channel","package":"foo","name":"stable","entries":[{"name":"foo.v1.0.0"}]}
    {
        "Schema": "olm.bundle", "package": "foo", "name": "foo.v1.0.0",
        "image": "registry.example/foo/bundle@sha256:aa", "properties": [
          {"value": {"packageName": "foo", "version": "1.0.0"}, "type": "olm.package"},
          {"type": "olm.bundle.object", "value": {"data": "e30=\\u000a\\"}]}"}}
        ]
    }
    --- # more
    schema: custom/thing
    payload: {"a b": [1.10, 0x1F, yes, "no", ~]}
    """

  @Test("YAML, JSON and JSON after JSON are told by content, in pieces of any size", arguments: [1, 2, 3, 7, 64, 4096])
  func mixedFile(pieces: Int) throws {
    let catalog = try SampleCatalog.read(files: ["README.txt": Self.mixed], pieces: pieces)
    let package = try #require(catalog.packages["foo"])
    #expect(package.defaultChannel == "stable")
    #expect(package.channels.map(\.entries) == [[.init(name: "foo.v1.0.0")]])
    #expect(package.bundles.map(\.versionText) == ["1.0.0"])
    #expect(package.bundles.map(\.hasManifests) == [true])
    let other = try #require(catalog.others.first)
    #expect(
      String(decoding: other.bytes, as: UTF8.self)
        == #"{"schema":"custom/thing","payload":{"a b":[1.10,31,true,"no",null]}}"#)
  }

  @Test("a JSON document comes out byte for byte")
  func verbatim() throws {
    let text = "{ \"schema\" : \"x\",\n\t\"big\": 123456789012345678901234567890.10e+5, \"u\": \"\\u00e9\\/\" }"
    #expect(try SampleCatalog.read([text]).others.map(\.bytes) == [Array(text.utf8)])
  }

  @Test("the members that say what a document is count whatever the case of their letters, but not in two cases")
  func foldedNames() throws {
    let catalog = try SampleCatalog.read([#"{"SCHEMA":"olm.package","n\u0061Me":"foo","DefaultChannel":"a"}"#])
    #expect(catalog.packages["foo"]?.defaultChannel == "a")
    for text in [
      #"{"schema":"a","Schema":"b"}"#, #"{"schema":"a","name":"x","NAME":"x"}"#, "schema: a\nSchema: b\n",
    ] {
      #expect(try SampleCatalog.read([text]).flaws.first?.contains("stands twice") == true)
    }
  }

  @Test(
    "what is no document of a catalog is refused with its place",
    arguments: [
      ("{\"schema\":\"a\"", "f.json, at byte 13: the file ends inside a document"),
      ("{\"schema\":\"a\"}}", "f.json, after 1 JSON documents:1:1: did not find expected node content"),
      ("{schema: a}", "f.json, at byte 1: this is not JSON: 's' is unexpected"),
      ("{\"name\":\"a\"}", "f.json, at byte 0: a document has no schema"),
      ("{\"schema\":1}", "f.json, at byte 10: a string is expected"),
      ("{\"schema\":[}", "f.json, at byte 11: brackets do not match"),
      ("{\"schema\":\"a\",}", "f.json, at byte 14: this is not JSON: '}' is unexpected"),
      ("{\"schema\":\"a\" \"b\":1}", "f.json, at byte 14: this is not JSON"),
      ("{\"schema\":\"a\nb\"}", "f.json, at byte 12: a control character stands in a string"),
      ("# note\nschema: a\nx: *y\n", "f.json:3:4: the alias '*y' stands for nothing"),
      ("schema: a\n---\nschema: b\nx: !!binary aa\n", "f.json:4:4: the tag"),
      ("schema: a\nx: {<<: 1}\n", "f.json:2:9: the merge key"),
      ("- a\n", "f.json:1:1: a document of a catalog is a mapping"),
      ("just text\n", "f.json:1:1: a document of a catalog is a mapping"),
      ("[{\"schema\":\"a\"}]", "f.json:1:1: a document of a catalog is a mapping"),
      ("schema: a\nx: .inf\n", "f.json:2:4: '.inf' is a number that JSON cannot write"),
    ])
  func refused(text: String, problem: String) throws {
    let catalog = try SampleCatalog.read(files: ["f.json": text])
    #expect(catalog.problems().first?.hasPrefix(problem) == true, "\(catalog.problems())")
    let error = #expect(throws: SealiftError.self) { try catalog.pruned(by: CatalogRequest(), source: "a") }
    #expect(error?.code == .corrupt)
  }

  @Test("nesting, members and documents are bounded")
  func bounded() throws {
    let deep = "{\"schema\":" + String(repeating: "[", count: 300)
    let wide = "{" + (0...1_000).map { "\"m\($0)\":1" }.joined(separator: ",") + "}"
    #expect(try SampleCatalog.read([deep]).flaws.first?.contains("nested deeper than 256") == true)
    #expect(try SampleCatalog.read([wide]).flaws.first?.contains("more than 1000 members") == true)
    let reader = CatalogReader(keeping: .packages([]))
    reader.file("catalog.json")
    let piece = Array(String(repeating: "{\"schema\":\"x\",\"package\":\"p\"}", count: 1_000).utf8)
    for _ in 0..<1_000 { reader.take(piece.span.bytes) }
    reader.end()
    let error = #expect(throws: SealiftError.self) { try reader.catalog() }
    #expect(error?.problem.contains("more than 262144 documents") == true)
  }

  @Test("a line of 1 GB ends the file early and takes no more memory than one document may")
  func endlessLine() throws {
    for start in ["{\"schema\":\"x\",\"data\":\"", "schema: x\ndata: ", "", " \t"] {
      let reader = CatalogReader(keeping: .everything)
      reader.file("catalog")
      reader.take(Array(start.utf8).span.bytes)
      let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
      for _ in 0..<1 << 10 { reader.take(piece.span.bytes) }
      reader.end()
      let flaws = try reader.catalog().flaws
      #expect(flaws.count == 1 && flaws.first?.contains("document is larger than") == true, "\(flaws)")
    }
  }

  @Test("a package that is not asked for leaves nothing but what planning needs")
  func keeping() throws {
    let documents = SampleCatalog.chain(["1.0.0", "2.0.0"]) + SampleCatalog.chain(["3.0.0"], of: "bar")
    let catalog = try SampleCatalog.read(documents, keeping: .packages(["foo"]))
    #expect(catalog.packages["foo"]?.documents.count == 4)
    #expect(catalog.packages["bar"]?.documents.count == 0)
    #expect(catalog.packages["bar"]?.bundles.map(\.versionText) == ["3.0.0"])
    #expect(catalog.packagesWithoutDocuments == ["bar"])
    #expect(throws: SealiftError.self) { try catalog.files() }
  }

  @Test("a catalog is the same whatever the order of its files")
  func order() throws {
    let documents = SampleCatalog.chain(["1.0.0", "2.0.0", "3.0.0"])
    let files = Dictionary(uniqueKeysWithValues: documents.enumerated().map { ("\($0).json", $1) })
    let first = try SampleCatalog.read(files: files).packages["foo"]?.documents.map(\.bytes)
    for _ in 0..<5 {
      let again = try SampleCatalog.read(files: files.merging([:]) { $1 }).packages["foo"]?.documents.map(\.bytes)
      #expect(again == first)
    }
  }

  @Test("what .indexignore names counts for nothing, even if it cannot be read")
  func ignored() throws {
    let files = [
      ".indexignore": "README.md\n", "README.md": "# no documents", "a/.indexignore": "*.txt\n!keep.txt\nb/\n",
      "a/x.txt": "{", "a/keep.txt": #"{"schema":"kept"}"#, "a/b/c.json": "[", "d/x.txt": #"{"schema":"kept"}"#,
    ]
    #expect(try SampleCatalog.read(files: files).others.map(\.file) == ["a/keep.txt", "d/x.txt"])
    let flaws = try SampleCatalog.read(files: ["a": "{", "README.md": "x"]).flaws
    #expect(flaws.first?.hasPrefix("README.md") == true)
  }

  @Test("a directory is read with all below it, and a link in it is refused")
  func directory() throws {
    let directory = try TemporaryDirectory()
    try FileSystem.makeDirectory(directory("foo"))
    try FileSystem.write(Array(SampleCatalog.chain(["1.0.0"]).joined().utf8), to: directory("foo/catalog.json"))
    #expect(try CatalogDirectory.read(directory.path, keeping: .everything).packageNames == ["foo"])
    #expect(symlink("/etc/passwd", directory("foo/link")) == 0)
    let error = #expect(throws: SealiftError.self) {
      try CatalogDirectory.read(directory.path, keeping: .everything)
    }
    #expect(error?.problem.contains("a symbolic link") == true)
  }
}

@Suite("Rules of .indexignore")
struct IgnoreRulesTests {
  @Test(
    "patterns match as in .gitignore",
    arguments: [
      ("*.md", "a/b/README.md", true), ("*.md", "README.mdx", false), ("/*.md", "a/README.md", false),
      ("/*.md", "README.md", true), ("docs/", "docs/a/b", true), ("docs/", "docs", false),
      ("a/**/z", "a/z", true), ("a/**/z", "a/b/c/z", true), ("a/**/z", "b/a/z", false),
      ("**/x", "a/x", true), ("a/**", "a/b", true), ("a?c", "abc", true), ("a?c", "a/c", false),
      ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("[]]x", "]x", true), ("\\*x", "*x", true),
      ("\\*x", "ax", false), ("#x", "#x", false), ("\\#x", "#x", true), ("x  ", "x", true), ("x\r", "x", true),
      ("*\n!keep", "keep", false), ("d/\n!d/keep", "d/keep", true), ("", "x", false), ("[", "[", true),
    ])
  func matches(rules: String, path: String, isIgnored: Bool) {
    #expect(IgnoreRules([(".indexignore", Array(rules.utf8))]).ignores(path) == isIgnored)
  }

  @Test("a pattern of many stars takes no more than the product of both lengths")
  func stars() {
    let (stars, letters) = (1_000, 999)
    let cost = { (stars: Int, letters: Int) in
      let rules = IgnoreRules([(".indexignore", Array(String(repeating: "*a", count: stars).utf8))])
      let path = String(repeating: "a", count: letters) + "b"
      return Cost.of { #expect(!rules.ignores(path)) }
    }
    #expect(Cost.growth(to: stars) { cost($0, letters) } < Cost.linear)
    #expect(Cost.growth(to: letters) { cost(stars, $0) } < Cost.linear)
  }
}

@Suite("YAML of catalogs")
struct YAMLTranslationTests {
  @Test(
    "plain scalars are read as OLM reads them",
    arguments: [
      ("1", "1"), ("-1", "-1"), ("+1", "1"), ("1.10", "1.10"), ("0.5", "0.5"), (".5", "0.5"), ("5.", "5"),
      ("-.5", "-0.5"), ("1e3", "1e3"), ("1_000", "1000"), ("017", "15"), ("0o17", "15"), ("0x1f", "31"),
      ("0b11", "3"), ("00.5", "0.5"), ("1_0.5e+3", "10.5e3"), ("true", "true"), ("Yes", "true"), ("off", "false"),
      ("n", "false"), ("~", "null"), ("Null", "null"), ("08", "8"), ("1.2.3", "\"1.2.3\""),
      ("v1", "\"v1\""), ("2024-01-01", "\"2024-01-01\""), ("1:30", "\"1:30\""), ("'1'", "\"1\""), ("\"no\"", "\"no\""),
      ("--1", "\"--1\""), ("+-1", "\"+-1\""), ("1e", "\"1e\""), (".", "\".\""), ("0x", "\"0x\""),
      ("18446744073709551616", "18446744073709551616"),
    ])
  func scalars(text: String, json: String) throws {
    let catalog = try SampleCatalog.read(["schema: x\nv: [a, \(text)]"])
    let bytes = try #require(catalog.others.first?.bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == #"{"schema":"x","v":["a",\#(json)]}"#)
  }
}
