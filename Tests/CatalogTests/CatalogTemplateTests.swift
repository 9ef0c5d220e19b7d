import Diagnostics
import TestSupport
import Testing

@testable import Catalog

/// Bundle directories whose channels lie in a catalog template beside them, as in the community's repositories.
@Suite("Catalog templates")
struct CatalogTemplateTests {
  private typealias Files = OperatorFiles

  /// Bundles of `foo` in the channel `old` by their annotations, where they are no channel: none replaces another.
  private static func bundles(_ versions: [String]) -> [String: String] {
    var files: [String: String] = [:]
    for version in versions {
      files.merge(
        Files.bundle(Files.csv(version), Files.annotations(channels: "old"), in: "foo/\(version)/")
      ) { first, _ in first }
    }
    return files
  }

  private static func mapping(_ entries: String) -> String {
    "---\nfbc:\n  enabled: true\n  catalog_mapping: [\(entries)]\nreviewers: [somebody]\n"
  }

  private static let basic = """
    schema: olm.template.basic
    entries:
    - {schema: olm.package, name: foo, defaultChannel: stable, description: Foo.}
    - schema: olm.channel
      package: foo
      name: stable
      entries:
      - {name: foo.v1.0.0}
      - {name: foo.v1.1.0, replaces: foo.v1.0.0, skipRange: <1.1.0}
    - {schema: olm.bundle, image: "r.example/foo@sha256:aa"}
    - {schema: olm.bundle, image: "r.example/foo:v1.1.0"}
    - {schema: olm.deprecations, package: foo, entries: [{reference: {schema: olm.bundle, name: foo.v1.0.0}, message: Old.}]}
    """

  private func content(_ files: [String: String], release: String? = nil) throws -> DirectoryContent {
    let directory = try Files.directory(files)
    return try CatalogDirectory.content(of: directory.path, keeping: .everything, release: release)
  }

  @Test("without a template the same bundles are no package")
  func without() throws {
    let package = try #require(try content(Self.bundles(["1.0.0", "1.1.0"])).catalog.packages["foo"])
    #expect(package.problems().contains { $0.contains("2 heads") })
  }

