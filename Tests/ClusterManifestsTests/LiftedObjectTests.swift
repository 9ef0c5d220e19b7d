import ClusterManifests
import Diagnostics
import Digests
import OCI
import Testing
import YAML

@Suite struct LiftedObjectTests {
  private let variables = ImageVariables(host: "REGISTRY", path: "PROJECT")

  @Test func findsContainersWhereverTheyAre() throws {
    let images = try images(
      """
      apiVersion: example.com/v1
      kind: Anything
      metadata: {name: a}
      spec:
        containers: [{name: one, image: quay.io/team/one:v1}]
        deep:
        - template: {initContainers: [{image: quay.io/team/two:v1}], ephemeralContainers: [{image: quay.io/team/three:v1}]}
        containers-like: [{image: quay.io/team/four:v1}]
        imagePullSecrets: [{name: x}]
      """)
    #expect(names(images) == ["quay.io/team/one:v1", "quay.io/team/three:v1", "quay.io/team/two:v1"])
    let rewritten = try images.rewritten { image in image.repository == "team/two" ? nil : Sample.digest("a") }
    let spec = rewritten.manifest.object["spec"]
    #expect(
      spec?["containers"]?.elements?[0]["image"]?.text
        == "sealift.target.invalid/team/one@sha256:\(String(repeating: "a", count: 64))")
    // What the bundle does not have keeps its tag.
    let template = spec?["deep"]?.elements?[0]["template"]
    #expect(template?["initContainers"]?.elements?[0]["image"]?.text == "sealift.target.invalid/team/two:v1")
    #expect(spec?["containers-like"]?.elements?[0]["image"]?.text == "quay.io/team/four:v1")
    #expect(
      images.notes == [
        "a.yml: Anything a: spec.containers-like[0].image names the image quay.io/team/four:v1, which is neither packed "
          + "nor rewritten"
      ])
  }

  @Test func leavesDefinitionsOfKindsAlone() throws {
    let images = try images(
      """
      apiVersion: apiextensions.k8s.io/v1beta1
      kind: CustomResourceDefinition
      metadata: {name: a}
      spec: {example: {containers: [{image: quay.io/team/one:v1}]}}
      """)
    #expect(images.uses.isEmpty)
    #expect(images.notes.isEmpty)
    #expect(try images.rewritten { _ in Sample.digest("a") } == images.object)
  }

  @Test func composesImagesOfVariables() throws {
    let hex = String(repeating: "b", count: 64)
    let images = try images(
      container: """
        - {name: UI_TAG, value: v2}
        - {name: REGISTRY, value: quay.io}
        - {name: PROJECT, value: konveyor/next}
        - {name: UI_REPO, value: ui}
        - {name: PINNED_REPO, value: pinned}
        - {name: PINNED_TAG, value: 'sha256:\(hex)'}
        - {name: OTHER, value: quay.io}
        """)
    #expect(
      images.uses.filter(\.isComposed).map { "\($0.image) \($0.repository)" } == [
        "quay.io/konveyor/next/ui:v2 konveyor/next/ui",
        "quay.io/konveyor/next/pinned@sha256:\(hex) konveyor/next/pinned",
      ])
    #expect(images.hasHost)
    #expect(images.notes.isEmpty)
    #expect(
      try environment(images) == [
        "UI_TAG=v2", "REGISTRY=sealift.target.invalid", "PROJECT=konveyor/next", "UI_REPO=ui", "PINNED_REPO=pinned",
        "PINNED_TAG=sha256:\(hex)", "OTHER=quay.io",
      ])
  }

  @Test(arguments: [
    // The path of the host's variable stays; without a variable for the path there is none.
    ("quay.io/konveyor", nil as String?, "quay.io/konveyor/ui:v1", "konveyor/ui", "sealift.target.invalid/konveyor"),
    ("quay.io", nil, "quay.io/ui:v1", "ui", "sealift.target.invalid"),
    ("localhost", "a", "localhost/a/ui:v1", "a/ui", "sealift.target.invalid"),
    ("host:5000/a", "b/c", "host:5000/a/b/c/ui:v1", "a/b/c/ui", "sealift.target.invalid/a"),
    // Docker Hub's own images have a path of their own there; the composition has not.
    ("docker.io", nil, "docker.io/library/ui:v1", "ui", "sealift.target.invalid"),
  ])
  func keepsThePathThatIsComposed(
    host: String, path: String?, image: String, repository: String, filled: String
  ) throws {
    let lines = ["- {name: REGISTRY, value: '\(host)'}"] + (path.map { ["- {name: PROJECT, value: '\($0)'}"] } ?? [])
    let images = try images(
      container: (lines + ["- {name: UI_REPO, value: ui}", "- {name: UI_TAG, value: v1}"]).joined(separator: "\n"),
      ImageVariables(host: "REGISTRY", path: path == nil ? nil : "PROJECT"))
    let composed = images.uses.filter(\.isComposed)
    #expect(composed.map(\.image.description) == [image])
    #expect(composed.map(\.repository) == [repository])
    #expect(try environment(images).first == "REGISTRY=\(filled)")
  }

  @Test(arguments: [
    ("- {name: UI_REPO, value: ui}", "UI_REPO is 'ui' and has no UI_TAG: its image is not known and not packed"),
    ("- {name: UI_TAG, value: v1}", "UI_TAG is 'v1' and has no UI_REPO: no image is composed of it"),
    (
      "- {name: UI_REPO, value: ''}\n- {name: UI_TAG, value: v1}",
      "UI_REPO is empty: its image is not known and not packed"
    ),
    (
      "- {name: UI_REPO, value: ui}\n- {name: UI_TAG, valueFrom: {configMapKeyRef: {name: a, key: b}}}",
      "UI_TAG is known to the cluster alone: its image is not known and not packed"
    ),
    ("- {name: UI_REPO, value: ui}\n- {name: UI_TAG, value: 1.10}", "UI_TAG is no text: its image is not known"),
    (
      "- {name: UI_REPO, value: UI}\n- {name: UI_TAG, value: v1}",
      "UI_REPO and UI_TAG compose 'quay.io/team/UI:v1', which is no image"
    ),
    (
      "- {name: UI_REPO, value: ui}\n- {name: UI_TAG, value: 'sha256:12'}",
      "UI_REPO and UI_TAG compose 'quay.io/team/ui@sha256:12', which is no image"
    ),
    (
      "- {name: HELPER, value: $(REGISTRY)/$(PROJECT)/helper:v1}",
      "spec.containers[0].env[2].value is composed of $(REGISTRY): its image is not known and not packed"
    ),
    (
      "- {name: HELPER_IMAGE, value: 'quay.io/team/helper:v1'}",
      "spec.containers[0].env[2].value names the image quay.io/team/helper:v1, which is neither packed nor rewritten"
    ),
    (
      "- {name: RELATED_IMAGE_A, valueFrom: {configMapKeyRef: {name: a, key: b}}}",
      "container app: RELATED_IMAGE_A is known to the cluster alone: its image is neither packed nor rewritten"
    ),
    (
      "- {name: RELATED_IMAGE_A, value: UPPER:v1}",
      "container app: RELATED_IMAGE_A is 'UPPER:v1', which is no image: it is neither packed nor rewritten"
    ),
  ])
  func namesWhatIsLeftAsItIs(lines: String, note: String) throws {
    let images = try images(
      container: "- {name: REGISTRY, value: quay.io}\n- {name: PROJECT, value: team}\n\(lines)")
    #expect(images.uses.count == 1)
    #expect(images.notes.count == 1)
    #expect(images.notes.first?.contains(note) == true, "\(images.notes)")
    #expect(images.hasHost)
  }

  @Test(arguments: [
    ("", "container app: it has UI_REPO and no REGISTRY: what it composes is neither packed nor rewritten"),
    ("- {name: REGISTRY, value: ''}", "REGISTRY is empty, which is no registry's host"),
    ("- {name: REGISTRY, value: registry}", "REGISTRY is 'registry', which is no registry's host"),
    ("- {name: REGISTRY, value: quay.io/}", "REGISTRY is 'quay.io/', which is no registry's host"),
    (
      "- {name: REGISTRY, valueFrom: {fieldRef: {fieldPath: a}}}",
      "REGISTRY is known to the cluster alone, which is no registry's host"
    ),
  ])
  func composesNothingWithoutAHost(line: String, note: String) throws {
    let images = try images(
      container: "\(line)\n- {name: PROJECT, value: team}\n- {name: UI_REPO, value: ui}\n- {name: UI_TAG, value: v1}")
    #expect(!images.hasHost)
    #expect(images.uses.count == 1)
    #expect(images.notes.first?.contains(note) == true, "\(images.notes)")
  }

  @Test func theHostIsNamedEvenWhereThePathIsNotKnown() throws {
    let images = try images(
      container: "- {name: REGISTRY, value: quay.io}\n- {name: UI_REPO, value: ui}\n- {name: UI_TAG, value: v1}")
    #expect(images.hasHost)
    #expect(images.uses.count == 1)
    #expect(images.notes.first?.contains("PROJECT is not set: what it composes of UI_REPO") == true, "\(images.notes)")
    #expect(try environment(images).first == "REGISTRY=sealift.target.invalid")
  }

  @Test func saysThatVariablesLookLikeImages() throws {
    let images = try images(container: "- {name: UI_REPO, value: ui}\n- {name: UI_TAG, value: v1}", nil)
    #expect(images.notes.count == 1)
    #expect(images.notes.first?.contains("UI_REPO looks like a part of an image") == true)
  }

  @Test func relatedImagesAreRewrittenLikeImages() throws {
    let images = try images(container: "- {name: RELATED_IMAGE_UI, value: 'quay.io/team/ui:v1'}", nil)
    #expect(names(images) == ["quay.io/team/app:v1", "quay.io/team/ui:v1"])
    #expect(
      try environment(images) == [
        "RELATED_IMAGE_UI=sealift.target.invalid/team/ui@sha256:\(String(repeating: "a", count: 64))"
      ])
  }

  @Test func ofTwoVariablesWithOneNameTheLastCounts() throws {
    let images = try images(
      container: """
        - {name: REGISTRY, value: one.example.com}
        - {name: REGISTRY, value: two.example.com}
        - {name: PROJECT, value: team}
        - {name: UI_REPO, value: ui}
        - {name: UI_TAG, value: v1}
        """)
    #expect(names(images).last == "two.example.com/team/ui:v1")
    #expect(
      try environment(images).prefix(2) == ["REGISTRY=one.example.com", "REGISTRY=sealift.target.invalid"])
  }

  @Test func readsImagesAsAClusterDoes() throws {
    let images = try images(
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: a}
      spec:
        containers:
        - {name: short, image: nginx}
        - {name: blank, image: ' '}
        - {name: none}
        - {name: number, image: 1.2}
      """)
    #expect(names(images) == ["docker.io/library/nginx:latest"])
    #expect(
      images.notes == [
        "a.yml: Pod a: container short: image is 'nginx', without a tag: a cluster takes that for "
          + "docker.io/library/nginx:latest",
        "a.yml: Pod a: container blank: image is ' ', which is no image: it is neither packed nor rewritten",
        "a.yml: Pod a: container number: image is no text, which is no image: it is neither packed nor rewritten",
      ])
  }

  private func images(container environment: String, _ variables: ImageVariables?) throws -> LiftedObject {
    let lines = environment.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    return try images(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
        + "  - name: app\n    image: quay.io/team/app:v1\n    env:\n\(lines)\n", variables)
  }

  private func images(container environment: String) throws -> LiftedObject {
    try images(container: environment, variables)
  }

  private func images(_ text: String, _ variables: ImageVariables? = nil) throws -> LiftedObject {
    let found = try UserObject.read(Array(text.utf8), source: "a.yml", profiles: [])
    return LiftedObject(try #require(found.first), variables: variables)
  }

  private func names(_ images: LiftedObject) -> [String] { images.uses.map(\.image.description) }

  private func environment(_ images: LiftedObject) throws -> [String] {
    let rewritten = try images.rewritten { _ in Sample.digest("a") }
    let variables = rewritten.manifest.object["spec"]?["containers"]?.elements?[0]["env"]?.elements ?? []
    return variables.map { "\($0["name"]?.text ?? "")=\($0["value"]?.text ?? "")" }
  }
}
