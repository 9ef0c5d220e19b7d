import Diagnostics
import JSON
import TestSupport
import Testing

@testable import Catalog

/// What OLM takes of what others publish, and a stricter reader would not.
@Suite("Catalogs as they are published")
struct LenientReadingTests {
  private static let package = SampleCatalog.package()
  private static let channel = SampleCatalog.channel("stable", ["foo.v1.0.0"])

  /// A valid catalog of one bundle, with further properties.
  private static func documents(_ properties: [String]) -> [String] {
    [package, channel, SampleCatalog.bundle("1.0.0", properties: properties)]
  }

  @Test(
    "what Go's JSON takes is taken, and its bytes stay",
    arguments: [
      #"{"type":"olm.csv.metadata","value":{"annotations":{"capabilities":"Deep Insights","capabilities":"Deep Insights"}}}"#,
      #"{"type":"x","type":"y","value":1,"value":{"a":1,"b":2,"a":[{"c":1,"c":2}]}}"#,
      #"{"type":"lone","value":"\ud800 \udc00 \ud800\ud800 \ud83d\u0041"}"#,
      #"{"type":"big","value":[1e400,-0.0000000000000000000000000000000000000000000000000000000000000000000000000000001]}"#,
      #"{"type":"olm.constraint","value":{"all":{"constraints":"none"}}}"#,
      #"{"type":"olm.skipRange","value":"<1.0.0"}"#, #"{"type":"olm.channel","value":{"name":"stable"}}"#,
      #"{"Type":"olm.maxOpenShiftVersion","VALUE":null,"more":true}"#,
      "{\"type\":\"deep\",\"value\":" + String(repeating: "[", count: 200) + String(repeating: "]", count: 200) + "}",
    ])
  func taken(property: String) throws {
    let documents = Self.documents([property])
    let pruned = try SampleCatalog.read(documents).pruned(
      by: CatalogRequest(packages: [PackageRequest(name: "foo")]), source: "a catalog")
    #expect(pruned.catalog.packages["foo"]?.bundles.first?.document?.bytes == Array(documents[2].utf8))
  }

  @Test("text that is not UTF-8 is taken and stays")
  func notUTF8() throws {
    let reader = CatalogReader(keeping: .everything)
    reader.file("f")
    let text = Array(#"{"schema":"x","name":"a"#.utf8) + [0xFF, 0xC3] + Array(#"b"}"#.utf8)
    reader.take(text.span.bytes)
    reader.end()
    let other = try #require(try reader.catalog().others.first)
    #expect(other.bytes == text)
    #expect(other.name.hasPrefix("a\u{FFFD}") && other.name.hasSuffix("b"))
    #expect(throws: Never.self) { try other.check(source: "a") }
  }

  @Test("of fields that stand twice the last one is read, whatever the case of its letters")
  func lastOneCounts() throws {
    let text = """
      {"schema":"x","schema":"olm.bundle","package":"foo","name":"old","name":"foo.v1","Image":"a/b:1","image":"a/b:2",
       "properties":[],"properties":[{"type":"olm.package","value":{"packageName":"bar","packageName":"foo","version":"0.1.0","Version":"1.0.0"}}],
       "relatedImages":[{"name":"n","image":"a/c:1","image":"a/c:2"}]}
      {"schema":"olm.channel","package":"foo","name":"stable","entries":[],"entries":[{"name":"foo.v1","replaces":"x","replaces":"y"}]}
      {"schema":"olm.deprecations","package":"foo","entries":[{"reference":{"schema":"olm.bundle"},"reference":{"name":"foo.v1"},"message":"m"}]}
      """
    let package = try #require(try SampleCatalog.read([text, Self.package]).packages["foo"])
    let bundle = try #require(package.bundle("foo.v1"))
    #expect(bundle.image == "a/b:2" && bundle.versionText == "1.0.0" && bundle.problems().isEmpty)
    #expect(bundle.relatedImages == [RelatedImage(name: "n", image: "a/c:2")])
    #expect(package.channels.first?.entries == [.init(name: "foo.v1", replaces: "y")])
    // What stands twice is merged where it is an object with known fields.
    #expect(package.deprecations.first?.entries.first?.name == "foo.v1")
    #expect(package.problems() == [])
  }

  @Test("what is cut out or set is the one that counts")
  func lastOneIsChanged() throws {
    let text = """
      {"schema":"olm.channel","package":"foo","name":"stable","entries":[{"name":"z"}],"entries":[{"name":"foo.v1.0.0","replaces":"foo.v0.1.0"},{"name":"foo.v0.1.0"}]}
      """
    let package = #"{"schema":"olm.package","name":"foo","defaultChannel":"x","defaultChannel":"old"}"#
    let other = SampleCatalog.channel("old", ["foo.v0.1.0"])
    let catalog = try SampleCatalog.read([
      package, text, other, SampleCatalog.bundle("1.0.0"), SampleCatalog.bundle("0.1.0"),
    ])
    let request = PackageRequest(name: "foo", channels: [ChannelRequest(name: "stable")], defaultChannel: "stable")
    let pruned = try catalog.pruned(by: CatalogRequest(packages: [request]), source: "a")
    let again = try SampleCatalog.read(
      pruned.catalog.sortedPackages.flatMap(\.documents).map { String(decoding: $0.bytes, as: UTF8.self) })
    #expect(again.packages["foo"]?.defaultChannel == "stable")
    #expect(again.packages["foo"]?.channels.first?.entries.map(\.name) == ["foo.v1.0.0"])
  }

  @Test("that names stand twice is noted once for a package")
  func noted() throws {
    let twice = #"{"type":"olm.csv.metadata","value":{"annotations":{"k":"v","k":"v"}}}"#
    let documents = [
      Self.package, SampleCatalog.channel("stable", ["foo.v2.0.0>foo.v1.0.0", "foo.v1.0.0"]),
      SampleCatalog.bundle("1.0.0", properties: [twice]), SampleCatalog.bundle("2.0.0", properties: [twice]),
    ]
    let request = CatalogRequest(packages: [PackageRequest(name: "foo")], isFull: true)
    let notes = try SampleCatalog.read(documents).pruned(by: request, source: "a").notes
    #expect(
      notes == [
        "package 'foo': a name, 'k', stands twice in olm.bundle 'foo.v1.0.0', and the like in 1 more of its documents; as "
          + "OLM reads it, the last one counts"
      ])
  }

