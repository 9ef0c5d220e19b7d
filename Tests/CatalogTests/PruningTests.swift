import Diagnostics
import Testing
import Versions

@testable import Catalog

@Suite("Pruning")
struct PruningTests {
  /// A package with two channels: in `stable` 1.0.0 to 4.0.0, in `beta` 3.0.0 to 5.0.0-rc.1.
  static let documents =
    [
      SampleCatalog.package(),
      SampleCatalog.channel(
        "stable", ["foo.v1.0.0", "foo.v2.0.0>foo.v1.0.0", "foo.v3.0.0>foo.v2.0.0", "foo.v4.0.0>foo.v3.0.0"]),
      SampleCatalog.channel("beta", ["foo.v3.0.0>foo.v2.0.0", "foo.v4.0.0>foo.v3.0.0", "foo.v5.0.0-rc.1>foo.v4.0.0"]),
      #"""
      {"schema":"olm.deprecations","package":"foo","entries":[
        {"reference":{"schema":"olm.package"},"message":"old"},
        {"reference":{"schema":"olm.channel","name":"beta"},"message":"not stable"},
        {"reference":{"schema":"olm.bundle","name":"foo.v1.0.0"},"message":"very old"}]}
      """#,
      #"{"schema":"other","package":"foo","x":1}"#, #"{"schema":"other","x":2}"#,
      #"{"schema":"other","package":"bar","x":3}"#,
    ] + ["1.0.0", "2.0.0", "3.0.0", "4.0.0", "5.0.0-rc.1"].map { SampleCatalog.bundle($0) }
    + SampleCatalog.chain(["1.0.0"], of: "bar")

  static func bounds(_ minimum: String?, _ maximum: String?) -> VersionBounds {
    VersionBounds(minimum: minimum.flatMap(SemanticVersion.init), maximum: maximum.flatMap(SemanticVersion.init))
  }

  static func prune(_ request: CatalogRequest, _ documents: [String] = documents) throws(SealiftError) -> PrunedCatalog
  {
    try SampleCatalog.read(documents).pruned(by: request, source: "registry.example/catalog:v1")
  }

  /// What is kept, as `CHANNEL: VERSIONS`.
  static func shape(_ pruned: PrunedCatalog) -> [String] {
    pruned.catalog.packages["foo"]?.channels.map { channel in
      "\(channel.name): " + channel.entries.map { String($0.name.dropFirst("foo.v".count)) }.joined(separator: " ")
    } ?? []
  }

  static let allForms: [(PackageRequest, Bool, [String])] = [
    (PackageRequest(name: "foo"), false, ["beta: 5.0.0-rc.1", "stable: 4.0.0"]),
    (
      PackageRequest(name: "foo"), true,
      ["beta: 3.0.0 4.0.0 5.0.0-rc.1", "stable: 1.0.0 2.0.0 3.0.0 4.0.0"]
    ),
    (PackageRequest(name: "foo", channels: [ChannelRequest(name: "stable")]), false, ["stable: 4.0.0"]),
    (
      PackageRequest(name: "foo", channels: [ChannelRequest(name: "stable")]), true,
      ["stable: 1.0.0 2.0.0 3.0.0 4.0.0"]
    ),
    (
      PackageRequest(name: "foo", bounds: bounds("2.0.0", "3.0.0")), false,
      ["beta: 3.0.0", "stable: 2.0.0 3.0.0"]
    ),
    (
      PackageRequest(
        name: "foo",
        channels: [ChannelRequest(name: "beta"), ChannelRequest(name: "stable", bounds: bounds(nil, "2.0.0"))]
      ), false, ["beta: 5.0.0-rc.1", "stable: 1.0.0 2.0.0"]
    ),
    (
      PackageRequest(name: "foo", channels: [ChannelRequest(name: "beta")], defaultChannel: "beta"), false,
      ["beta: 5.0.0-rc.1"]
    ),
    // Other channels than the default one are left out where nothing is within the bounds.
    (PackageRequest(name: "foo", bounds: bounds(nil, "1.5.0")), false, ["stable: 1.0.0"]),
  ]

  @Test(
    "what is kept for each form of request",
    arguments: allForms)
  func forms(package: PackageRequest, isFull: Bool, kept: [String]) throws {
    let pruned = try Self.prune(CatalogRequest(packages: [package], isFull: isFull))
    #expect(Self.shape(pruned) == kept)
    #expect(pruned.catalog.packageNames == ["foo"])
  }

  @Test("without packages the heads of all are kept, and with full: true the catalog as it is")
  func allPackages() throws {
    let heads = try Self.prune(CatalogRequest())
    #expect(Self.shape(heads) == ["beta: 5.0.0-rc.1", "stable: 4.0.0"])
    #expect(heads.catalog.packageNames == ["bar", "foo"] && !heads.isWhole)
    #expect(try Self.prune(CatalogRequest(isFull: true)).isWhole)
  }

  @Test("what is written is the kept documents as they came, but for what pruning changes")
  func files() throws {
    let request = PackageRequest(name: "foo", channels: [ChannelRequest(name: "beta")], defaultChannel: "beta")
    let files = try Self.prune(CatalogRequest(packages: [request])).catalog.files()
    #expect(files.map(\.path) == ["catalog.json", "foo/catalog.json"])
    var text: [UInt8] = []
    files[1].write { text += $0 }
    #expect(text.count == files[1].size)
    let expected = [
      SampleCatalog.package(defaultChannel: "beta"),
      SampleCatalog.channel("beta", ["foo.v5.0.0-rc.1>foo.v4.0.0"]),
      SampleCatalog.bundle("5.0.0-rc.1"), #"{"schema":"other","package":"foo","x":1}"#,
      #"""
      {"schema":"olm.deprecations","package":"foo","entries":[
        {"reference":{"schema":"olm.package"},"message":"old"},
        {"reference":{"schema":"olm.channel","name":"beta"},"message":"not stable"}]}
      """#,
    ]
    #expect(String(decoding: text, as: UTF8.self) == expected.map { $0 + "\n" }.joined())
  }

  @Test("a default channel that the package does not name is added to it")
  func addedDefault() throws {
    let documents = [#"{"schema":"olm.package","name":"foo"}"#] + SampleCatalog.chain(["1.0.0"]).dropFirst()
    let pruned = try Self.prune(
      CatalogRequest(packages: [PackageRequest(name: "foo", defaultChannel: "stable")]), documents)
    let package = try #require(pruned.catalog.packages["foo"]?.documents.first)
    #expect(
      String(decoding: package.bytes, as: UTF8.self)
        == #"{"defaultChannel":"stable","schema":"olm.package","name":"foo"}"#)
  }

  @Test("bounds without a pre-release part cover the pre-releases of their version, which is said")
  func prereleases() throws {
    let documents = SampleCatalog.chain(["1.30.2", "1.34.1-5", "1.42.0-5", "1.42.0-5+0.168", "1.51.0-1"])
    let table: [(String?, String?, [String])] = [
      ("1.30.2", nil, ["1.30.2", "1.34.1-5", "1.42.0-5", "1.42.0-5+0.168", "1.51.0-1"]),
      ("1.34.1", "1.42.0", ["1.34.1-5", "1.42.0-5", "1.42.0-5+0.168"]),
      ("1.34.1-6", "1.42.0-4", []), ("1.34.1-5", "1.34.1-5", ["1.34.1-5"]),
      ("1.42.0", "1.42.0-5", ["1.42.0-5", "1.42.0-5+0.168"]),
    ]
    for (minimum, maximum, kept) in table {
      let request = CatalogRequest(packages: [PackageRequest(name: "foo", bounds: Self.bounds(minimum, maximum))])
      guard !kept.isEmpty else {
        _ = #expect(throws: SealiftError.self) { try Self.prune(request, documents) }
        continue
      }
      let pruned = try Self.prune(request, documents)
      #expect(Self.shape(pruned) == ["stable: \(kept.joined(separator: " "))"])
    }
    let request = CatalogRequest(packages: [PackageRequest(name: "foo", bounds: Self.bounds("1.34.1", "1.42.0"))])
    #expect(
      try Self.prune(request, documents).notes == [
        "package 'foo', channel 'stable': foo.v1.34.1-5, foo.v1.42.0-5, foo.v1.42.0-5+0.168 with a pre-release version "
          + "are within 1.34.1 to 1.42.0 and kept, where oc-mirror leaves them out"
      ])
  }

  @Test("one version that is there to the letter does not bring its pre-releases")
  func exact() throws {
    let documents = SampleCatalog.chain(["1.0.0-1", "1.0.0", "2.0.0"])
    let request = CatalogRequest(packages: [PackageRequest(name: "foo", bounds: Self.bounds("1.0.0", "1.0.0"))])
    #expect(Self.shape(try Self.prune(request, documents)) == ["stable: 1.0.0"])
  }

  @Test("names that are only skipped are no entries, and a bundle that no kept channel has is dropped")
  func skippedNames() throws {
    let documents =
      [
        SampleCatalog.package(),
        SampleCatalog.channel("stable", ["foo.v3.0.0!foo.v1.0.0!foo.v2.0.0"]),
        SampleCatalog.channel("old", ["foo.v2.0.0>foo.v1.0.0", "foo.v1.0.0"]),
      ] + ["1.0.0", "2.0.0", "3.0.0"].map { SampleCatalog.bundle($0) }
    let request = PackageRequest(
      name: "foo", channels: [ChannelRequest(name: "stable", bounds: Self.bounds("1.0.0", nil))])
    let pruned = try Self.prune(CatalogRequest(packages: [request]), documents)
    #expect(Self.shape(pruned) == ["stable: 3.0.0"])
    #expect(pruned.catalog.packages["foo"]?.bundles.map(\.name) == ["foo.v3.0.0"])
  }

  @Test("every entry is explained")
  func decisions() throws {
    let request = PackageRequest(
      name: "foo", channels: [ChannelRequest(name: "stable", bounds: Self.bounds("2.0.0", "3.0.0"))])
    let pruned = try Self.prune(CatalogRequest(packages: [request]))
    let reasons = (pruned.decisions["foo"] ?? []).map { "\($0.channel) \($0.version): \($0.reason.description)" }
    #expect(
      reasons == [
        "beta 3.0.0: the channel is not asked for", "beta 4.0.0: the channel is not asked for",
        "beta 5.0.0-rc.1: the channel is not asked for", "stable 1.0.0: not within 2.0.0 to 3.0.0",
        "stable 2.0.0: within 2.0.0 to 3.0.0", "stable 3.0.0: within 2.0.0 to 3.0.0",
        "stable 4.0.0: not within 2.0.0 to 3.0.0",
      ])
    let package = try #require(try SampleCatalog.read(Self.documents).packages["foo"])
    #expect(
      ChannelDrawing(package, decisions: pruned.decisions["foo"] ?? []).lines == [
        "channel beta", "  - foo.v5.0.0-rc.1  5.0.0-rc.1  the channel is not asked for",
        "  - foo.v4.0.0  4.0.0  the channel is not asked for", "  - foo.v3.0.0  3.0.0  the channel is not asked for",
        "  ~ foo.v2.0.0  not in this channel", "channel stable (default)",
        "  - foo.v4.0.0  4.0.0  not within 2.0.0 to 3.0.0", "  + foo.v3.0.0  3.0.0  within 2.0.0 to 3.0.0",
        "  + foo.v2.0.0  2.0.0  within 2.0.0 to 3.0.0", "  - foo.v1.0.0  1.0.0  not within 2.0.0 to 3.0.0",
      ])
  }

  static let refusals: [(PackageRequest, Bool, String)] = [
    (PackageRequest(name: "fo"), false, "has no package 'fo'; did you mean 'foo'?"),
    (PackageRequest(name: "foo", channels: [ChannelRequest(name: "stabel")]), false, "did you mean 'stable'?"),
    (
      PackageRequest(name: "foo", channels: [ChannelRequest(name: "beta")]), false, "has the default channel 'stable'"
    ),
    (PackageRequest(name: "foo", defaultChannel: "nope"), false, "has no channel 'nope' to be the default"),
    (
      PackageRequest(name: "foo", channels: [ChannelRequest(name: "stable")], defaultChannel: "beta"), false,
      "is to have the default channel 'beta', which is not among"
    ),
    (PackageRequest(name: "foo", bounds: bounds("2.0.0", "1.0.0")), false, "the lowest version is above the highest"),
    (PackageRequest(name: "foo", bounds: bounds("2.0.0", nil)), true, "and for whole channels at once"),
    (
      PackageRequest(
        name: "foo", channels: [ChannelRequest(name: "stable", bounds: bounds("1.0.0", nil))],
        bounds: bounds("1.0.0", nil)),
      false, "versions of its own and versions for a channel"
    ),
    (PackageRequest(name: "foo", bounds: bounds("9.0.0", nil)), false, "which has 1.0.0, 2.0.0, 3.0.0, 4.0.0"),
    (
      PackageRequest(
        name: "foo",
        channels: [ChannelRequest(name: "stable"), ChannelRequest(name: "beta", bounds: bounds("3.5.0", "3.5.0"))]),
      false, "has no version within 3.5.0 to 3.5.0 in its channel 'beta'"
    ),
    (
      PackageRequest(name: "foo", channels: [ChannelRequest(name: "stable"), ChannelRequest(name: "stable")]), false,
      "asks for channel 'stable' twice"
    ),
  ]

  @Test(
    "a request that cannot be met is refused, with the nearest names",
    arguments: refusals)
  func refused(package: PackageRequest, isFull: Bool, problem: String) {
    let error = #expect(throws: SealiftError.self) {
      try Self.prune(CatalogRequest(packages: [package], isFull: isFull))
    }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
  }

  @Test("a channel that is none cannot be cut, and is said to be why")
  func brokenChannel() throws {
    for (entries, problem) in [
      (["foo.v1.0.0", "foo.v2.0.0"], "2 heads"), (["foo.v1.0.0>foo.v2.0.0", "foo.v2.0.0>foo.v1.0.0"], "circle"),
      (["foo.v1.0.0", "foo.v1.0.0"], "two entries"),
    ] {
      let documents = [
        SampleCatalog.package(), SampleCatalog.channel("stable", entries), SampleCatalog.bundle("1.0.0"),
        SampleCatalog.bundle("2.0.0"),
      ]
      let request = CatalogRequest(packages: [PackageRequest(name: "foo")])
      let error = #expect(throws: SealiftError.self) { try Self.prune(request, documents) }
      #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
    }
  }

  @Test("documents of a package of which there is nothing else are kept, if its name can be one of a directory")
  func onlyOthers() throws {
    let other = #"{"schema":"other","package":"baz","x":1}"#
    let pruned = try Self.prune(CatalogRequest(), SampleCatalog.chain(["1.0.0"]) + [other])
    #expect(try pruned.catalog.files().map(\.path) == ["baz/catalog.json", "foo/catalog.json"])
    let hostile = SampleCatalog.chain(["1.0.0"]) + [other.replacing("baz", with: "../baz")]
    let error = #expect(throws: SealiftError.self) { try Self.prune(CatalogRequest(), hostile) }
    #expect(error?.problem.contains("package '../baz' has a name that is no DNS label") == true)
  }

  @Test("a document that is kept is read whole")
  func whole() {
    let documents =
      SampleCatalog.chain(["1.0.0"])
      + [#"{"schema":"other","package":"foo","x":{"a":1 "b":2}}"#]
    let error = #expect(throws: SealiftError.self) { try Self.prune(CatalogRequest(), documents) }
    #expect(error?.problem.contains("',' or '}' is expected") == true, "\(error?.problem ?? "")")
  }
}
