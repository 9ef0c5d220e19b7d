import Diagnostics
import Testing

@testable import Catalog

/// Catalogs without bundles that cannot be had.
struct DroppingTests {
  private static func drop(
    _ versions: [String], of documents: [String]
  ) throws(SealiftError) -> (kept: [String], also: [String]) {
    let catalog = try SampleCatalog.read(documents)
    let names = Set(versions.map { OperatorBundleName(package: "foo", bundle: "foo.v\($0)") })
    let (result, also) = try catalog.without(names, source: "the catalog")
    #expect(result.problems().isEmpty)
    return (result.packages["foo"]?.bundles.map(\.name).sorted() ?? [], also.map(\.bundle))
  }

  private static let chain = SampleCatalog.chain(["1.0.0", "1.1.0", "1.2.0", "1.3.0"])

  @Test(
    "what the head does not lead to any more goes too",
    arguments: [
      (["1.0.0"], ["1.1.0", "1.2.0", "1.3.0"], []),
      (["1.3.0"], ["1.0.0", "1.1.0", "1.2.0"], []),
      (["1.1.0"], ["1.2.0", "1.3.0"], ["1.0.0"]),
      (["1.3.0", "1.1.0"], ["1.2.0"], ["1.0.0"]),
      (["1.3.0", "1.2.0"], ["1.0.0", "1.1.0"], []),
    ])
  func chain(dropped: [String], kept: [String], also: [String]) throws {
    let result = try Self.drop(dropped, of: Self.chain)
    #expect(result.kept == kept.map { "foo.v\($0)" })
    #expect(result.also == also.map { "foo.v\($0)" })
  }

  @Test("what is skipped stays as long as something skips it")
  func skips() throws {
    let versions = ["1.0.0", "1.1.0", "1.2.0"]
    let documents =
      [
        SampleCatalog.package(),
        SampleCatalog.channel("stable", ["foo.v1.0.0", "foo.v1.1.0", "foo.v1.2.0>foo.v1.0.0!foo.v1.1.0"]),
      ]
      + versions.map { SampleCatalog.bundle($0) }
    #expect(try Self.drop(["1.0.0"], of: documents).kept == ["foo.v1.1.0", "foo.v1.2.0"])
    // Two heads are left, and the higher version is kept.
    let rest = try Self.drop(["1.2.0"], of: documents)
    #expect(rest.kept == ["foo.v1.1.0"])
    #expect(rest.also == ["foo.v1.0.0"])
  }

  @Test("a channel that is empty goes, with what is said of it; a default channel is an error")
  func channels() throws {
    let deprecations =
      #"{"schema":"olm.deprecations","package":"foo","entries":[{"reference":{"schema":"olm.channel","name":"old"},"message":"m"},{"reference":{"schema":"olm.bundle","name":"foo.v0.9.0"},"message":"m"},{"reference":{"schema":"olm.package"},"message":"m"}]}"#
    let documents =
      Self.chain + [SampleCatalog.channel("old", ["foo.v0.9.0"]), SampleCatalog.bundle("0.9.0"), deprecations]
    let catalog = try SampleCatalog.read(documents)
    let names: Set = [OperatorBundleName(package: "foo", bundle: "foo.v0.9.0")]
    let package = try #require(try catalog.without(names, source: "it").catalog.packages["foo"])
    #expect(package.channels.map(\.name) == ["stable"])
    #expect(package.deprecations.flatMap(\.entries).map(\.schema) == ["olm.package"])
    let error = #expect(throws: SealiftError.self) {
      try Self.drop(["1.0.0", "1.1.0", "1.2.0", "1.3.0"], of: documents)
    }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains("default channel 'stable'") == true)
  }

  @Test("a package without channels goes as a whole")
  func packages() throws {
    let catalog = try SampleCatalog.read(Self.chain + SampleCatalog.chain(["1.0.0"], of: "bar"))
    let names: Set = [OperatorBundleName(package: "bar", bundle: "bar.v1.0.0")]
    let (result, also) = try catalog.without(names, source: "it")
    #expect(result.packageNames == ["foo"])
    #expect(also.isEmpty)
  }
}
