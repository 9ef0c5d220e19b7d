import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing
import Versions

@testable import Catalog

// The corpus is not part of the repository.
@Suite("Real catalogs", .enabled(if: Corpus.isPresent, "\(Corpus.reason)"))
struct CorpusTests {
  @Test("every one can be read and is valid by OLM's rules", arguments: Corpus.catalogs)
  func valid(name: String) throws {
    let catalog = try Corpus.catalog(name)
    #expect(!catalog.packages.isEmpty)
    #expect(catalog.problems() == [], "\(name)")
  }

  @Test("every one comes out as it went in, and reads back the same", arguments: Corpus.catalogs)
  func roundTrip(name: String) throws {
    let first = try Corpus.catalog(name)
    let reader = CatalogReader(keeping: .everything)
    for file in try first.files() {
      reader.file(file.path)
      file.write { bytes in reader.take(bytes.span.bytes) }
      reader.end()
    }
    let second = try reader.catalog()
    #expect(first.packageNames == second.packageNames)
    for name in first.packageNames {
      let (one, two) = (first.packages[name]?.documents ?? [], second.packages[name]?.documents ?? [])
      #expect(one.map(\.bytes) == two.map(\.bytes))
      for document in one { #expect(throws: Never.self) { try document.check(source: "a catalog") } }
    }
  }

  @Test("heads and whole channels of every one, of all or some of its packages and channels, are valid by OLM's rules")
  func headsAndFull() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededGenerator(seed: seed)
    for name in Corpus.catalogs {
      let catalog = try Corpus.catalog(name)
      // What cannot be had as it is published cannot be had in part.
      guard catalog.problems().isEmpty else { continue }
      var requests = [CatalogRequest(), CatalogRequest(isFull: true)]
      for package in catalog.sortedPackages where !package.isOnlyOthers {
        for isFull in [false, true] {
          requests.append(CatalogRequest(packages: [PackageRequest(name: package.name)], isFull: isFull))
          var some = package.channels.filter { _ in Bool.random(using: &generator) }.map {
            ChannelRequest(name: $0.name)
          }
          if some.isEmpty { some = [ChannelRequest(name: package.defaultChannel)] }
          requests.append(
            CatalogRequest(
              packages: [PackageRequest(name: package.name, channels: some, defaultChannel: some[0].name)],
              isFull: isFull))
        }
      }
      for request in requests {
        let pruned = try catalog.pruned(by: request, source: "\(name), seed \(seed)").catalog
        #expect(pruned.problems() == [], "\(name) seed \(seed)")
        for package in pruned.sortedPackages where !request.isFull && !package.isOnlyOthers {
          let original = try #require(catalog.packages[package.name])
          for channel in package.channels {
            let heads = ChannelGraph(original.channel(channel.name)?.entries ?? []).headNames
            #expect(channel.entries.map(\.name) == heads, "\(name) \(package.name) \(channel.name) seed \(seed)")
          }
        }
      }
      // What is written is read back for heads alone: whole catalogs are, in another test, and take long.
      let reader = CatalogReader(keeping: .everything)
      for file in try catalog.pruned(by: CatalogRequest(), source: name).catalog.files() {
        reader.file(file.path)
        file.write { bytes in reader.take(bytes.span.bytes) }
        reader.end()
      }
      #expect(try reader.catalog().problems() == [], "\(name) seed \(seed)")
    }
  }

  @Test("a catalog from before there were channels is read, .indexignore and all, and said to be invalid")
  func withoutChannels() throws {
    let catalog = try Corpus.catalog("catalogs/oc-test-declcfg")
    #expect(catalog.packageNames == ["etcd", "prometheus"])
    #expect(catalog.problems().contains("package 'etcd' has no channels"))
  }

  @Test("of a key that stands twice the last one counts, as OLM reads it")
  func duplicateKey() throws {
    let name = "catalogs/operator-registry-testdata/alpha/action/testdata/index-declcfgs/exp-headsonly"
    #expect(try Corpus.catalog(name).problems() == [])
  }

  /// A case of `pruning-expected.json`.
  struct Expected: CustomTestStringConvertible {
    let catalog: String
    let request: CatalogRequest
    let bundles: [String]?
    let testDescription: String
  }

  static let expected: [Expected] = {
    guard Corpus.isPresent,
      let bytes = try? FileSystem.read(Corpus.path("catalogs/pruning-expected.json"), limit: 1 << 20),
      let value = try? JSONReader.value(bytes, source: "pruning-expected.json")
    else { return [] }
    return (value["cases"]?.elements ?? []).map { item in
      Expected(
        catalog: item["catalog"]?.text ?? "", request: request(item["config"]),
        bundles: item["expected"]?.elements?.compactMap(\.text),
        testDescription: item["config"].map { String(decoding: JSONWriter.bytes(of: $0), as: UTF8.self) } ?? "")
    }
  }()

