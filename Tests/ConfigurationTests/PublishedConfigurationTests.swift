import Catalog
import Configuration
import Diagnostics
import OCI
import Release
import Testing
import Versions
import YAML

/// Files as people have them: for older versions of oc-mirror, saved by any editor, with shorthand and with leftovers.
struct PublishedConfigurationTests {
  private static let header = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v1alpha2\n"

  private func read(_ text: String) throws -> ImageSetConfiguration {
    try ImageSetConfiguration(Array(text.utf8), source: "isc.yaml")
  }

  private func notes(_ configuration: ImageSetConfiguration) -> [String] {
    configuration.notes.map { $0.text.replacing("isc.yaml:", with: "") }
  }

  @Test("A file for oc-mirror v1 is read as one for v2, and what only v1 had is noted")
  func alpha2() throws {
    let configuration = try read(
      Self.header + """
        archiveSize: 4
        storageConfig:
          registry:
            imageURL: example.com/mirror/oc-mirror-metadata
            skipTLS: false
        mirror:
          platform:
            channels:
            - name: stable-4.12
              type: ocp
            graph: true
          operators:
          - catalog: registry.redhat.io/redhat/redhat-operator-index:v4.12
            targetName: my-index
            originalRef: registry.redhat.io/redhat/redhat-operator-index:v4.12
            packages:
            - name: serverless-operator
              channels:
              - name: stable
          additionalImages:
          - name: registry.redhat.io/ubi9/ubi
          samples:
          - name: ruby
        """)
    #expect(configuration.platform?.channels == [ReleaseChannel("stable-4.12")])
    #expect(configuration.operators.map(\.targetCatalog) == ["redhat/my-index"])
    #expect(
      configuration.additionalImages.map(\.origin) == [
        .registry(try ImageReference("registry.redhat.io/ubi9/ubi:latest"))
      ])
    #expect(
      notes(configuration) == [
        "2:13: 'mirror.openshift.io/v1alpha2' is the format of oc-mirror v1, and the file is read as "
          + "mirror.openshift.io/v2alpha1, as oc-mirror v2 reads it",
        "4:1: storageConfig has no effect, because a bundle keeps what oc-mirror v1 kept there in itself; you can "
          + "remove it",
        "16:17: targetName is oc-mirror v1's, and is read as targetCatalog: redhat/my-index",
        "17:5: mirror.operators[].originalRef has no effect, because a catalog on disk goes where targetCatalog says; "
          + "you can remove it",
        "23:11: 'registry.redhat.io/ubi9/ubi' has neither a tag nor a digest, and is read as "
          + "registry.redhat.io/ubi9/ubi:latest",
        "24:3: mirror.samples has no effect, because its names are those of no images: name each that your samples use "
          + "under additionalImages; you can remove it",
      ])
  }

  @Test("What is written and has no effect, or another one, is a warning")
  func warnings() throws {
    let configuration = try read(
      Self.header + """
        archiveSize: 4
        storageConfig: {local: {path: x}}
        mirror:
          additionalImages: [{name: a.b/c}]
          samples: [{name: ruby}]
        """)
    #expect(configuration.notes.map(\.isWarning) == [false, true, true, true])
    #expect(configuration.archiveBytes == 4 << 30)
  }

  @Test("The first format of oc-mirror is read too")
  func alpha1() throws {
    let configuration = try read(
      """
      apiVersion: mirror.openshift.io/v1alpha1
      kind: ImageSetConfiguration
      mirror:
        ocp:
          channels:
          - name: stable-4.8
          - name: stable-4.7
            versions: ['4.7.18', '4.6.13']
          graph: true
          pullSecret: '{"auths":{}}'
        operators:
        - catalog: registry.redhat.io/redhat/redhat-operator-index:v4.8
          headsOnly: true
          packages:
          - name: rhacs-operator
            startingVersion: '3.67.0'
            channels:
            - name: latest
          - name: mongodb
            versions: [1.5.0, 1.4.0]
        - catalog: registry.redhat.io/redhat/community-operator-index:v4.8
          headsOnly: false
        additionalimages:
        - name: registry.redhat.io/ubi8/ubi:8.5
        blockedimages:
        - name: alpine
          pullSecret: x
        helm:
          repos:
          - name: podinfo
            url: https://stefanprodan.github.io/podinfo
            charts:
            - {name: podinfo, version: 5.0.0, imagepaths: ["{.spec.custom[*].image}"]}
      """)
    func exactly(_ version: String) -> ReleaseChannel {
      ReleaseChannel("stable-4.7", minimum: SemanticVersion(version), maximum: SemanticVersion(version))
    }
    #expect(
      configuration.platform?.channels == [ReleaseChannel("stable-4.8"), exactly("4.7.18"), exactly("4.6.13")])
    #expect(configuration.operators.map(\.request.isFull) == [false, true])
    #expect(
      configuration.operators.first?.request.packages.map(\.bounds.description) == [
        "3.67.0 and above", "1.4.0 and above",
      ])
    #expect(configuration.additionalImages.count == 1)
    #expect(!configuration.blockedImages.isEmpty)
    #expect(configuration.helm?.repositories.first?.charts.first?.imagePaths.count == 1)
    #expect(configuration.notes.count == 13, "\(configuration.notes.map(\.text))")
  }

  @Test("Bundles as bounds are named with what to write in their place")
  func bundleBounds() throws {
    let error = try #require(throws: SealiftError.self) {
      try read(
        Self.header + """
          mirror:
            operators:
            - catalog: a.b/c:d
              packages:
              - name: one
                startingBundle: one.v1
                channels: [{name: x, minBundle: one.v2}]
          """)
    }
    let all = [error] + error.further
    #expect(all.map { $0.problem.contains("minBundle names bundles") } == [true, true])
    #expect(all.allSatisfy { $0.nextStep.contains("minVersion") })
  }

  @Test(
    "The version of the format is not what counts",
    arguments: [
      "apiVersion: mirror.openshift.io/v1alpha1", "apiVersion: mirror.openshift.io/v1beta1", "apiVersion: v1", "",
      "apiVersion:", "apiVersion: ''", "apiVersion: mirror.openshift.io/v2alpha1 ",
    ])
  func anyVersion(_ line: String) throws {
    let configuration = try read("kind: ImageSetConfiguration\n\(line)\nmirror: {additionalImages: [{name: a.b/c:d}]}")
    #expect(configuration.additionalImages.count == 1)
    #expect(configuration.notes.count == (line.contains("v2alpha1") ? 0 : 1))
  }

  @Test("All that is wrong with a file is named at once, in the order of its lines")
  func allAtOnce() throws {
    let error = try #require(throws: SealiftError.self) {
      try read(
        """
        kind: ImageSetConfiguration
        apiVersion: mirror.openshift.io/v2alpha1
        archiveSize: four
        mirror:
          platform:
            graph: maybe
            architectures: [x86_64]
            channels:
            - name: a b
            - name: stable-4.18
              minVersion: latest
              maxversion: newest
          operators:
          - catalog: a.b/c
            targetTag: a/b
            packages:
            - nam: x
            - name: y
              minVersion: '>=1.2.3'
          additionalImages:
          - quay.io/a/b:c
          - name: quay.io/A/b:c
          blockedImages: [{name: '('}]
          helm:
            local: [{name: a}]
          files: [{url: 'https://a.b/c'}]
          manifests: [{}]
          extract: [{image: 'a.b/c:d'}]
        operator: []
        """)
    }
    let lines = ([error] + error.further).map { $0.problem.split(separator: ":")[1] }
    #expect(
      lines == [
        "3", "6", "7", "9", "11", "12", "14", "15", "17", "19", "21", "22", "23", "25", "26", "27", "28", "29",
      ])
    #expect(([error] + error.further).allSatisfy { $0.code == .configuration })
    #expect(error.description.split(separator: "\n").count == 2 * lines.count)
  }

  @Test("Files are read as any editor saves them")
  func anyEditor() throws {
    let text = Self.header + "mirror:\n  additionalImages:\n  - name: a.b/c:d   \n"
    let windows = text.replacing("\n", with: "\r\n")
    let wide = Array("\u{FEFF}\(windows)".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    for bytes in [Array(windows.utf8), Array("\u{FEFF}\(text)".utf8), wide, Array("---\n\(text)...\n---\n".utf8)] {
      let configuration = try ImageSetConfiguration(bytes, source: "isc.yaml")
      #expect(configuration.additionalImages.map(\.position.line).count == 1)
    }
  }

  @Test("Shorthand of YAML, words for truth values and other capital letters are understood")
  func shorthand() throws {
    let configuration = try read(
      Self.header + """
        mirror:
          platform:
            Graph: Yes
            channels:
            - &bounds {name: stable-4.18, type: OCP, minversion: v4.18, maxVersion: "4.18"}
            - {<<: *bounds, name: stable-4.19, type: '', full: off}
          operators:
          - catalog: a.b/c:d
            full: no
            targetCatalog: ''
            targetTag: ''
            packages: &packages
            - {name: one, minVersion: '', maxVersion: 1.2, defaultChannel: ''}
          - {catalog: a.b/c:d, targetCatalog: other/name, packages: *packages}
        """)
    #expect(configuration.platform?.graph == true)
    #expect(configuration.platform?.channels.map(\.minimum?.description) == ["4.18", "4.18"])
    #expect(configuration.operators.map(\.targetCatalog) == [nil, "other/name"])
    let bounds = try #require(configuration.operators.first?.request.packages.first?.bounds)
    for (version, isWithin) in [("1.2.99", true), ("0.0.1", true), ("1.3.0-1", false), ("1.3.0", false)] {
      #expect(bounds.contains(try #require(SemanticVersion(version))) == isWithin)
    }
    #expect(bounds.exact == nil && VersionBounds(from: VersionLimit("1.2"), to: VersionLimit("1.2")).exact == nil)
    #expect(notes(configuration).contains("5:5: 'Graph' is read as graph"))
  }

  @Test("A field in two spellings is given twice")
  func twice() throws {
    for body in ["mirror: {Platform: {}, platform: {}}", "mirror: {ocp: {}, platform: {}}"] {
      let error = try #require(throws: SealiftError.self) { try read(Self.header + body) }
      #expect(error.problem.hasSuffix("platform is given twice, first in line 3"), "\(error.problem)")
    }
  }
}
