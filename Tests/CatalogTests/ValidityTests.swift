import Diagnostics
import TestSupport
import Testing

@testable import Catalog

@Suite("Validity")
struct ValidityTests {
  private static let good = SampleCatalog.chain(["1.0.0", "2.0.0"])

  @Test("a sound catalog has no problems")
  func sound() throws {
    #expect(try SampleCatalog.read(Self.good).problems() == [])
  }

  static let refusals: [([String], String)] = [
    (good + [SampleCatalog.package()], "has 2 documents olm.package"),
    (Array(good.dropFirst()), "has channels or bundles, but no olm.package"),
    (SampleCatalog.chain(["1.0.0"], of: "a/b"), "has a name that is no DNS label"),
    (SampleCatalog.chain(["1.0.0"], of: "Foo"), "has a name that is no DNS label"),
    ([SampleCatalog.package(defaultChannel: "")] + good.dropFirst(), "has no default channel"),
    ([SampleCatalog.package(defaultChannel: "x")] + good.dropFirst(), "default channel 'x', which does not exist"),
    ([SampleCatalog.package()], "has no channels"),
    (good + [SampleCatalog.channel("empty", [])], "has a channel 'empty' that has no entries"),
    (good + [SampleCatalog.channel("stable", ["foo.v1.0.0"])], "has two channels 'stable'"),
    (good + [SampleCatalog.channel("two", ["foo.v1.0.0", "foo.v2.0.0"])], "has 2 heads"),
    (
      good + [SampleCatalog.channel("c", ["foo.v1.0.0>foo.v2.0.0", "foo.v2.0.0>foo.v1.0.0"])],
      "has no head, because its entries replace each other in a circle"
    ),
    (good + [SampleCatalog.channel("gone", ["foo.v9.0.0"])], "'foo.v9.0.0' for which there is no bundle"),
    (good + [SampleCatalog.bundle("9.0.0")], "has a bundle 'foo.v9.0.0' that no channel has"),
    (good + [SampleCatalog.bundle("1.0.0")], "has two bundles 'foo.v1.0.0'"),
    (SampleCatalog.chain(["1.0"]), "has '1.0' for a version"),
    (
      SampleCatalog.chain(["1.0.0"]).map { $0.replacing("foo.v1.0.0", with: "foo.x") }
        + [SampleCatalog.bundle("1.0.0"), SampleCatalog.channel("two", ["foo.v1.0.0"])],
      "has two bundles of version 1.0.0: 'foo.v1.0.0' and 'foo.x'"
    ),
    (good.map { $0.replacing("olm.package\",\"value", with: "other\",\"value") }, "has 0 properties olm.package"),
    (
      good.map { $0.replacing("\"packageName\":\"foo\"", with: "\"packageName\":\"bar\"") },
      "has a property olm.package of package 'bar'"
    ),
    (good.map { $0.replacing("\"image\":\"registry.example/foo/bundle:v1.0.0\",\"p", with: "\"p") }, "has no image"),
    (good + [deprecation("olm.bundle", "nope")], "deprecates a bundle 'nope' that does not exist"),
    (good + [deprecation("olm.channel", "nope")], "deprecates a channel 'nope' that does not exist"),
    (good + [deprecation("olm.package", "foo")], "deprecates a package by the name 'foo'"),
    (good + [deprecation("olm.thing", "")], "deprecates something of schema 'olm.thing'"),
    (good + [deprecation("olm.package", ""), deprecation("olm.package", "")], "has 2 documents olm.deprecations"),
  ]

  @Test(
    "whatever OLM refuses is named",
    arguments: refusals)
  func refused(documents: [String], problem: String) throws {
    let catalog = try SampleCatalog.read(documents)
    #expect(catalog.problems().contains { $0.contains(problem) }, "\(catalog.problems())")
    let error = #expect(throws: SealiftError.self) { try catalog.validate(source: "catalog") }
    #expect(error?.code == .corrupt)
  }