  @Test("that keys stand twice in YAML is noted as in JSON", arguments: ["", "{"])
  func notedInYAML(brace: String) throws {
    let twice = "annotations: {k: v, k: v}"
    let bundle = """
      schema: olm.bundle
      package: foo
      name: foo.v1.0.0
      image: registry.example/foo@sha256:\(String(repeating: "a", count: 64))
      properties:
      - {type: olm.package, value: {packageName: foo, version: 1.0.0}}
      - {type: olm.csv.metadata, value: {\(twice)}}
      """
    let inBraces =
      "{schema: olm.bundle, package: foo, name: foo.v1.0.0, image: 'registry.example/foo:1', properties: "
      + "[{type: olm.package, value: {packageName: foo, version: 1.0.0}}, {type: x, value: {\(twice)}}]}"
    let documents = [
      Self.package, SampleCatalog.channel("stable", ["foo.v1.0.0"]), "---", brace.isEmpty ? bundle : inBraces,
    ]
    let request = CatalogRequest(packages: [PackageRequest(name: "foo")], isFull: true)
    let catalog = try SampleCatalog.read(files: ["catalog.yaml": documents.joined(separator: "\n")])
    let notes = try catalog.pruned(by: request, source: "a").notes
    #expect(notes.count == 1 && notes.first?.contains("a name, 'k', stands twice in olm.bundle 'foo.v1.0.0'") == true)
  }

