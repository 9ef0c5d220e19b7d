import ClusterManifests
import Diagnostics
import Digests
import OCI
import Testing
import YAML

@Suite struct TemplateTests {
  @Test func eachCategoryHasItsOwnSets() throws {
    #expect(
      try Sample.templates().map(\.path) == [
        "CatalogSource/cs-redhat-operator-index-v4-18.yaml", "ClusterCatalog/cc-redhat-operator-index-v4-18.yaml",
        "ConfigMap/\(Sample.payload.tag).yaml",
        "ImageContentSourcePolicy/icsp-operator-0.yaml", "ImageContentSourcePolicy/icsp-release-0.yaml",
        "ImageDigestMirrorSet/idms-operator-0.yaml", "ImageDigestMirrorSet/idms-release-0.yaml",
        "ImageTagMirrorSet/itms-generic-0.yaml", "ImageTagMirrorSet/itms-release-0.yaml",
        "UpdateService/update-service-oc-mirror.yaml",
      ])
  }

  @Test func releasesAreMirroredAsTheReferenceDoesIt() throws {
    #expect(
      try template("ImageDigestMirrorSet/idms-release-0.yaml") == """
        apiVersion: config.openshift.io/v1
        kind: ImageDigestMirrorSet
        metadata:
          name: idms-release-0
        spec:
          imageDigestMirrors:
          - mirrors:
            - sealift.target.invalid/openshift/release-images
            source: quay.io/openshift-release-dev/ocp-release
          - mirrors:
            - sealift.target.invalid/openshift/release
            source: quay.io/openshift-release-dev/ocp-v4.0-art-dev

        """)
    #expect(
      try template("ImageTagMirrorSet/itms-release-0.yaml") == """
        apiVersion: config.openshift.io/v1
        kind: ImageTagMirrorSet
        metadata:
          name: itms-release-0
        spec:
          imageTagMirrors:
          - mirrors:
            - sealift.target.invalid/openshift/release-images
            source: quay.io/openshift-release-dev/ocp-release

        """)
  }

  @Test func operatorsHaveTheirLabelAndNamespaces() throws {
    #expect(
      try template("ImageContentSourcePolicy/icsp-operator-0.yaml") == """
        apiVersion: operator.openshift.io/v1alpha1
        kind: ImageContentSourcePolicy
        metadata:
          labels:
            operators.openshift.org/catalog: "true"
          name: icsp-operator-0
        spec:
          repositoryDigestMirrors:
          - mirrors:
            - sealift.target.invalid/foo
            source: registry.redhat.io/foo

        """)
  }

  @Test func eachReleaseHasItsOwnSignatures() throws {
    #expect(
      try template("ConfigMap/\(Sample.payload.tag).yaml") == """
        apiVersion: v1
        binaryData:
          \(Sample.payload.tag)-1: kP8A
          \(Sample.payload.tag)-2: AQ==
        kind: ConfigMap
        metadata:
          labels:
            release.openshift.io/verification-signatures: ""
          name: \(Sample.payload.tag)
          namespace: openshift-config-managed

        """)
  }

  @Test func signaturesAsJSONAreOneLine() throws {
    let file = try #require(try Sample.release.signatureConfigMap())
    #expect(
      String(decoding: try file.json(), as: UTF8.self) == """
        {"apiVersion":"v1","binaryData":{"\(Sample.payload.tag)-1":"kP8A","\(Sample.payload.tag)-2":"AQ=="},\
        "kind":"ConfigMap","metadata":{"labels":{"release.openshift.io/verification-signatures":""},\
        "name":"\(Sample.payload.tag)","namespace":"openshift-config-managed"}}

        """)
  }

  @Test func theUpdateServiceNamesItsGraphByDigest() throws {
    #expect(
      try template("UpdateService/update-service-oc-mirror.yaml") == """
        apiVersion: updateservice.operator.openshift.io/v1
        kind: UpdateService
        metadata:
          name: update-service-oc-mirror
          namespace: openshift-update-service
        spec:
          graphDataImage: sealift.target.invalid/openshift/graph-image@\(Sample.graph)
          releases: sealift.target.invalid/openshift/release-images
          replicas: 2

        """)
  }

  @Test(arguments: [
    // A namespace where the path is kept, whatever stands before it.
    ("quay.io/a/b/c@", "a/b/c", "quay.io/a/b", "/a/b"),
    ("quay.io/a/b@", "x/a/b", "quay.io/a", "/x/a"),
    ("registry.local:5000/app@", "app", "registry.local:5000", ""),
    ("registry.local/app@", "x/app", "registry.local", "/x"),
    // A repository where it is not.
    ("quay.io/a/b@", "a/c", "quay.io/a/b", "/a/c"),
    ("registry.local/app@", "myapp", "registry.local/app", "/myapp"),
    ("nginx@", "library/nginx", "docker.io/library", "/library"),
  ])
  func scopesAreNamespacesWhereThePathIsKept(
    source: String, destination: String, expected: String, mirror: String
  ) throws {
    let image = try Sample.image(source + Sample.payload.description, destination)
    let entry = try #require(entries(of: MirrorSets.templates([image]), "imageDigestMirrors").first)
    #expect(entry == ["mirrors": [.string("sealift.target.invalid" + mirror)], "source": .string(expected)])
  }

  @Test func aTargetThatRenamesRepositoriesHasNoNamespaces() throws {
    let image = try Sample.image("quay.io/a/b@\(Sample.payload)", "a/b")
    let entry = try #require(
      entries(of: MirrorSets.templates([image], repositoryScope: true), "imageDigestMirrors").first)
    #expect(entry == ["mirrors": ["sealift.target.invalid/a/b"], "source": "quay.io/a/b"])
  }

  @Test(arguments: [
    (":1", MirroredImage.Role.other, ["ImageTagMirrorSet"]),
    ("@", .other, ["ImageDigestMirrorSet", "ImageContentSourcePolicy"]),
    (":1@", .other, ["ImageDigestMirrorSet", "ImageContentSourcePolicy", "ImageTagMirrorSet"]),
    (":1", .payload, ["ImageDigestMirrorSet", "ImageContentSourcePolicy", "ImageTagMirrorSet"]),
    ("@", .payload, ["ImageDigestMirrorSet", "ImageContentSourcePolicy"]),
    (":1@", .named, []),
  ])
  func theReferenceDecidesTheKinds(suffix: String, role: MirroredImage.Role, kinds: [String]) throws {
    let reference = "quay.io/a/b" + suffix + (suffix.hasSuffix("@") ? Sample.payload.description : "")
    #expect(MirrorSets.templates([try Sample.image(reference, "a/b", .generic, role)]).map(\.kind) == kinds)
  }

  @Test func sourcesAreSortedAndMirrorsKeepTheirOrder() throws {
    let images = try [("z/y", "m2"), ("b/c", "x"), ("z/y", "m1"), ("z/y", "m2"), ("a/c", "x")].map {
      try Sample.image("quay.io/\($0)@\(Sample.payload)", $1)
    }
    #expect(
      entries(of: MirrorSets.templates(images), "imageDigestMirrors") == [
        ["mirrors": ["sealift.target.invalid/x"], "source": "quay.io/a/c"],
        ["mirrors": ["sealift.target.invalid/x"], "source": "quay.io/b/c"],
        ["mirrors": ["sealift.target.invalid/m2", "sealift.target.invalid/m1"], "source": "quay.io/z/y"],
      ])
  }

  /// A component of a release that was asked for by itself too, and a repository that goes to two places.
  @Test func anEntryForARepositoryHidesNoOtherImageOfIt() throws {
    let images = try [
      Sample.image("quay.io/dev/art@\(Sample.payload)", "openshift/release", .release),
      Sample.image("quay.io/dev/art@\(Sample.payload)", "dev/art"),
      Sample.image("quay.io/dev/x@\(Sample.payload)", "dev/x"),
      Sample.image("quay.io/team/app:1", "elsewhere/app"),
      Sample.image("quay.io/team/app@\(Sample.payload)", "team/app"),
    ]
    let sets = MirrorSets.templates(images)
    #expect(
      entries(of: sets.filter { $0.name == "idms-generic-0" }, "imageDigestMirrors") == [
        ["mirrors": ["sealift.target.invalid/dev"], "source": "quay.io/dev"],
        ["mirrors": ["sealift.target.invalid/dev/art"], "source": "quay.io/dev/art"],
        ["mirrors": ["sealift.target.invalid/team"], "source": "quay.io/team"],
        ["mirrors": ["sealift.target.invalid/team/app"], "source": "quay.io/team/app"],
      ])
    #expect(
      entries(of: sets.filter { $0.name == "idms-release-0" }, "imageDigestMirrors") == [
        ["mirrors": ["sealift.target.invalid/openshift/release"], "source": "quay.io/dev/art"]
      ])
  }

  @Test func whatEarlierSetsHaveStaysBehindWhatIsNew() throws {
    let before = try [("a/b", "a/b"), ("c/d", "c/d"), ("e/f", "e/f")].map {
      try Sample.image("quay.io/\($0)@\(Sample.payload)", $1)
    }
    let now = try [("a/b", "a/b"), ("c/d", "elsewhere/d")].map {
      try Sample.image("quay.io/\($0)@\(Sample.payload)", $1)
    }
    let earlier = MirrorSets.templates(before)
    let sets = MirrorSets.templates(now, keeping: earlier)
    #expect(
      entries(of: sets, "imageDigestMirrors") == [
        ["mirrors": ["sealift.target.invalid/a"], "source": "quay.io/a"],
        ["mirrors": ["sealift.target.invalid/c"], "source": "quay.io/c"],
        ["mirrors": ["sealift.target.invalid/elsewhere/d"], "source": "quay.io/c/d"],
        ["mirrors": ["sealift.target.invalid/e"], "source": "quay.io/e"],
      ])
    #expect(MirrorSets.templates([], keeping: earlier) == earlier)
    #expect(MirrorSets.templates(before, keeping: earlier) == earlier)
  }

  @Test func aSourceWithoutANameHasNoMirror() throws {
    #expect(MirrorSets.templates([try Sample.image("[::1]:5000/a/b@\(Sample.payload)", "a/b")]).isEmpty)
  }

  @Test func aReleaseThatStandsTwiceIsWrittenOnce() throws {
    let twice = try ClusterManifestTemplates.all(images: [], releases: [Sample.release, Sample.release])
    #expect(twice.map(\.path) == ["ConfigMap/\(Sample.payload.tag).yaml"])
  }

  @Test func aReleaseWithoutSignaturesHasNoConfigMap() throws {
    var release = Sample.release
    release.signatures = []
    #expect(try release.signatureConfigMap() == nil)
  }

  @Test func signaturesThatNoClusterTakesAreRefused() throws {
    var release = Sample.release
    release.signatures = [[UInt8](repeating: 1, count: 190_000)]
    let error = #expect(throws: SealiftError.self) { try release.signatureConfigMap() }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains("release 4.18.1") == true)
  }

  @Test func templatesReadBackAsTheyAre() throws {
    for file in try Sample.templates() {
      #expect(try ClusterManifest(file.bytes, source: file.path) == file)
    }
  }

  @Test(arguments: [
    "kind: A", "metadata: {name: a}", "kind: ../A\nmetadata: {name: a}", "kind: A\nmetadata: {name: ../../a}",
    "kind: A\nmetadata: {name: .a}", "kind: A\nmetadata: {name: -a}", "kind: A\nmetadata: {name: a/b}", "[]",
    "kind: 1\nmetadata: {name: 2}",
    "kind: A\nmetadata: {name: \"a\\nb\"}", "kind: A\n---\nkind: B", "kind: A\nmetadata: {name: \"\"}",
  ])
  func aFileThatIsNoObjectIsRefused(text: String) {
    let error = #expect(throws: SealiftError.self) { try ClusterManifest(Array(text.utf8), source: "config/x.yaml") }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains("config/x.yaml") == true)
  }

  private func template(_ path: String) throws -> String? { try Sample.templates().first { $0.path == path }?.text }

  private func entries(of files: [ClusterManifest], _ list: String) -> [YAMLValue] {
    files.compactMap { $0.object["spec"]?[list]?.elements }.first ?? []
  }
}