  @Test("an image that is no reference is for those who pack it, and no problem of the catalog")
  func badReference() throws {
    let documents = Self.good.map { $0.replacing("registry.example/foo/bundle:v1.0.0", with: "a b") }
    #expect(documents != Self.good)
    #expect(try SampleCatalog.read(documents).problems() == [])
  }

  private static func deprecation(_ schema: String, _ name: String) -> String {
    #"{"schema":"olm.deprecations","package":"foo","entries":[{"reference":{"schema":"\#(schema)","name":"\#(name)"},"#
      + #""message":"m"}]}"#
  }
}

@Suite("Channel graphs")
struct ChannelGraphTests {
  private static func graph(_ entries: [String]) throws -> ChannelGraph {
    ChannelGraph(
      try SampleCatalog.read([SampleCatalog.channel("c", entries)]).packages["foo"]?.channels[0].entries ?? [])
  }

  @Test("edges that lead nowhere are no problem, and what is skipped need not be on the chain")
  func valid() throws {
    for entries in [
      ["a>nowhere!gone"], ["c!a!b", "a", "b"], ["c>b!b", "b>a!a", "a"], ["c>a!b!a", "b>a", "a"],
    ] {
      #expect(try Self.graph(entries).problems() == [], "\(entries)")
    }
  }

  @Test("an entry that the chain does not reach is stranded")
  func stranded() throws {
    // OLM stops at a replaced entry that is skipped too, so nothing leads to a.
    #expect(try Self.graph(["c>b!b", "b>a", "a"]).problems() == ["has entries that its head does not lead to: a"])
  }

  @Test("random graphs stay valid when they are cut, and hold all that is wanted")
  func randomCuts() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededGenerator(seed: seed)
    var (valid, widened) = (0, 0)
    for _ in 0..<4_000 {
      let count = Int.random(in: 1...9, using: &generator)
      let entries = (0..<count).map { place in
        let below = { (generator: inout SeededGenerator) in Int.random(in: 0...place, using: &generator) }
        let replaces = place > 0 && Bool.random(using: &generator) ? ">\(below(&generator))" : ""
        let skips = (0..<Int.random(in: 0...3, using: &generator)).map { _ in "!\(below(&generator))" }
        return "\(place)\(replaces)\(Set(skips).filter { $0 != "!\(place)" }.sorted().joined())"
      }
      let graph = try Self.graph(entries)
      guard graph.problems().isEmpty else { continue }
      valid += 1
      let wanted = Set((0..<count).filter { _ in Bool.random(using: &generator) })
      let cut = graph.cut { wanted.contains($0) }
      guard !wanted.isEmpty else {
        #expect(cut.kept.isEmpty)
        continue
      }
      #expect(wanted.isSubset(of: cut.kept), "seed \(seed): \(entries) \(wanted)")
      #expect(cut.connecting == cut.kept.subtracting(wanted))
      let kept = ChannelGraph(cut.kept.sorted().map { graph.entries[$0] })
      #expect(kept.problems() == [], "seed \(seed): \(entries) \(wanted)")
      if cut.isWidened { widened += 1 }
    }
    #expect(valid > 300, "seed \(seed)")
  }

  @Test("a channel of 20,000 entries is cut and drawn in linear time")
  func large() throws {
    let growth = try Cost.growth(to: 10_000) { length in
      let skips = (0..<length).map { "!s\($0)" }.joined()
      let chain = (0..<length).map { "e\($0)" + ($0 > 0 ? ">e\($0 - 1)" : "") }
      let side = (0..<length).map { "s\($0)" + ($0 > 0 ? "!s\($0 - 1)" : "") }
      let entries = chain.dropLast() + [chain[length - 1] + skips] + side
      let package = try #require(
        try SampleCatalog.read([SampleCatalog.channel("c", Array(entries))]).packages["foo"])
      return Cost.of {
        let graph = ChannelGraph(package.channels[0].entries)
        #expect(graph.problems() == [])
        #expect(graph.cut { $0 == length + length / 4 }.kept.count >= 1)
        #expect(ChannelDrawing(package).lines.count == 2 * length + 1)
      }
    }
    #expect(growth < Cost.linear)
  }
}