  @Test(
    "what go-yaml takes is taken",
    arguments: [
      ("a: &x {b: 1}\nc: *x", #""a":{"b":1},"c":{"b":1}"#), ("a: 1\na: 2", #""a":2"#),
      ("b: &x {c: 1, d: 2}\na: {<<: *x, d: 3}", #""b":{"c":1,"d":2},"a":{"d":3,"c":1}"#),
      ("a: !!str 1.10\nb: !!int \"7\"", #""a":"1.10","b":7"#), ("a: !mine 1\nb: ! 2", #""a":"1","b":"2""#),
      ("a: !!python/object:os.system x", #""a":"x""#),
    ])
  func yaml(text: String, json: String) throws {
    let other = try #require(try SampleCatalog.read(["schema: x\n" + text]).others.first)
    #expect(String(decoding: other.bytes, as: UTF8.self) == #"{"schema":"x",\#(json)}"#)
  }

  @Test("a mapping in braces is one where the file is YAML")
  func flowMappings() throws {
    let text =
      "---\n{schema: x, name: 'a', # note\n  b: [1,],\n}\n---\nschema: v\n---\n{\"schema\":\"z\"}\n{schema: w}\n"
    for pieces in [1, 5, 1000] {
      let catalog = try SampleCatalog.read(files: ["f": text], pieces: pieces)
      #expect(catalog.flaws == [])
      #expect(catalog.others.map(\.schema) == ["x", "v", "z", "w"])
    }
  }

  @Test("manifests in the catalog are read as OLM reads them")
  func manifests() throws {
    let csv = """
      kind: ClusterServiceVersion
      metadata: &m {name: foo, name: foo}
      spec: {relatedImages: [{name: a, image: 'a.example/b:1'}], relatedImages: [{name: a, image: 'a.example/b:2'}]}
      """
    for text in [csv, "{kind: ClusterServiceVersion, spec: {relatedImages: [{image: 'a.example/b:2'}]}}"] {
      let data = #"{"type":"olm.bundle.object","value":{"data":"\#(base64(text))"}}"#
      let bundle = SampleCatalog.bundle("1.0.0", properties: [data], relatedImages: "[]")
      let package = try #require(try SampleCatalog.read([bundle]).packages["foo"])
      #expect(try package.bundles.first?.images().map(\.image).last == "a.example/b:2")
    }
  }

  private func base64(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: 3).map { start in
      let group = (0..<3).map { start + $0 < bytes.count ? Int(bytes[start + $0]) : 0 }
      let bits = group[0] << 16 | group[1] << 8 | group[2]
      let digits = (0..<4).map { alphabet[bits >> (18 - 6 * $0) & 63] }
      let count = min(3, bytes.count - start) + 1
      return String(digits.prefix(count)) + String(repeating: "=", count: 4 - count)
    }.joined()
  }
}

/// One flaw costs one bundle or one package, and is named by it.
@Suite("Flaws of catalogs")
struct CatalogFlawTests {
  private static let good = SampleCatalog.chain(["1.0.0"], of: "bar")
  private static let foo = [
    SampleCatalog.package(), SampleCatalog.channel("stable", ["foo.v2.0.0>foo.v1.0.0", "foo.v1.0.0"]),
    SampleCatalog.bundle("2.0.0"),
  ]

  /// Ways in which the document of the bundle `foo.v1.0.0` cannot be read, and what is said of each.
  static let flaws: [(text: String, problem: String)] = [
    (#"{"schema":"olm.bundle","package":"foo","name":"foo.v1.0.0","image":7}"#, "a string is expected"),
    (#"{"schema":"olm.bundle","package":"foo","name":"foo.v1.0.0","relatedImages":{}}"#, "a list is expected"),
    (#"{"schema":"olm.bundle","package":"foo","name":"foo.v1.0.0","properties":[1]}"#, "an object is expected"),
    (#"{"schema":"olm.bundle","package":"foo","name":"foo.v1.0.0","x":[}"#, "brackets do not match"),
    (#"{"schema":"olm.bundle","package":"foo","name":"foo.v1.0.0","x" 1}"#, "this is not JSON"),
    ("{\"schema\":\"olm.bundle\",\"package\":\"foo\",\"name\":\"foo.v1.0.0\",\"x\":\"\u{1}\"}", "a control character"),
    (#"{"schema":"olm.bundle","package":"foo","name":"foo.v1.0.0","x":[1 2]}"#, "',' or ']' is expected"),
    (#"{"schema":"olm.bundle","package":"foo","name":"foo.v1.0.0","x":{"a":nul}}"#, "a value is expected"),
    ("---\nschema: olm.bundle\npackage: foo\nname: foo.v1.0.0\nimage: [\n---", "did not find expected node content"),
    ("---\nschema: olm.bundle\npackage: foo\nname: foo.v1.0.0\nx: .inf\n---", "is a number that JSON cannot write"),
  ]

  @Test("a document that cannot be read is named with its package and bundle, and costs nothing else", arguments: flaws)
  func confined(text: String, problem: String) throws {
    for keeping in [CatalogReader.Keeping.everything, .facts] {
      for pieces in [3, 10_000] {
        let documents = Self.foo + [text] + Self.good
        let reader = CatalogReader(keeping: keeping, isThorough: true)
        reader.file("catalog.json")
        let bytes = Array(documents.joined(separator: "\n").utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
          reader.take(bytes.span.extracting(start..<min(start + pieces, bytes.count)).bytes)
        }
        reader.end()
        let catalog = try reader.catalog()
        #expect(catalog.packageNames == ["bar", "foo"] && catalog.flaws == [])
        #expect(catalog.packages["bar"]?.problems() == [])
        let sentence = try #require(catalog.unreadable().first)
        #expect(
          sentence.hasPrefix("package 'foo' has a bundle 'foo.v1.0.0' that cannot be read: catalog.json"), "\(sentence)"
        )
        #expect(sentence.contains(problem), "\(sentence)")
        #expect(catalog.unreadable().count == 1 && catalog.unreadable(of: "bar") == [])
        #expect(throws: Never.self) {
          try catalog.pruned(by: CatalogRequest(packages: [PackageRequest(name: "bar")]), source: "a")
        }
        // The head alone does not need it.
        #expect(throws: Never.self) {
          try catalog.pruned(by: CatalogRequest(packages: [PackageRequest(name: "foo")]), source: "a")
        }
        let whole = CatalogRequest(packages: [PackageRequest(name: "foo")], isFull: true)
        let error = #expect(throws: SealiftError.self) { try catalog.pruned(by: whole, source: "a") }
        #expect(error?.problem.contains(sentence) == true, "\(error?.problem ?? "")")
      }
    }
  }

  @Test("a document that is kept is looked at whole, and named with its package and bundle")
  func kept() throws {
    let text = Self.flaws[6].text
    let catalog = try SampleCatalog.read(Self.foo + [text])
    let whole = CatalogRequest(packages: [PackageRequest(name: "foo")], isFull: true)
    let error = #expect(throws: SealiftError.self) { try catalog.pruned(by: whole, source: "a") }
    #expect(error?.problem.contains("olm.bundle 'foo.v1.0.0' of package foo in catalog.json") == true)
  }

  @Test(
    "what is wrong with a package or a channel is a problem of that package",
    arguments: [
      (
        #"{"schema":"olm.channel","package":"foo","name":"edge","entries":[1]}"#,
        "has a channel 'edge' that cannot be read"
      ),
      (#"{"schema":"olm.package","name":"foo","defaultChannel":{}}"#, "has an olm.package that cannot be read"),
      (#"{"schema":"olm.deprecations","package":"foo","entries":{}}"#, "has deprecations that cannot be read"),
      (#"{"schema":"olm.bundle","package":"foo","image":1}"#, "has a bundle that cannot be read"),
    ])
  func ofPackages(text: String, problem: String) throws {
    let catalog = try SampleCatalog.read(Self.foo + [SampleCatalog.bundle("1.0.0"), text] + Self.good)
    #expect(catalog.problems().count == 1)
    #expect(catalog.problems().first?.hasPrefix("package 'foo' \(problem)") == true, "\(catalog.problems())")
    let request = CatalogRequest(packages: [PackageRequest(name: "foo")])
    #expect(throws: SealiftError.self) { try catalog.pruned(by: request, source: "a") }
    #expect(catalog.problems(of: CatalogRequest(), source: "a").keys.sorted() == ["foo"])
    let rest = catalog.leavingOut(["foo"])
    #expect(try rest.pruned(by: CatalogRequest(), source: "a").catalog.packageNames == ["bar"])
  }

  @Test("what may have swallowed other documents is a flaw of the whole catalog")
  func swallowed() throws {
    let open = #"{"schema":"olm.bundle","package":"foo","name":"foo.v1.0.0","x":["#
    for pieces in [7, 10_000] {
      let text = (Self.good + [open] + SampleCatalog.chain(["1.0.0"], of: "baz")).joined(separator: "\n")
      let catalog = try SampleCatalog.read(files: ["c": text], pieces: pieces)
      #expect(!catalog.unreadable().isEmpty)
      if catalog.packages["baz"] == nil { #expect(!catalog.flaws.isEmpty) }
      #expect(catalog.packages["bar"]?.problems() == [])
    }
  }

  @Test("whatever stands in a catalog, and however it comes, each document is there or is missed aloud")
  func mutations() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededGenerator(seed: seed)
    let text = Array((Self.foo + [SampleCatalog.bundle("1.0.0")] + Self.good).joined(separator: "\n").utf8)
    for _ in 0..<2_000 {
      var bytes = text
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = "{}[]\",:\n\\- a1".utf8.randomElement(using: &generator) ?? 0
        case 1: bytes.remove(at: place)
        default: bytes.insert("{}[]\",:\n\\".utf8.randomElement(using: &generator) ?? 0, at: place)
        }
      }
      let reader = CatalogReader(keeping: .everything, isThorough: true)
      reader.file("f")
      let half = Int.random(in: 0...bytes.count, using: &generator)
      reader.take(bytes.span.extracting(0..<half).bytes)
      reader.take(bytes.span.extracting(half..<bytes.count).bytes)
      reader.end()
      let catalog = try reader.catalog()
      let documents = catalog.others.count + catalog.sortedPackages.reduce(0) { $0 + $1.documents.count }
      #expect(
        documents == 7 || !catalog.unreadable().isEmpty, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
    }
  }
}
