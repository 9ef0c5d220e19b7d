import ClusterManifests
import Diagnostics
import Digests
import OCI
import Testing
import YAML

/// What hands a catalog to OLM.
@Suite struct CatalogTests {
  private let reference = "sealift.target.invalid/redhat/redhat-operator-index@\(Sample.digest("9"))"

  @Test func aCatalogHasTheShapesOfTheReference() throws {
    #expect(
      try Sample.catalog().templates().map(\.text) == [
        """
        apiVersion: operators.coreos.com/v1alpha1
        kind: CatalogSource
        metadata:
          name: cs-redhat-operator-index-v4-18
          namespace: openshift-marketplace
        spec:
          image: \(reference)
          sourceType: grpc

        """,
        """
        apiVersion: olm.operatorframework.io/v1
        kind: ClusterCatalog
        metadata:
          name: cc-redhat-operator-index-v4-18
        spec:
          source:
            image:
              ref: \(reference)
            type: Image

        """,
      ])
  }

  @Test func aCatalogByTagIsNamedByItsTag() throws {
    for file in try Sample.catalog(isNamedByTag: true).templates() {
      #expect(file.text.contains(": sealift.target.invalid/redhat/redhat-operator-index:v4.18\n"))
    }
  }

  @Test(arguments: [
    ("redhat/redhat-operator-index", ManifestReference.tag("v4.18"), "redhat-operator-index-v4-18"),
    ("index", .tag("latest"), "index-latest"),
    // Only the first twelve characters count, and each that a name cannot have becomes a dash.
    ("a/index", .tag("v4.18-20260821T120000"), "index-v4-18-202608"),
    ("a/index", .tag("RC_1.Final"), "index-rc-1-final"),
    ("a/index", .tag("_x"), "index--x"),
    ("a/index", .tag("sha256-abcdef0123456789"), "index-sha256-abcde"),
    ("a/index", .digest(Sample.digest("c")), "index-cccccccccccc"),
    ("a/index", .tag(""), "index-0"),
    ("a/my.index.v2", .tag("1"), "my-index-v2-1"),
    ("a/\(String(repeating: "x", count: 58))", .tag("1"), "\(String(repeating: "x", count: 58))-1"),
  ])
  func namesAreThoseOfTheReference(destination: String, version: ManifestReference, stem: String) throws {
    #expect(try Sample.catalog(destination, version).templates().map(\.name) == ["cs-\(stem)", "cc-\(stem)"])
  }

  @Test(arguments: [
    ("a/\(String(repeating: "x", count: 59))", "1"), ("a/index", "v1-"), ("a/index", "v4.18-20260-21"),
    ("a/index", "_"),
    ("a/my_index", "1"), ("a/my__index", "1"), ("a/Index", "1"), ("a/..\n", "1"), ("", "1-"), ("a/é", "1"),
  ])
  func whatIsNoNameIsRefused(destination: String, tag: String) {
    let error = #expect(throws: SealiftError.self) { try Sample.catalog(destination, .tag(tag)).templates() }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains("registry.redhat.io/\(destination):\(tag)") == true)
    #expect(error?.nextStep.contains("targetCatalog") == true && error?.nextStep.contains("targetTag") == true)
  }

  @Test(arguments: [
    ("a/index", "v4.18", "b/index", "v4.18"), ("a/index", "v4.18-2026-01", "a/index", "v4.18-2026-02"),
    ("a/my.index", "1", "a/my-index", "1"), ("a/index", "V1", "a/index", "v1"),
  ])
  func twoCatalogsOfOneNameAreRefused(first: String, firstTag: String, second: String, secondTag: String) throws {
    let catalogs = [try Sample.catalog(first, .tag(firstTag)), try Sample.catalog(second, .tag(secondTag))]
    let error = #expect(throws: SealiftError.self) { try ClusterManifestTemplates.all(images: [], catalogs: catalogs) }
    #expect(error?.code == .configuration)
    #expect(catalogs.allSatisfy { error?.problem.contains($0.source) == true })
    #expect(error?.nextStep.contains("targetTag") == true)
  }

  @Test func twoTemplatesOfOneNameAreRefused() throws {
    let template = template("metadata: {name: mine}")
    let catalogs = [try Sample.catalog("a/b", template: template), try Sample.catalog("a/c", template: template)]
    let error = #expect(throws: SealiftError.self) { try ClusterManifestTemplates.all(images: [], catalogs: catalogs) }
    #expect(error?.problem.hasSuffix("would both be the CatalogSource mine") == true)
    #expect(error?.nextStep.contains("metadata.name") == true)
  }

  @Test func aTemplateIsKeptButForTheImage() throws {
    let catalog = try Sample.catalog(
      template: template(
        """
        metadata:
          name: mine
          namespace: ours
          labels: {a: "1"}
          resourceVersion: "5"
          creationTimestamp: null
        spec:
          displayName: Mine
          image: old:1
          priority: -5
          updateStrategy: {registryPoll: {interval: 30m}}
        status: {}
        """))
    let files = try catalog.templates()
    #expect(
      files[0].text == """
        apiVersion: operators.coreos.com/v1alpha1
        kind: CatalogSource
        metadata:
          labels:
            a: "1"
          name: mine
          namespace: ours
        spec:
          displayName: Mine
          image: \(reference)
          priority: -5
          sourceType: grpc
          updateStrategy:
            registryPoll:
              interval: 30m

        """)
    #expect(files[1].name == "cc-redhat-operator-index-v4-18")
    #expect(
      try catalog.notes() == [
        "the CatalogSource for registry.redhat.io/redhat/redhat-operator-index:v4.18 is mine in the namespace ours, as "
          + "cs.yaml has it; oc-mirror would call it cs-redhat-operator-index-v4-18 in openshift-marketplace"
      ])
  }

  @Test(arguments: [
    "", "metadata: {}\nspec: {}", "metadata: {name: '', namespace: ''}\nspec: {sourceType: '', configMap: ''}",
    "metadata:\nspec:", "metadata: {name: ~}\nspec: {sourceType: ~, configMap: ~}", "spec: {sourceType: grpc}",
  ])
  func whatATemplateLeavesOpenIsAsWithoutOne(text: String) throws {
    let catalog = try Sample.catalog(template: template(text))
    let object = try catalog.templates()[0].object
    #expect(object["metadata"]?["name"] == "cs-redhat-operator-index-v4-18")
    #expect(object["metadata"]?["namespace"] == "openshift-marketplace")
    #expect(object["spec"]?["image"]?.text == reference && object["spec"]?["sourceType"] == "grpc")
    #expect(try catalog.notes().isEmpty)
  }

  @Test(arguments: [
    ("", "is empty"), ("a: b", "must have `apiVersion"), ("[]", "must have `apiVersion"), ("a: &b c", ""),
    ("apiVersion: v1\nkind: CatalogSource", ":1:13: apiVersion must be operators.coreos.com/v1alpha1"),
    ("apiVersion: operators.coreos.com/v1alpha1\nkind: CatalogSources", ":2:7: kind must be CatalogSource"),
    ("apiVersion: operators.coreos.com/v1alpha1", "must have `kind: CatalogSource`"),
  ])
  func aFileThatIsNoCatalogSourceIsRefused(text: String, problem: String) { expectRefusal(text, problem) }

  @Test(arguments: [
    ("spec: {sourceType: configmap}", ":3:20: spec.sourceType must be grpc"),
    ("spec: {sourceType: [grpc]}", ":3:20: "), ("spec: {sourceType: 1}", "must be grpc"),
    ("spec: {configMap: a}", ":3:19: spec.configMap does not go with an image"), ("spec: a", ":3:7: "),
    ("spec: {grpcPodConfig: a}", ":3:23: "), ("spec: {grpcPodConfig: {extractContent: []}}", ":3:40: "),
    ("metadata: []", ":3:11: "), ("metadata: {name: Mine}", ":3:18: metadata.name has at most 63"),
    ("metadata: {name: ../../a}", "metadata.name"), ("metadata: {name: -a}", "metadata.name"),
    ("metadata: {namespace: \"a b\"}", "metadata.namespace"), ("metadata: {name: [a]}", ":3:18: "),
    ("metadata: {name: \"a\\nb\"}", "metadata.name"), ("metadata: {labels: {a: [b]}}", ":3:24: "),
    ("metadata: {name: \(String(repeating: "a", count: 64))}", "metadata.name"),
    ("spec: {displayName: at sealift.target.invalid}", ":3:21: sealift.target.invalid"),
    ("spec: {sealift.target.invalid/x: a}", "sealift.target.invalid"), ("---\na: b", "second document"),
  ])
  func aCatalogSourceThatCannotBeOneForAnImageIsRefused(text: String, problem: String) {
    expectRefusal(template(text), problem)
  }

  @Test func anImageWithoutAProgramIsTakenOut() throws {
    let all: YAMLValue = ["cacheDir": "/tmp/cache", "catalogDir": "/configs"]
    #expect(try content(.published) == nil)
    #expect(try content(.rebuilt) == nil)
    #expect(try content(.documents(hasCache: true)) == all)
    #expect(try content(.documents(hasCache: false)) == ["catalogDir": "/configs"])
  }

  @Test func aCacheThatIsNotThatOfTheCatalogIsNotUsed() throws {
    let given = "spec: {grpcPodConfig: {memoryTarget: 30Mi, extractContent: {cacheDir: /c, catalogDir: /d}}}"
    #expect(try content(.published, given) == ["cacheDir": "/c", "catalogDir": "/d"])
    #expect(try content(.rebuilt, given) == ["catalogDir": "/d"])
    #expect(try content(.documents(hasCache: true), given) == ["cacheDir": "/tmp/cache", "catalogDir": "/configs"])
    #expect(try content(.documents(hasCache: false), given) == ["catalogDir": "/configs"])
    let notes = try Sample.catalog(form: .rebuilt, template: template(given)).notes()
    #expect(notes.count == 1 && notes[0].hasPrefix("extractContent.cacheDir of cs.yaml is left out"))
    // With nothing else beside it, there is nothing to take out of the image.
    let bare = try Sample.catalog(
      form: .rebuilt, template: template("spec: {grpcPodConfig: {extractContent: {cacheDir: /c}}}"))
    #expect(try bare.templates()[0].object["spec"]?["grpcPodConfig"] == nil)
  }

  @Test func anImageWithoutACacheSaysWhichClustersServeIt() throws {
    let notes = try Sample.catalog(form: .documents(hasCache: false)).notes()
    #expect(notes.count == 1 && notes[0].contains("OpenShift 4.20"))
    #expect(try Sample.catalog(form: .documents(hasCache: true)).notes().isEmpty)
  }

  @Test(arguments: [
    (
      "registry.redhat.io/foo/bar@", "foo/bar", ["ImageDigestMirrorSet", "ImageContentSourcePolicy"],
      "registry.redhat.io/foo"
    ),
    ("quay.io/foo/bar:1", "foo/bar", ["ImageTagMirrorSet"], "quay.io/foo"),
    (
      "quay.io/foo/bar:1@", "other/bar", ["ImageDigestMirrorSet", "ImageContentSourcePolicy", "ImageTagMirrorSet"],
      "quay.io/foo/bar"
    ),
  ])
  func imagesOfOperatorsAreMirroredAsOthersAre(
    source: String, destination: String, kinds: [String], scope: String
  ) throws {
    let reference = source.hasSuffix("@") ? source + Sample.payload.description : source
    let files = MirrorSets.templates([try Sample.image(reference, destination, .operator)])
    #expect(files.map(\.kind) == kinds)
    for file in files {
      #expect(file.object["metadata"]?["labels"] == ["operators.openshift.org/catalog": "true"])
      #expect(file.text.contains("source: \(scope)\n"), "\(file.text)")
    }
  }

  private func template(_ rest: String) -> String {
    "apiVersion: operators.coreos.com/v1alpha1\nkind: CatalogSource\n\(rest)"
  }

  private func content(_ form: CarriedCatalog.Form, _ rest: String? = nil) throws -> YAMLValue? {
    let file = try Sample.catalog(form: form, template: rest.map(template)).templates()[0]
    return file.object["spec"]?["grpcPodConfig"]?["extractContent"]
  }

  private func expectRefusal(_ text: String, _ problem: String) {
    let error = #expect(throws: SealiftError.self) { try CatalogSourceTemplate(Array(text.utf8), path: "my/cs.yaml") }
    #expect(error?.code == .configuration)
    #expect(
      error?.problem.hasPrefix("my/cs.yaml") == true && error?.problem.contains(problem) == true,
      "\(error?.problem ?? "")")
  }
}
