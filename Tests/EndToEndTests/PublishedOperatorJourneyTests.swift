import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// The journeys of operators with bundles and files that were published. Tiny images stand in for those that they name.
@Suite(
  .enabled(if: JourneyWorld.isPossible && hasTool("umoci"), "\(JourneyWorld.reason), or umoci is"),
  .enabled(if: Corpus.isPresent, "\(Corpus.reason)"))
struct PublishedOperatorJourneyTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func theRealOrchestratorReachesTheHubAndTheManagedClusters() throws {
    let (hub, managed) = ("hub-registry.example.com:8443/published", "managed-registry.example.com:8443/published")
    let configuration = try Journey.configure(
      "multicluster-orchestrator", in: directory,
      [
        ("redhat-operator-index", "community-operator-index"), ("stable-4.15", "alpha"),
        ("- name: odr-hub-operator\n", "- name: ramen-hub-operator\n        - name: ocs-tls-profiles\n"),
      ])
    let journey = try Journey(
      "multicluster-orchestrator", "SEALIFT_CONFIG=\(configuration)", "SEALIFT_HUB_TARGET=\(hub)",
      "SEALIFT_MANAGED_TARGET=\(managed)")
    try journey.expectPlanOfBundle()
    #expect(try journey.text("plan.txt").contains("odf-multicluster-orchestrator: alpha (default); 1 bundle\n"))

    let bundle = Corpus.path("bundles/odf-multicluster-orchestrator/main/bundle/manifests")
    for (name, target) in [("hub", hub), ("managed", managed)] {
      let manifests = "manifests/\(name)"
      let documents = try catalog(of: journey, manifests, "\(target)/redhat/community-operator-index")
      let bundles = documents.filter { $0["schema"]?.text == "olm.bundle" }
      #expect(
        bundles.compactMap { $0["name"]?.text }.sorted() == [
          "ocs-tls-profiles.v4.23.0", "odf-multicluster-orchestrator.v0.0.1", "ramen-hub-operator.v0.0.1",
        ])
      let own = try #require(bundles.first { $0["package"]?.text == "odf-multicluster-orchestrator" })
      let texts = try self.texts(of: own)
      #expect(try Set(texts.map { $0.replacing(/@sha256:[0-9a-f]{64}/, with: ":latest") }) == files(bundle))
      let named = texts.reduce(into: Set()) { $0.formUnion(Self.images(in: $1)) }
      #expect(named.count == 2 && named.allSatisfy { $0.contains("@sha256:") }, "\(named)")
      try expectToBePulled(Self.images(of: bundles).union(named), of: journey, manifests, below: target)

