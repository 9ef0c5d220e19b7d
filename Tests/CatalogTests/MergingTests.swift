import Diagnostics
import Testing

@testable import Catalog

/// Two catalogs of one name that become one.
struct MergingTests {
  private static func merge(_ own: [String], _ earlier: [String]) throws(SealiftError) -> MergedCatalog {
    try SampleCatalog.read(own).merged(with: SampleCatalog.read(earlier), source: "the catalog")
  }

  /// The texts of all documents as they would be written.
  private static func texts(_ catalog: Catalog) throws -> [String] {
    try catalog.files().flatMap { file in file.documents.map { String(decoding: $0.bytes, as: UTF8.self) } }
  }

  private static func entries(_ catalog: Catalog, _ channel: String) -> [String] {
    catalog.packages["foo"]?.channel(channel)?.entries.map(\.name) ?? []
  }

  @Test func packagesOfBothAreKeptToTheByte() throws {
    let (own, earlier) = (SampleCatalog.chain(["1.0.0"], of: "bar"), SampleCatalog.chain(["1.0.0", "1.1.0"]))
    let merged = try Self.merge(own, earlier)
    #expect(merged.lost == [])
    #expect(try Self.texts(merged.catalog) == own + earlier)
  }

  @Test func aChannelThatGoesOnHasTheEntriesOfBoth() throws {
    let own = [
      SampleCatalog.package(), SampleCatalog.channel("stable", ["foo.v1.1.0>foo.v1.0.0"]),
      SampleCatalog.bundle("1.1.0"),
    ]
    let merged = try Self.merge(own, SampleCatalog.chain(["1.0.0"]))
    #expect(Self.entries(merged.catalog, "stable") == ["foo.v1.1.0", "foo.v1.0.0"])
    #expect(
      try Self.texts(merged.catalog)[1]
        == SampleCatalog.channel("stable", ["foo.v1.1.0>foo.v1.0.0", "foo.v1.0.0"]))
    #expect(merged.lost == [])
  }

  @Test(
    "of two heads the part of the higher version stays, whichever came first",
    arguments: [("1.2.0", "1.0.0"), ("1.0.0", "1.2.0")])
  func heads(own: String, earlier: String) throws {
    let merged = try Self.merge(SampleCatalog.chain([own]), SampleCatalog.chain([earlier]))
    #expect(Self.entries(merged.catalog, "stable") == ["foo.v1.2.0"])
    #expect(merged.catalog.packages["foo"]?.bundles.map(\.name) == ["foo.v1.2.0"])
    #expect(merged.lost.count == 1 && merged.lost.first?.hasPrefix("bundle foo.v1.0.0 is no more in channel") == true)
  }

  @Test func aBundleThatAnotherChannelHasStays() throws {
    let earlier =
      SampleCatalog.chain(["1.0.0"]) + [SampleCatalog.channel("old", ["foo.v1.0.0"])]
    let merged = try Self.merge(SampleCatalog.chain(["1.2.0"]), earlier)
    #expect(Self.entries(merged.catalog, "old") == ["foo.v1.0.0"])
    #expect(Set(merged.catalog.packages["foo"]?.bundles.map(\.name) ?? []) == ["foo.v1.0.0", "foo.v1.2.0"])
    #expect(merged.lost.count == 1)
  }

  @Test func aBundleThatIsNotTheSameIsNamed() throws {
    let other = SampleCatalog.bundle("1.0.0").replacing("registry.example", with: "other.example")
    let error = try #require(throws: SealiftError.self) {
      try Self.merge(
        SampleCatalog.chain(["1.0.0"]),
        [SampleCatalog.package(), SampleCatalog.channel("stable", ["foo.v1.0.0"]), other])
    }
    #expect(error.code == .configuration)
    #expect(error.problem.contains("foo.v1.0.0") && error.problem.contains("other.example/foo/bundle:v1.0.0"))
    #expect(error.nextStep.contains("pack one bundle"))
  }

  @Test func twoBundlesOfOneVersionAreRefused() throws {
    let twin = SampleCatalog.bundle("1.0.0").replacing(#""name":"foo.v1.0.0""#, with: #""name":"foo-again""#)
    let error = try #require(throws: SealiftError.self) {
      try Self.merge(
        SampleCatalog.chain(["1.0.0"]),
        [
          SampleCatalog.package(), SampleCatalog.channel("old", ["foo-again"]),
          SampleCatalog.channel("stable", ["foo-again"]), twin,
        ])
    }
    #expect(error.code == .configuration && error.problem.contains("foo-again"), "\(error.problem)")
  }

  @Test func whatTheNewOneSaysCounts() throws {
    let note = #"{"schema":"x.note","package":"foo","name":"n","text":""#
    let own =
      [SampleCatalog.package(), SampleCatalog.channel("stable", ["foo.v1.0.0"]), SampleCatalog.bundle("1.0.0")]
      + [note + #"new"}"#]
    let earlier =
      SampleCatalog.chain(["0.9.0"], channel: "old") + [
        note + #"old"}"#, note.replacing(#""n""#, with: #""m""#) + #"m"}"#,
      ]
    let package = try #require(try Self.merge(own, earlier).catalog.packages["foo"])
    #expect(package.defaultChannel == "stable")
    #expect(package.channels.map(\.name).sorted() == ["old", "stable"])
    #expect(package.others.map(\.name) == ["n", "m"])
    #expect(package.others.first.map { String(decoding: $0.bytes, as: UTF8.self) } == note + #"new"}"#)
  }

  @Test func deprecationsFollowWhoKnowsTheThing() throws {
    func deprecations(_ references: String...) -> String {
      let entries = references.map { #"{"reference":{\#($0)},"message":"m"}"# }
      return #"{"schema":"olm.deprecations","package":"foo","entries":[\#(entries.joined(separator: ","))]}"#
    }
    let (package, old) = (#""schema":"olm.package""#, #""schema":"olm.channel","name":"old""#)
    let (first, second) = (
      #""schema":"olm.bundle","name":"foo.v1.0.0""#, #""schema":"olm.bundle","name":"foo.v1.1.0""#
    )
    let earlier =
      SampleCatalog.chain(["1.0.0"]) + [
        SampleCatalog.channel("old", ["foo.v1.0.0"]), deprecations(package, old, first),
      ]
    let chain = [
      SampleCatalog.package(), SampleCatalog.channel("stable", ["foo.v1.1.0>foo.v1.0.0"]),
      SampleCatalog.bundle("1.1.0"),
    ]
    #expect(try Self.texts(Self.merge(chain, earlier).catalog).last == deprecations(old, first))
    let own = chain + [deprecations(second)]
    #expect(try Self.texts(Self.merge(own, earlier).catalog).last == deprecations(second, old, first))
    // What has no place any more is not deprecated either.
    let gap = SampleCatalog.chain(["1.2.0"])
    #expect(try Self.texts(Self.merge(gap, SampleCatalog.chain(["1.0.0"]) + [deprecations(first)]).catalog) == gap)
  }

  @Test func mergedAgainItStaysAsItIs() throws {
    let first = SampleCatalog.chain(["1.0.0", "1.1.0"]) + SampleCatalog.chain(["3.0.0"], of: "bar")
    let second = [
      SampleCatalog.package(defaultChannel: "fast"), SampleCatalog.channel("fast", ["foo.v1.2.0"]),
      SampleCatalog.channel("stable", ["foo.v1.2.0>foo.v1.1.0"]), SampleCatalog.bundle("1.2.0"),
      #"{"schema":"x.note","text":"root"}"#,
    ]
    let (earlier, own) = (try SampleCatalog.read(first), try SampleCatalog.read(second))
    let merged = try own.merged(with: earlier, source: "it").catalog
    for part in [merged, earlier, own] {
      #expect(
        try own.merged(with: merged, source: "it").catalog.merged(with: part, source: "it").catalog.hasSameDocuments(
          as: merged))
    }
    // As it is read from the image again.
    let files = try merged.files().map { file in
      (file.path, file.documents.map { String(decoding: $0.bytes, as: UTF8.self) + "\n" }.joined())
    }
    let again = try SampleCatalog.read(files: Dictionary(uniqueKeysWithValues: files))
    #expect(try own.merged(with: again, source: "it").catalog.hasSameDocuments(as: merged))
    #expect(
      try !merged.hasSameDocuments(as: own) && own.merged(with: own, source: "it").catalog.hasSameDocuments(as: own))
  }
}