  private static func request(_ config: JSONValue?) -> CatalogRequest {
    let packages = (config?["packages"]?.elements ?? []).map { package in
      PackageRequest(
        name: package["name"]?.text ?? "",
        channels: (package["channels"]?.elements ?? []).map {
          ChannelRequest(name: $0["name"]?.text ?? "", bounds: bounds($0))
        }, bounds: bounds(package), defaultChannel: package["defaultChannel"]?.text)
    }
    return CatalogRequest(packages: packages, isFull: config?["full"] == .boolean(true))
  }

  private static func bounds(_ value: JSONValue) -> VersionBounds {
    VersionBounds(
      minimum: value["minVersion"]?.text.flatMap(SemanticVersion.init),
      maximum: value["maxVersion"]?.text.flatMap(SemanticVersion.init))
  }

  // The differences are those of formats/pruning.md: pre-releases lie within bounds, and a bad image reference does not
  // end the run here but where images are resolved.
  static let differences: [String: [String]] = [
    #"{"packages":[{"minVersion":"1.30.2","name":"jaeger-product"}]}"#: [
      "jaeger-operator.v1.30.2", "jaeger-operator.v1.34.1-5", "jaeger-operator.v1.42.0-5",
      "jaeger-operator.v1.42.0-5-0.1687199951.p", "jaeger-operator.v1.47.1-5", "jaeger-operator.v1.51.0-1",
    ],
    #"{"packages":[{"maxVersion":"1.47.1","minVersion":"1.34.1","name":"jaeger-product"}]}"#: [
      "jaeger-operator.v1.34.1-5", "jaeger-operator.v1.42.0-5", "jaeger-operator.v1.42.0-5-0.1687199951.p",
      "jaeger-operator.v1.47.1-5",
    ],
  ]

  @Test("prunings are those of oc-mirror, but for the differences that are written down", arguments: expected)
  func pruning(item: Expected) throws {
    let catalog = try Corpus.catalog(item.catalog)
    if item.request == CatalogRequest(isFull: true) {
      return #expect(try catalog.pruned(by: item.request, source: "catalog").isWhole)
    }
    guard let bundles = Self.differences[item.testDescription] ?? item.bundles else {
      _ = #expect(throws: SealiftError.self) { try catalog.pruned(by: item.request, source: "catalog") }
      return
    }
    let pruned = try catalog.pruned(by: item.request, source: "catalog")
    #expect(pruned.catalog.sortedPackages.flatMap { $0.bundles.map(\.name) }.sorted() == bundles.sorted())
  }

  @Test(
    "planned without documents and read again with those that are kept, the result is the same",
    arguments: Corpus.catalogs)
  func twoReadings(name: String) throws {
    let request = CatalogRequest()
    let once = try Corpus.catalog(name).pruned(by: request, source: name)
    let planned = try Corpus.catalog(name, keeping: .facts).pruned(by: request, source: name)
    #expect(throws: SealiftError.self) { try planned.catalog.files() }
    let catalog = try Corpus.catalog(name, keeping: planned.keeping)
    let twice = try catalog.pruned(by: request, source: name)
    let documents = try [once, twice].map { try $0.catalog.files().map { $0.documents.map(\.bytes) } }
    #expect(documents[0] == documents[1])
    let bundles = catalog.packages.values.flatMap(\.bundles)
    #expect(bundles.count { $0.document != nil } == twice.catalog.packages.values.map(\.bundles.count).reduce(0, +))
  }

  @Test("thousands of random ranges give valid catalogs that hold every version asked for")
  func randomRanges() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededGenerator(seed: seed)
    let catalogs = try Corpus.catalogs.filter { !$0.contains("latest") }.map { try Corpus.catalog($0) }
    let packages = catalogs.flatMap(\.sortedPackages).filter { $0.bundles.contains { $0.version != nil } }
    var (pruned, widened) = (0, 0)
    for _ in 0..<3_000 {
      guard let package = packages.randomElement(using: &generator) else { return }
      let versions = package.bundles.compactMap(\.version)
      let ends = [versions.randomElement(using: &generator), versions.randomElement(using: &generator)]
        .compactMap(\.self).sorted { $0.precedes($1) }
      let bounds = VersionBounds(
        minimum: Bool.random(using: &generator) ? ends.first : nil,
        maximum: Bool.random(using: &generator) ? ends.last : nil)
      for channel in package.channels {
        let request = ChannelRequest(name: channel.name, bounds: bounds)
        let result = try ChannelPruner(
          package: package, channel: channel, isFull: false, request: request, source: "seed \(seed)"
        ).decide()
        let kept = channel.entries.filter { result.kept.contains($0.name) }
        if kept.isEmpty { continue }
        pruned += 1
        #expect(ChannelGraph(kept).problems() == [], "\(package.name) \(channel.name) \(bounds) seed \(seed)")
        #expect(kept.count == result.kept.count)
        let wanted = channel.entries.filter { entry in
          package.bundle(entry.name)?.version.map(bounds.contains) ?? false
        }
        if !bounds.isEmpty, bounds.exact == nil {
          #expect(wanted.allSatisfy { result.kept.contains($0.name) }, "seed \(seed)")
        }
        if result.decisions.contains(where: { $0.reason == .connecting }) { widened += 1 }
      }
    }
    #expect(pruned > 1_000 && widened > 0)
  }
}