      let objects = try journey.expectToApplyTwice(manifests)
      #expect(objects.contains("CatalogSource/openshift-marketplace/cs-community-operator-index-v4-15"), "\(objects)")
    }
    let again = try journey.text("unpack-again.txt")
    #expect(again.contains("\nsent       0 blobs, 0 B\n") && again.contains("\nmounted    0 blobs, 0 B\n"))
  }

  @Test func theRealToolkitReachesTheTargetAndItsFilesTheSource() throws {
    let target = "registry.example.com:8443/published-toolkit"
    let configuration = try Journey.configure(
      "migration-toolkit", in: directory,
      [
        ("redhat-operator-index", "community-operator-index"), ("release-v1.8", "development"),
        ("  additionalImages:\n", "        - name: crane-operator\n  additionalImages:\n"),
        ("legacy-rhel8-operator:v1.7", "legacy-rhel8-operator:upstream"), ("/controller.yml", "/controller-3.yml"),
      ])
    let journey = try Journey("migration-toolkit", "SEALIFT_CONFIG=\(configuration)", "SEALIFT_TARGET=\(target)")
    try journey.expectPlanOfBundle()

    // Two operators of two publishers, and what the second one needs.
    let manifests = "manifests/target"
    let documents = try catalog(of: journey, manifests, "\(target)/redhat/community-operator-index")
    let bundles = documents.filter { $0["schema"]?.text == "olm.bundle" }
    #expect(
      bundles.compactMap { $0["name"]?.text }.sorted() == [
        "crane-operator.v99.0.0", "konveyor-operator.v99.0.0", "redhat-oadp-operator.v1.2.5",
      ])
    for (package, folder) in [
      ("mtc-operator", "konveyor-mig-operator-master"), ("crane-operator", "migtools-mig-operator-master"),
    ] {
      let own = try #require(bundles.first { $0["package"]?.text == package })
      let published = Corpus.path("bundles/mtc/\(folder)/deploy/olm-catalog/bundle/manifests")
      #expect(try Set(texts(of: own)) == files(published))
    }
    try expectToBePulled(Self.images(of: bundles), of: journey, manifests, below: target)
    try journey.expectToApplyTwice(manifests)

    // The file that was published, but for its images; also those that the operator composes of variables.
    let published = Corpus.path("bundles/mtc/konveyor-mig-operator-master/deploy/non-olm/operator.yml")
    let original = String(decoding: try FileSystem.read(published, limit: 1 << 20), as: UTF8.self)
    let lifted = try journey.text("manifests/source/Deployment/openshift-migration_migration-operator.yaml")
    let variables = /name: (\w+)_REPO\n *value: (\S+)/
    let tags = /name: (\w+)_TAG\n *value: (\S+)/
    let names = original.matches(of: variables).map { String($0.2) }.sorted()
    #expect(names.count == 12 && lifted.matches(of: variables).map { String($0.2) }.sorted() == names, "\(lifted)")
    #expect(lifted.matches(of: tags).map { String($0.2) } == Array(repeating: "latest", count: 12))
    #expect(lifted.contains("value: \(target)\n") && !lifted.contains("quay.io"))
    for name in names {
      let image = "konveyor/\(name):latest"
      #expect(try journey.world.skopeo("\(target)/\(image)") == journey.world.skopeo("quay.io/\(image)"))
    }
    let operators = lifted.matches(of: /image: (\S+)/).map { String($0.1) }
    #expect(operators.count == 1 && operators.allSatisfy { $0.hasPrefix("\(target)/konveyor/mig-operator-container@") })
    for image in operators { #expect(try image.hasSuffix("@\(journey.world.skopeo(image))")) }
    // The Role and a RoleBinding.
    #expect(original.matches(of: /creationTimestamp: null/).count == 2)
    let source = try journey.expectToApplyTwice("manifests/source", again: 2)
    #expect(source.contains("RoleBinding/openshift-migration/system:image-pullers"), "\(source)")
    #expect(source.contains("MigrationController/openshift-migration/migration-controller"), "\(source)")
  }

  /// The documents of the catalog that the manifests name.
  private func catalog(of journey: Journey, _ manifests: String, _ repository: String) throws -> [JSONValue] {
    let source = try journey.text("\(manifests)/CatalogSource/cs-community-operator-index-v4-15.yaml")
    let image = try #require(source.firstMatch(of: /\n  image: (\S+)\n/)?.1)
    #expect(image.hasPrefix("\(repository)@sha256:"), "\(source)")
    let folder = directory("catalog")
    try runOrFail("rm", ["-rf", folder])
    try journey.world.unpack(String(image), to: folder)
    let text = try runOrFail(Repository.path("scripts/lib/catalog_documents.py"), ["\(folder)/configs"])
    return try JSONReader.value(Array(text.utf8), source: "the documents").elements ?? []
  }

  /// The objects that a bundle of a catalog has inside.
  private func texts(of bundle: JSONValue) throws -> [String] {
    try (bundle["properties"]?.elements ?? []).filter { $0["type"]?.text == "olm.bundle.object" }.map {
      String(decoding: try #require(Base64.decode($0["value"]?["data"]?.text ?? "")), as: UTF8.self)
    }
  }

  private func files(_ folder: String) throws -> Set<String> {
    let names = try runOrFail("find", [folder, "-type", "f"]).split(separator: "\n")
    return try Set(names.map { String(decoding: try FileSystem.read(String($0), limit: 1 << 20), as: UTF8.self) })
  }

  private static func images(in text: String) -> Set<String> {
    Set(text.matches(of: /quay\.io\/[a-z0-9.\/-]+(@sha256:[0-9a-f]{64}|:[a-z0-9.-]+)/).map { String($0.0) })
  }

  private static func images(of bundles: [JSONValue]) -> Set<String> {
    Set(
      bundles.flatMap { bundle in
        [bundle["image"]?.text ?? "?"] + (bundle["relatedImages"]?.elements ?? []).map { $0["image"]?.text ?? "?" }
      })
  }

  /// Demands that a cluster with the mirror sets of a directory finds each image at the target, and the same one.
  private func expectToBePulled(
    _ images: Set<String>, of journey: Journey, _ manifests: String, below target: String,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    var mirrors: [String: [(source: String, mirror: String)]] = [:]
    for file in try journey.files(manifests) where !file.hasPrefix("optional/") {
      for found in try journey.text("\(manifests)/\(file)").matches(of: /- mirrors:\n +- (\S+)\n +source: (\S+)\n/) {
        mirrors[String(file.prefix { $0 != "/" }), default: []].append((String(found.2), String(found.1)))
      }
    }
    #expect(images.count > 2, sourceLocation: location)
    for image in images.sorted() {
      let kind = image.contains("@") ? "ImageDigestMirrorSet" : "ImageTagMirrorSet"
      let found = mirrors[kind]?.first { image.hasPrefix("\($0.source)/") }
      let rule = try #require(found, "no \(kind) has \(image)", sourceLocation: location)
      let mirrored = "\(rule.mirror)\(image.dropFirst(rule.source.count))"
      #expect(mirrored.hasPrefix("\(target)/"), sourceLocation: location)
      #expect(
        try journey.world.skopeo(mirrored) == journey.world.skopeo(image), "\(image)", sourceLocation: location)
    }
  }
}
