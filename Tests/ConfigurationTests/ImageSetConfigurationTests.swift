import Configuration
import Diagnostics
import OCI
import Testing
import YAML

@Suite struct ImageSetConfigurationTests {
  @Test func readsAFileAsUsersWriteThem() throws {
    let configuration = try ImageSetConfiguration(
      Array(
        """
        # Weekly set for the north site.
        ---
        apiVersion: mirror.openshift.io/v2alpha1
        kind: ImageSetConfiguration
        archiveSize: 4
        mirror:
          operators: []
          helm: {}
          additionalImages:
            - name: registry.redhat.io/ubi9/ubi:latest                       # base
            - name: "quay.io/prometheus/node-exporter@sha256:\(String(repeating: "ab", count: 32))"
              targetRepo: monitoring/node-exporter
              targetTag: "1.10"
            - {name: docker://registry.k8s.io:443/pause:3.9, targetTag: 1.10, platforms: []}
            - name: busybox:1.36
            - name: oci:///srv/layouts/tools:v1
          blockedImages:
            - name: 'quay\\.io/blocked/.*'
            - name: ^registry.redhat.io/(rhel7|rhel8)/

        """.utf8), source: "isc.yaml")

    let images = configuration.additionalImages
    #expect(
      images.map(\.origin) == [
        .registry(try ImageReference("registry.redhat.io/ubi9/ubi:latest")),
        .registry(try ImageReference("quay.io/prometheus/node-exporter@sha256:\(String(repeating: "ab", count: 32))")),
        .registry(try ImageReference("registry.k8s.io:443/pause:3.9")),
        .registry(try ImageReference("docker.io/library/busybox:1.36")),
        .layout("/srv/layouts/tools:v1"),
      ])
    #expect(images.map(\.targetRepository) == [nil, "monitoring/node-exporter", nil, nil, nil])
    #expect(images.map(\.targetTag) == [nil, "1.10", "1.10", nil, nil])
    #expect(images.map(\.position.line) == [10, 11, 14, 15, 16])
    #expect(!configuration.blockedImages.isEmpty)
    #expect(configuration.source == "isc.yaml")
    #expect(
      configuration.notes.map(\.text) == [
        "isc.yaml:14:65: '1.10' is read as it is written, but without quotes it is no text for other readers, to whom "
          + "4.10 is 4.1"
      ])
  }

  @Test(arguments: [
    "mirror:", "mirror: ~", "mirror: {}", "mirror:\n  additionalImages:\n  blockedImages:", "mirror:\n  platform:",
    "mirror: {platform: {}}",
  ])
  func aFileMayAskForNothing(body: String) throws {
    let configuration = try read(body)
    #expect(configuration.additionalImages.isEmpty)
    #expect(configuration.blockedImages.isEmpty)
    #expect(configuration.notes.isEmpty)
  }

  @Test(arguments: [
    ("", "isc.yaml:1:1: mirror is missing"),
    ("mirror: []", "isc.yaml:3:9: a mapping of keys to values is wanted here, and this is a list"),
    ("mirror: {}\nmirror: {}", "isc.yaml:4:1: the key 'mirror' stands twice, first in line 3"),
    ("miror: {}", "isc.yaml:3:1: the file has no field 'miror'; did you mean mirror?"),
    (
      "metadata: {}\nmirror: {}",
      "isc.yaml:3:1: the file has no field 'metadata'; its fields are kind, apiVersion, archiveSize, mirror"
    ),
    (
      "mirror: {}\ndelete: {}",
      "isc.yaml:4:1: delete belongs to a DeleteImageSetConfiguration, and this is an ImageSetConfiguration"
    ),
    ("mirror: {}\narchiveSize: 4GiB", "isc.yaml:4:14: a whole number is wanted here, and this is '4GiB'"),
    ("mirror: {}\narchiveSize: -1", "isc.yaml:4:14: archiveSize is a number of GiB, from 0 to 262144"),
    (
      "mirror:\n  additionalImage: []",
      "isc.yaml:4:3: mirror has no field 'additionalImage'; did you mean additionalImages?"
    ),
    (
      "mirror:\n  operatorz: []",
      "isc.yaml:4:3: mirror has no field 'operatorz'; did you mean operators?"
    ),
    (
      "mirror: {\(String(repeating: "x", count: 65)): 1}", "isc.yaml:3:10: mirror has an unknown field with a long name"
    ),
    ("mirror: {additionalImages: quay.io/a/b:c}", "isc.yaml:3:28: a list is wanted here, and this is 'quay.io/a/b:c'"),
    (
      "mirror: {additionalImages: [quay.io/a/b:c]}",
      "isc.yaml:3:29: mirror.additionalImages[] has a name: write it as name: quay.io/a/b:c"
    ),
    ("mirror: {additionalImages: [{targetTag: a}]}", "isc.yaml:3:29: mirror.additionalImages[].name is missing"),
    (
      "mirror: {additionalImages: [{name: a:b, targetrepro: c}]}",
      "isc.yaml:3:41: mirror.additionalImages[] has no field 'targetrepro'; did you mean targetRepo?"
    ),
    (
      "mirror: {additionalImages: [{name: a:b, platforms: [linux/amd64]}]}",
      "isc.yaml:3:53: a mapping of keys to values is wanted here, and this is 'linux/amd64'"
    ),
    ("mirror: {additionalImages: [{name: 'oci:'}]}", "isc.yaml:3:36: 'oci:' names no directory"),
    ("mirror: {additionalImages: [{name: }]}", "isc.yaml:3:29: mirror.additionalImages[].name is missing"),
    (
      "mirror: {blockedImages: [{nam: a}]}",
      "isc.yaml:3:27: mirror.blockedImages[] has no field 'nam'; did you mean name?"
    ),
    (
      "mirror: {blockedImages: [{name: '('}]}",
      "isc.yaml:3:33: the pattern '(' is no regular expression: missing closing parenthesis, at byte 1"
    ),
  ])
  func refusesWithThePlace(body: String, problem: String) {
    let error = #expect(throws: SealiftError.self) { try read(body) }
    #expect(error?.problem == problem)
    #expect(error?.code == .configuration)
  }

  @Test(arguments: [
    "quay.io/A/b:c", "quay.io/a//b:c", "quay.io/a/b:-c", "quay.io/a/b@sha256:12", "quay.io/a/b@sha512:12",
  ])
  func refusesImagesWithThePlace(name: String) {
    let error = #expect(throws: SealiftError.self) { try read("mirror:\n  additionalImages:\n  - name: \(name)") }
    #expect(error?.code == .configuration)
    #expect(error?.problem.hasPrefix("isc.yaml:5:11: '\(name)'") == true, "\(error?.problem ?? "")")
  }

  @Test(arguments: [
    ("targetRepo", "Team/app"), ("targetRepo", "/app"), ("targetRepo", "team/app/"), ("targetRepo", "team/app:v1"),
    ("targetRepo", "host:5000/app"), ("targetRepo", "../app"), ("targetTag", "-a"),
    ("targetTag", "a/b"), ("targetTag", String(repeating: "a", count: 129)),
  ])
  func checksTheGrammarOfTargets(field: String, value: String) {
    let error = #expect(throws: SealiftError.self) {
      try read("mirror:\n  additionalImages:\n  - name: a/b:c\n    \(field): \(value)")
    }
    let what = field == "targetTag" ? "a tag" : "a repository's path, such as team/app"
    #expect(error?.problem.hasSuffix(": \(field) '\(value)' is not \(what)") == true, "\(error?.problem ?? "")")
    #expect(error?.problem.hasPrefix("isc.yaml:6:") == true)
  }

  @Test(arguments: [
    (
      "kind: DeleteImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\ndelete: {}",
      "isc.yaml:1:7: a DeleteImageSetConfiguration says what to delete, and nothing can be packed from it"
    ),
    ("kind: Pod\napiVersion: v1", "isc.yaml:1:7: 'Pod' is not the kind ImageSetConfiguration"),
    ("apiVersion: mirror.openshift.io/v2alpha1", "isc.yaml:1:1: the field kind is missing"),
    ("- a", "isc.yaml:1:1: the field kind is missing"),
    ("", "isc.yaml is empty"),
  ])
  func checksTheHeaderFirst(text: String, problem: String) {
    let error = #expect(throws: SealiftError.self) { try ImageSetConfiguration(Array(text.utf8), source: "isc.yaml") }
    #expect(error?.problem == problem)
    #expect(error?.code == .configuration)
  }

  private func read(_ body: String) throws(SealiftError) -> ImageSetConfiguration {
    let header = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\n"
    return try ImageSetConfiguration(Array((header + body).utf8), source: "isc.yaml")
  }
}