  @Test("a basic template gives the package, its channels and deprecations, the directories the bundles")
  func basicTemplate() throws {
    var files = Self.bundles(["1.0.0", "1.1.0"])
    files["foo/ci.yaml"] = Self.mapping("{template_name: basic.yaml, catalog_names: [v4.18], type: olm.template.basic}")
    files["foo/catalog-templates/basic.yaml"] = Self.basic
    let content = try content(files)
    let package = try #require(content.catalog.packages["foo"])
    #expect(package.problems() == [])
    #expect(package.drawn == ["stable: 1.0.0 1.1.0>1.0.0 (<1.1.0)"])
    #expect(package.defaultChannel == "stable" && package.deprecations.count == 1)
    #expect(
      try package.bundles.flatMap { try $0.images().map(\.image) } == ["r.example/foo:1.0.0", "r.example/foo:1.1.0"])
    #expect(content.notes.contains { $0.hasSuffix("foo/catalog-templates/basic.yaml, for v4.18") }, "\(content.notes)")
  }

  @Test("a template from before they had a schema is read too, in YAML or JSON")
  func documents() throws {
    var files = Self.bundles(["1.0.0"])
    files["foo/ci.yaml"] = "fbc: {enabled: true}\n"
    files["foo/catalog-templates/v4.18.yaml"] = """
      ---
      schema: olm.package
      name: foo
      defaultChannel: a
      ---
      schema: olm.channel
      package: foo
      name: a
      entries: [{name: foo.v1.0.0}]
      ---
      schema: olm.bundle
      image: r.example/foo:1.0.0
      """
    #expect(try content(files).catalog.packages["foo"]?.drawn == ["a: 1.0.0"])
    files["foo/catalog-templates/v4.18.yaml"] = nil
    files["foo/catalog-templates/t.json"] = #"""
      {"schema":"olm.package","name":"foo","defaultChannel":"b"}
      {"schema":"olm.channel","package":"foo","name":"b","entries":[{"name":"foo.v1.0.0"}]}
      """#
    #expect(try content(files).catalog.packages["foo"]?.drawn == ["b: 1.0.0"])
  }

  @Test("of templates for several catalogs that of the wanted one is taken, else that of the newest")
  func choice() throws {
    var files = Self.bundles(["1.0.0", "1.1.0"])
    files["foo/ci.yaml"] = Self.mapping(
      "{template_name: a.yaml, catalog_names: [v4.9, v4.18]}, {template_name: b.yaml, catalog_names: [v4.8, v4.20]}")
    files["foo/catalog-templates/a.yaml"] = Self.basic
    files["foo/catalog-templates/b.yaml"] = Self.basic.replacing("name: stable", with: "name: next")
      .replacing("defaultChannel: stable", with: "defaultChannel: next")
    for (release, channel) in [(nil, "next"), ("v4.9", "stable"), ("v4.8", "next"), ("v4.30", "next")] {
      #expect(try content(files, release: release).catalog.packages["foo"]?.channels.map(\.name) == [channel])
    }
  }

  @Test("versions that a template names and nobody has are left out aloud, and the channel stays one")
  func missing() throws {
    var files = Self.bundles(["1.0.0"])
    files["foo/ci.yaml"] = Self.mapping("{template_name: basic.yaml, catalog_names: [v4.18]}")
    files["foo/catalog-templates/basic.yaml"] = Self.basic
    let content = try content(files)
    let package = try #require(content.catalog.packages["foo"])
    #expect(package.problems() == [] && package.drawn == ["stable: 1.0.0"])
    #expect(content.notes.contains { $0.contains("names versions that are not here") && $0.contains("foo.v1.1.0") })
  }

  static let semver = """
    Schema: olm.semver
    GenerateMajorChannels: true
    GenerateMinorChannels: true
    Candidate:
      Bundles:
      - Image: r.example/foo:v1.0.0
      - Image: r.example/foo:foo.v1.0.1
      - Image: r.example/foo:1.1.0
      - Image: r.example/foo:1.1.1@sha256:aa
      - Image: r.example/foo:v2.0.0
    stable:
      bundles: [{image: "r.example/foo:v1.0.1"}, {image: "r.example/foo:v1.1.1"}]
    """

  @Test("a template of versions gives the channels that opm makes of it")
  func semverTemplate() throws {
    var files = Self.bundles(["1.0.0", "1.0.1", "1.1.0", "1.1.1", "2.0.0"])
    files["foo/ci.yaml"] = Self.mapping("{template_name: s.yaml, catalog_names: [v4.18], type: olm.semver}")
    files["foo/catalog-templates/s.yaml"] = Self.semver
    let package = try #require(try content(files).catalog.packages["foo"])
    #expect(package.problems() == [])
    #expect(
      package.drawn == [
        "candidate-v1: 1.0.0 1.0.1!1.0.0 1.1.0 1.1.1>1.0.1!1.0.0!1.1.0",
        "candidate-v1.0: 1.0.0 1.0.1!1.0.0", "candidate-v1.1: 1.1.0 1.1.1>1.0.1!1.0.0!1.1.0", "candidate-v2: 2.0.0",
        "candidate-v2.0: 2.0.0", "stable-v1: 1.0.1 1.1.1>1.0.1", "stable-v1.0: 1.0.1", "stable-v1.1: 1.1.1>1.0.1",
      ])
    #expect(package.defaultChannel == "stable-v1.1")
    files["foo/catalog-templates/s.yaml"] = Self.semver + "\nDefaultChannelTypePreference: major\n"
    #expect(try content(files).catalog.packages["foo"]?.defaultChannel == "stable-v1.1")
    files["foo/catalog-templates/s.yaml"] = Self.semver.replacing("MinorChannels: true", with: "MinorChannels: false")
    let major = try #require(try content(files).catalog.packages["foo"])
    #expect(major.channels.map(\.name) == ["candidate-v1", "candidate-v2", "stable-v1"])
    #expect(major.defaultChannel == "stable-v1")
  }

  @Test(
    "a template that cannot be used is named where the channels cannot be told without it",
    arguments: [
      (
        CatalogTemplateTests.semver.replacing("foo:v2.0.0", with: "foo@sha256:bb"),
        "names the bundle 'r.example/foo@sha256:bb'"
      ),
      ("schema: olm.composite\ncomponents: []", "is of a kind that is not read"),
      ("a: [", "cannot be read: foo/catalog-templates/s.yaml:"),
    ])
  func unusable(template: String, problem: String) throws {
    var files = Self.bundles(["1.0.0", "1.0.1", "1.1.0", "1.1.1", "2.0.0"])
    files["foo/ci.yaml"] = Self.mapping("{template_name: s.yaml, catalog_names: [v4.18]}")
    files["foo/catalog-templates/s.yaml"] = template
    let problems = try #require(try content(files).catalog.packages["foo"]).problems()
    #expect(
      problems.count == 1 && problems.first?.contains("foo/catalog-templates/s.yaml, which") == true, "\(problems)")
    #expect(problems.first?.contains(problem) == true, "\(problems)")
    // One bundle is a channel whatever its template.
    files = Self.bundles(["1.0.0"]).merging(
      files.filter { !$0.key.contains("/manifests/") && !$0.key.contains("/metadata/") }
    ) {
      first, _ in first
    }
    let content = try content(files)
    #expect(content.catalog.packages["foo"]?.problems() == [])
    #expect(
      content.notes.contains { $0.contains("foo/catalog-templates/s.yaml is not used, because it") }, "\(content.notes)"
    )
  }

  @Test("real packages whose mapping is there and whose template is not are read as before")
  func withoutFile() throws {
    var files = Self.bundles(["1.0.0"])
    files["foo/ci.yaml"] = Self.mapping("{template_name: basic.yaml, catalog_names: [v4.18]}")
    #expect(try content(files).catalog.packages["foo"]?.drawn == ["old: 1.0.0"])
  }
}
