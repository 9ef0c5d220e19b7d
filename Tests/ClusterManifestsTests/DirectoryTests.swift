import ClusterManifests
import Diagnostics
import Digests
import OCI
import Testing
import YAML

@Suite struct DirectoryTests {
  private static let beside = ["NEXT-STEPS.md", "install-config-snippet.txt", "mapping.txt"]
  private static let always = [
    "CatalogSource/cs-redhat-operator-index-v4-18.yaml", "ClusterCatalog/cc-redhat-operator-index-v4-18.yaml",
    "ConfigMap/\(Sample.payload.tag).yaml", "UpdateService/update-service-oc-mirror.yaml",
    "optional/operatorhub.yaml.off",
  ]
  private static let newer = [
    "ImageDigestMirrorSet/idms-operator-0.yaml", "ImageDigestMirrorSet/idms-release-0.yaml",
    "ImageTagMirrorSet/itms-generic-0.yaml", "ImageTagMirrorSet/itms-release-0.yaml",
  ]
  private static let older = [
    "ImageContentSourcePolicy/icsp-operator-0.yaml", "ImageContentSourcePolicy/icsp-release-0.yaml",
  ]

  @Test(arguments: [
    (MirrorAPI.idms, newer, ["icsp-operator-0", "icsp-release-0"]),
    (.icsp, older, ["idms-operator-0", "idms-release-0", "itms-generic-0", "itms-release-0"]),
    (.both, newer + older, []),
  ])
  func theInterfaceDecidesWhatIsApplied(api: MirrorAPI, sets: [String], left: [String]) throws {
    let expected = Self.beside + Self.always + sets + left.map { "optional/\($0).yaml.off" }
    #expect(try Sample.directory(api: api).files().map(\.path) == expected.sorted())
  }

  @Test(arguments: [
    (nil, false), ("4.17", false), ("4.18", true), ("4.20", true), ("5.0", true), ("3.11", false),
  ])
  func theVersionOfTheClusterDecidesAboutClusterCatalogs(version: String?, isWritten: Bool) throws {
    let directory = try Sample.directory(clusterVersion: try version.map { try ClusterVersion($0) })
    let paths = try directory.files().map(\.path).filter { $0.lowercased().contains("clustercatalog") }
    let name = "cc-redhat-operator-index-v4-18.yaml"
    #expect(paths == [isWritten ? "ClusterCatalog/\(name)" : "optional/clustercatalog-\(name).off"])
  }

