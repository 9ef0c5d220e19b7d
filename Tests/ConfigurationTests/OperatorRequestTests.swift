import Catalog
import Configuration
import Diagnostics
import OCI
import Testing
import Versions
import YAML

@Suite struct OperatorRequestTests {
  @Test func readsOperatorsAsUsersWriteThem() throws {
    let configuration = try read(
      """
      - catalog: registry.redhat.io/redhat/redhat-operator-index:v4.18
        full: false
        packages:
        - name: jaeger-product
          minVersion: 1.34.1
        - name: elasticsearch-operator
          defaultChannel: stable
          channels:
          - {name: stable, minVersion: 5.8.1, maxVersion: '5.8.9'}
          - name: stable-5.7
        - name: oadp
        targetCatalog: team/operators
        targetTag: "v1"
        targetCatalogSourceTemplate: ./cs.yaml
        skipDependencies: false
        platforms: []
      - catalog: oci:///srv/catalogs/redhat
        full: true
      - catalog: oci:layout:v4.18
      - catalog: dir:manifests-123
      """)
    let operators = configuration.operators
    #expect(
      operators.map(\.catalog) == [
        .registry(try ImageReference("registry.redhat.io/redhat/redhat-operator-index:v4.18")),
        .layout(try OCILayoutAddress("oci:/srv/catalogs/redhat")), .layout(try OCILayoutAddress("oci:layout:v4.18")),
        .directory("manifests-123"),
      ])
    #expect(
      operators.first?.request
        == CatalogRequest(packages: [
          PackageRequest(name: "jaeger-product", bounds: VersionBounds(minimum: SemanticVersion("1.34.1"))),
          PackageRequest(
            name: "elasticsearch-operator",
            channels: [
              ChannelRequest(
                name: "stable",
                bounds: VersionBounds(minimum: SemanticVersion("5.8.1"), maximum: SemanticVersion("5.8.9"))),
              ChannelRequest(name: "stable-5.7"),
            ], defaultChannel: "stable"),
          PackageRequest(name: "oadp"),
        ]))
    #expect(operators.map(\.request.isFull) == [false, true, false, false])
    #expect(operators.map(\.targetCatalog) == ["team/operators", nil, nil, nil])
    #expect(operators.map(\.targetTag) == ["v1", nil, nil, nil])
    #expect(operators.map(\.template) == ["./cs.yaml", nil, nil, nil])
    #expect(operators.map(\.position.line) == [5, 21, 23, 24])
    #expect(
      configuration.notes.map(\.text) == [
        "isc.yaml:19:22: skipDependencies: false adds nothing by itself; pass --with-dependencies for "
          + "that"
      ])
  }

  @Test(arguments: [
    ("- {}", "5:4: mirror.operators[].catalog is missing"),
    ("- {catalog: a.b/c}", "5:14: 'a.b/c' has neither a tag nor a digest"),
    ("- {catalog: 'oci://'}", "5:14: 'oci:' names no directory"),
    ("- {catalog: 'dir:'}", "5:14: 'dir:' names no directory"),
    ("- {catalog: a.b/c:d, package: []}", "5:23: mirror.operators[] has no field 'package'; did you mean packages?"),
    (
      "- {catalog: a.b/c:d, platforms: [linux/amd64]}",
      "5:35: a mapping of keys to values is wanted here, and this is 'linux/amd64'"
    ),
    ("- catalog: a.b/c:d\n- catalog: docker://a.b/c:d", "6:13: the catalog 'a.b/c:d' stands twice, first in line 5"),
    ("- {catalog: a.b/c:d, full: 1}", "5:29: true or false is wanted here, and this is '1'"),
    (
      "- {catalog: a.b/c:d, targetCatalog: a/b:c}",
      "5:38: targetCatalog 'a/b:c' is not a repository's path without a tag, such as team/catalog"
    ),
    ("- {catalog: a.b/c:d, targetTag: a/b}", "5:34: targetTag 'a/b' is not a tag"),
    ("- {catalog: a.b/c:d, packages: [a]}", "5:34: a mapping of keys to values is wanted here, and this is 'a'"),
    ("- {catalog: a.b/c:d, packages: [{}]}", "5:34: mirror.operators[].packages[].name is missing"),
    ("- {catalog: a.b/c:d, packages: [{name: ''}]}", "5:41: the name is empty"),
    (
      "- {catalog: a.b/c:d, packages: [{name: a}, {name: a}]}",
      "5:52: the package 'a' stands twice, first in line 5"
    ),
    (
      "- {catalog: a.b/c:d, packages: [{name: a, channels: [{name: x}, {name: x}]}]}",
      "5:73: the channel 'x' stands twice, first in line 5"
    ),
    (
      "- {catalog: a.b/c:d, packages: [{name: a, minVersion: v1.2-rc}]}",
      "5:56: minVersion 'v1.2-rc' is not a version such as 4.18.1 or 4.18"
    ),
    (
      "- {catalog: a.b/c:d, packages: [{name: a, maxVersion: 1.2.3, channels: [{name: x, minVersion: 1.0.0}]}]}",
      "5:74: the channel 'x' has versions of its own, and its package has some too"
    ),
    (
      "- {catalog: a.b/c:d, packages: [{name: a, minVersion: 2.0.0, maxVersion: 1.9.9}]}",
      "5:56: no version lies within 2.0.0 to 1.9.9: the lowest is above the highest"
    ),
    (
      "- {catalog: a.b/c:d, full: true, packages: [{name: a, channels: [{name: x, maxVersion: 1.0.0}]}]}",
      "5:89: versions are asked for in a catalog with full: true, which asks for all of them"
    ),
    (
      "- {catalog: a.b/c:d, packages: [{name: a, selectedBundles: []}]}",
      "5:44: mirror.operators[].packages[] has no field 'selectedBundles'; its fields are name, defaultChannel, "
        + "minVersion, maxVersion, channels, versions, minBundle, bundles"
    ),
  ])
  func refusesWithThePlace(body: String, problem: String) {
    let error = #expect(throws: SealiftError.self) { try read(body) }
    #expect(error?.problem.hasPrefix("isc.yaml:") == true)
    #expect(error?.problem.dropFirst("isc.yaml:".count) == problem[...])
    #expect(error?.code == .configuration)
  }

  private func read(_ operators: String) throws(SealiftError) -> ImageSetConfiguration {
    let text = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n operators:\n"
    let indented = operators.split(separator: "\n", omittingEmptySubsequences: false).map { " \($0)\n" }.joined()
    return try ImageSetConfiguration(Array((text + indented).utf8), source: "isc.yaml")
  }
}
