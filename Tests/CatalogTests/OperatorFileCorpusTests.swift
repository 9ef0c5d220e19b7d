import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

@testable import Catalog

// The corpus is not part of the repository.
@Suite("Real manifests", .enabled(if: Corpus.isPresent, "\(Corpus.reason)"))
struct OperatorFileCorpusTests {
  private static func content(_ name: String) throws -> DirectoryContent {
    try CatalogDirectory.content(of: Corpus.path("bundles/\(name)"), keeping: .everything)
  }

  private static let sources: [(directory: String, format: DirectoryContent.Format, packages: Int, bundles: Int)] = [
    ("legacy-package-manifests", .packageManifests, 16, 48),
    ("legacy-package-manifests/community-operators/eunomia", .packageManifests, 1, 1),
    ("mtc/konveyor-mig-operator-release-1.0", .packageManifests, 1, 3),
    ("mtc/konveyor-mig-operator-release-1.2.5/deploy/olm-catalog", .packageManifests, 1, 4),
    ("mtc/konveyor-mig-operator-master/deploy/olm-catalog/bundle", .bundles, 1, 1),
    ("mtc/migtools-mig-operator-master", .bundles, 1, 1),
    ("odf-multicluster-orchestrator/main/bundle", .bundles, 1, 1),
    ("odf-multicluster-orchestrator/release-4.14", .bundles, 1, 1),
    ("odf-operator/main", .bundles, 3, 3),
    ("community-operators-prod", .bundles, 15, 15),
  ]

  /// What OLM would refuse, by package; the reason stands in the manifests themselves.
  private static let problems: [String: [String]] = [
    // Its version `latest` has the number of the release.
    "mig-operator": [
      "package 'mig-operator' has two bundles of version 1.0.1: 'mig-operator.latest' and 'mig-operator.v1.0.1'"
    ],
    // Of both only the latest version is there, and the default channel is one of others.
    "etcd": ["package 'etcd' has the default channel 'singlenamespace-alpha', which does not exist"],
    "strimzi-kafka-operator": [
      "package 'strimzi-kafka-operator' has the default channel 'stable', which does not exist"
    ],
  ]

  /// What to ask for where the whole package cannot be had.
  private static let remedies: [String: PackageRequest] = [
    "mig-operator": PackageRequest(name: "mig-operator", channels: [ChannelRequest(name: "release-v1")]),
    "etcd": PackageRequest(name: "etcd", defaultChannel: "clusterwide-alpha"),
    "strimzi-kafka-operator": PackageRequest(name: "strimzi-kafka-operator", defaultChannel: "strimzi-1.x"),
  ]

  @Test("every one is read, and is valid or refused for what stands in it", arguments: sources.map(\.directory))
  func valid(directory: String) throws {
    let source = try #require(Self.sources.first { $0.directory == directory })
    let content = try Self.content(directory)
    #expect(content.formats == [source.format])
    #expect(content.notes == [])
    #expect(content.catalog.packages.count == source.packages)
    #expect(content.catalog.sortedPackages.flatMap(\.bundles).count == source.bundles)
    for package in content.catalog.sortedPackages {
      #expect(package.problems() == Self.problems[package.name] ?? [])
      for bundle in package.bundles {
        #expect(bundle.image.isEmpty)
        // The dependencies of ODF are bundles that run nothing.
        #expect(try bundle.images().isEmpty == bundle.name.contains("-dependencies."))
      }
    }
  }

  @Test("every one is pruned to a valid catalog that reads back the same", arguments: sources.map(\.directory))
  func pruned(directory: String) throws {
    let catalog = try Self.content(directory).catalog
    for name in catalog.packageNames {
      let package = Self.remedies[name] ?? PackageRequest(name: name)
      if Self.problems[name] != nil {
        let whole = CatalogRequest(packages: [PackageRequest(name: name)], isFull: true)
        _ = #expect(throws: SealiftError.self) { try catalog.pruned(by: whole, source: directory) }
      }
      for isFull in [false, true] {
        let pruned = try catalog.pruned(by: CatalogRequest(packages: [package], isFull: isFull), source: directory)
        let reader = CatalogReader(keeping: .everything)
        for file in try pruned.catalog.files() {
          reader.file(file.path)
          file.write { bytes in reader.take(bytes.span.bytes) }
          reader.end()
        }
        let again = try reader.catalog()
        #expect(again.problems() == [])
        let names = { (catalog: Catalog) in Set(catalog.packages[name]?.bundles.map(\.name) ?? []) }
        #expect(names(again) == names(pruned.catalog))
      }
    }
  }

  @Test(
    "every object beside a version is in its bundle", arguments: ["legacy-package-manifests", "mtc", "odf-operator"])
  func objects(directory: String) throws {
    let content = try Self.content(directory)
    for bundle in content.catalog.sortedPackages.flatMap(\.bundles) {
      let place = try #require(bundle.document?.file)
      let files = try FileSystem.list(FileSystem.parent(of: Corpus.path("bundles/\(directory)/\(place)")))
      #expect(try bundle.properties("olm.bundle.object").count == files.count, "\(place)")
    }
  }

  @Test("the bundles of MTC and ODF name what they need, and nothing provides it here")
  func dependencies() throws {
    let crane = try Self.content("mtc/migtools-mig-operator-master").catalog
    let orchestrator = try Self.content("odf-multicluster-orchestrator/main").catalog
    let plan = try DependencyPlan([
      CatalogSelection(source: "crane", catalog: crane, request: CatalogRequest()),
      CatalogSelection(source: "odf", catalog: orchestrator, request: CatalogRequest()),
    ])
    let missing = plan.missing.map(\.reason).joined(separator: "; ")
    #expect(missing.contains("redhat-oadp-operator"))
    #expect(missing.contains("ramen-hub-operator"))
  }

  @Test("two branches of one operator are two bundles of one name, which OLM refuses")
  func twoBranches() throws {
    let problems = try Self.content("odf-multicluster-orchestrator").catalog.problems()
    #expect(problems.contains { $0.contains("has two bundles 'odf-multicluster-orchestrator.v0.0.1'") })
    // Here `konveyor-operator` is one package, and a bundle of `mtc-operator`.
    #expect(
      try Self.content("mtc").catalog.packageNames == [
        "crane-operator", "konveyor-operator", "mig-operator", "mtc-operator",
      ])
  }
}