  @Test func defaultCatalogsCanBeTakenAwayWhereThereAreOthers() throws {
    var directory = try Sample.directory()
    #expect(
      try directory.texts()["optional/operatorhub.yaml.off"] == """
        apiVersion: config.openshift.io/v1
        kind: OperatorHub
        metadata:
          name: cluster
        spec:
          disableAllDefaultSources: true

        """)
    directory.templates.removeAll { $0.kind == "CatalogSource" }
    #expect(try directory.texts()["optional/operatorhub.yaml.off"] == nil)
  }

  @Test(arguments: [
    (nil, MirrorAPI.idms), ("4.12", .icsp), ("4.13", .idms), ("4.9", .icsp), ("4.20", .idms), ("5.0", .idms),
    ("3.11", .icsp),
  ])
  func theVersionOfTheClusterDecidesTheInterface(version: String?, api: MirrorAPI) throws {
    #expect(MirrorAPI(for: try version.map { text throws(SealiftError) in try ClusterVersion(text) }) == api)
  }

  @Test(arguments: [
    "", "4", "4.", "4.18.1", "v4.18", "4.x", "04.18", "-4.1", "4.+1", " 4.18", "4.99999999999999999999",
  ])
  func otherTextIsNoVersion(text: String) {
    let error = #expect(throws: SealiftError.self) { try ClusterVersion(text) }
    #expect(error?.code == .usage)
  }

  @Test(arguments: [nil, "openshift-config"])
  func anObjectThatTakesThePlaceOfTheCertificateIsRefused(namespace: String?) throws {
    let metadata = "{name: mirror-registry-ca-mirror.local-8443\(namespace.map { ", namespace: \($0)" } ?? "")}"
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: \(metadata)\ndata: {a: b}\n"
    var directory = try Sample.directory(certificateAuthority: "x")
    directory.templates.append(try ClusterManifest(Array(text.utf8), source: "a.yaml", isForeign: true))
    let error = #expect(throws: SealiftError.self) { try directory.files() }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains("mirror-registry-ca-mirror.local-8443.yaml") == true)
    directory.cluster.certificateAuthority = nil
    #expect(throws: Never.self) { try directory.files() }
  }

  @Test func nothingHoldsThePlaceholder() throws {
    for (path, text) in try Sample.directory(api: .both, certificateAuthority: "x").texts() {
      #expect(!text.contains(Placeholder.host), "\(path)")
    }
  }

  @Test func theSameInputGivesTheSameBytes() throws {
    var shuffled = try Sample.directory(certificateAuthority: "x")
    let files = try shuffled.files()
    shuffled.templates.reverse()
    shuffled.images.reverse()
    #expect(try shuffled.files() == files)
  }

  @Test func theMappingIsSorted() throws {
    #expect(
      try Sample.directory().texts()["mapping.txt"] == """
        quay.io/a/b:2=mirror.local:8443/ns/a/b:1
        quay.io/a/b:2=mirror.local:8443/ns/a/b:2
        quay.io/a/b@\(Sample.digest("d"))=mirror.local:8443/ns/a/b@\(Sample.digest("d"))

        """)
  }

  @Test func theSnippetHasBothFormsOfWhichOneCounts() throws {
    let sources = """
      - mirrors:
        - mirror.local:8443/ns/openshift/release-images
        source: quay.io/openshift-release-dev/ocp-release
      - mirrors:
        - mirror.local:8443/ns/openshift/release
        source: quay.io/openshift-release-dev/ocp-v4.0-art-dev

      """
    let commented = sources.split(separator: "\n").map { "# \($0)\n" }.joined()
    let certificate = "-----BEGIN CERTIFICATE-----\r\nMIIB\r\n-----END CERTIFICATE-----\r\n\r\n"
    let text = try #require(
      try Sample.directory(certificateAuthority: certificate).texts()["install-config-snippet.txt"])
    #expect(
      text.hasSuffix(
        """
        imageDigestSources:
        \(sources)# imageContentSources:
        \(commented)additionalTrustBundle: |
          -----BEGIN CERTIFICATE-----
          MIIB
          -----END CERTIFICATE-----

        """))
    let older = try #require(try Sample.directory(api: .icsp).texts()["install-config-snippet.txt"])
    #expect(older.hasSuffix("# imageDigestSources:\n\(commented)imageContentSources:\n\(sources)"))
    let document = try YAMLReader.document(Array(text.utf8), source: "snippet")
    #expect(document["imageDigestSources"] != nil && document["imageContentSources"] == nil)
  }

  @Test func aCertificateComesWithTheObjectsThatMakeAClusterTrustIt() throws {
    let texts = try Sample.directory(certificateAuthority: "pem").texts()
    #expect(
      texts["ConfigMap/mirror-registry-ca-mirror.local-8443.yaml"] == """
        apiVersion: v1
        data:
          mirror.local..8443: |
            pem
          updateservice-registry: |
            pem
        kind: ConfigMap
        metadata:
          name: mirror-registry-ca-mirror.local-8443
          namespace: openshift-config

        """)
    #expect(texts["registry-ca.pem"] == "pem\n")
    #expect(
      texts["optional/image-registry.yaml.off"]?.hasSuffix(
        "  additionalTrustedCA:\n    name: mirror-registry-ca-mirror.local-8443\n") == true)
  }

  @Test func aRegistryWithoutTLSIsNamedAsSuch() throws {
    var directory = try Sample.directory(certificateAuthority: "pem")
    directory.cluster.isInsecure = true
    let texts = try directory.texts()
    #expect(
      texts["optional/image-registry.yaml.off"]?.hasSuffix(
        "spec:\n  registrySources:\n    insecureRegistries:\n    - mirror.local:8443\n") == true)
    #expect(texts["registry-ca.pem"] == nil && !texts.keys.contains { $0.contains("mirror-registry-ca") })
  }

  @Test func largeSetsAreCut() throws {
    let images = try (0..<3000).map { number in
      try Sample.image(
        "registry-\(number).example.com/some/rather/long/path/of/a/repository@\(Sample.payload)", "to/\(number)",
        .operator)
    }
    var directory = try Sample.directory()
    directory.templates = MirrorSets.templates(images)
    let files = try directory.files().filter { $0.path.hasPrefix("ImageDigestMirrorSet/") }
    #expect(files.map(\.path) == (0...1).map { "ImageDigestMirrorSet/idms-operator-\($0).yaml" })
    let objects = try files.map { try YAMLReader.document($0.bytes, source: $0.path).value }
    for (file, object) in zip(files, objects) {
      #expect(file.bytes.count <= ClusterManifest.maximumBytes)
      #expect("ImageDigestMirrorSet/\(object["metadata"]?["name"]?.text ?? "").yaml" == file.path)
      #expect(object["metadata"]?["labels"] == ["operators.openshift.org/catalog": "true"])
    }
    // The first is as full as it can be.
    #expect((files.first?.bytes.count ?? 0) > ClusterManifest.maximumBytes - 300)
    let sources = objects.flatMap { $0["spec"]?["imageDigestMirrors"]?.elements ?? [] }.compactMap {
      $0["source"]?.text
    }
    #expect(sources.count == 3000 && sources == sources.sorted())
  }

  @Test func anObjectThatCannotBeCutIsRefused() throws {
    var directory = try Sample.directory()
    let text = "kind: A\nmetadata: {name: a}\nvalue: \(String(repeating: "x", count: 260_000))"
    directory.templates = [try ClusterManifest(Array(text.utf8), source: "x")]
    let error = #expect(throws: SealiftError.self) { try directory.files() }
    #expect(error?.code == .usage && error?.problem.contains("A/a.yaml has more than") == true)
  }

  @Test func templatesOfABundleThatCannotLieInOneDirectoryAreRefused() throws {
    func text(_ name: String) -> [UInt8] { Array("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \(name)\n".utf8) }
    var prover = TemplateProver()
    try prover.take(text("settings"), path: "ConfigMap/settings.yaml", isForeign: true)
    let twice = #expect(throws: SealiftError.self) {
      try prover.take(text("settings"), path: "ConfigMap/settings.yaml", isForeign: true)
    }
    #expect(twice?.code == .corrupt && twice?.problem.contains("two templates have the path") == true)
    let elsewhere = #expect(throws: SealiftError.self) {
      try prover.take(text("other"), path: "ConfigMap/harmless.yaml", isForeign: true)
    }
    #expect(elsewhere?.code == .corrupt && elsewhere?.problem.contains("holds the object") == true)
    let unreadable = #expect(throws: SealiftError.self) {
      try prover.take(Array("kind: \u{1B}[2K\n".utf8), path: "ConfigMap/odd.yaml", isForeign: true)
    }
    #expect(unreadable?.code == .corrupt && unreadable?.nextStep.contains("fresh copy of the bundle") == true)
  }

  @Test func aTargetWithoutANameIsRefused() throws {
    var directory = try Sample.directory()
    directory.cluster.target = MirrorTarget(registry: "[::1]:5000") { $0 }
    let error = #expect(throws: SealiftError.self) { try directory.files() }
    #expect(error?.code == .usage)
  }

  @Test func anEmptyBundleLeavesOnlyText() throws {
    let directory = ClusterManifestDirectory(
      templates: [], images: [], releases: [], cluster: TargetCluster(target: Sample.target, api: .idms))
    #expect(try directory.files().map(\.path) == ["NEXT-STEPS.md"])
  }
}
