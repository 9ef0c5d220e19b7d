import Diagnostics
import Digests
import Testing
import Versions

@testable import Catalog

@Suite("Dependencies")
struct DependencyTests {
  private static func needs(package: String, _ range: String) -> String {
    #"{"type":"olm.package.required","value":{"packageName":"\#(package)","versionRange":"\#(range)"}}"#
  }

  private static func resource(_ type: String, _ kind: String) -> String {
    #"{"type":"\#(type)","value":{"group":"example.com","version":"v1","kind":"\#(kind)"}}"#
  }

  private static func constraint(_ value: String) -> String { #"{"type":"olm.constraint","value":\#(value)}"# }

  /// `foo` with one bundle that needs something, and `bar` in two channels.
  private static func selection(
    _ properties: [String], _ request: CatalogRequest = CatalogRequest(packages: [PackageRequest(name: "foo")])
  ) throws -> CatalogSelection {
    let documents =
      [
        SampleCatalog.package(), SampleCatalog.channel("stable", ["foo.v1.0.0"]),
        SampleCatalog.bundle("1.0.0", properties: properties),
        SampleCatalog.package("bar"),
        SampleCatalog.channel("stable", of: "bar", ["bar.v1.0.0", "bar.v2.0.0>bar.v1.0.0", "bar.v3.0.0>bar.v2.0.0"]),
        SampleCatalog.channel("v1", of: "bar", ["bar.v1.0.0"]),
        SampleCatalog.bundle("1.0.0", of: "bar", properties: [resource("olm.gvk", "Old")]),
        SampleCatalog.bundle("2.0.0", of: "bar"),
        SampleCatalog.bundle(
          "3.0.0", of: "bar", properties: [resource("olm.gvk", "New"), needs(package: "baz", ">=1.0.0")]),
      ] + SampleCatalog.chain(["1.0.0", "1.1.0"], of: "baz")
    return CatalogSelection(
      source: "catalog", catalog: try SampleCatalog.read(documents, keeping: .facts), request: request)
  }

  @Test("needs that are only noted are neither added nor missing")
  func noted() throws {
    let needs = [Self.needs(package: "bar", ">=2.0.0"), Self.needs(package: "nowhere", ">=1.0.0")]
    var selection = try Self.selection(needs)
    selection.needs = .noted
    let noted = try DependencyPlan([selection])
    #expect(noted.additions.isEmpty && noted.missing.isEmpty)
    #expect(
      noted.notes == [
        "catalog: foo.v1.0.0 needs package 'bar' in '>=2.0.0', which is not among what is asked for",
        "catalog: foo.v1.0.0 needs package 'nowhere' in '>=1.0.0', and no catalog of the configuration has it",
      ])
    selection.needs = .metIfPossible
    let possible = try DependencyPlan([selection])
    #expect(possible.additions.first?.package == "bar" && possible.missing.isEmpty)
    #expect(possible.notes == [noted.notes[1]])
    selection.needs = .met
    let missing = try #require(try DependencyPlan([selection]).missing.first)
    #expect(missing.package == "foo" && missing.bundle == "foo.v1.0.0" && missing.selection == 0)
  }

  private static func kept(_ plan: DependencyPlan) throws -> [String] {
    try plan.selections.flatMap { selection in
      try selection.catalog.pruned(by: selection.request, source: selection.source).catalog.sortedPackages
        .flatMap { $0.bundles.map(\.name) }
    }.sorted()
  }

  static let needs: [([String], [String])] = [
    ([needs(package: "bar", ">=3.0.0")], ["bar.v3.0.0", "baz.v1.1.0"]),
    ([needs(package: "bar", "<2.0.0")], ["bar.v1.0.0"]),
    ([needs(package: "bar", "2.0.0")], ["bar.v2.0.0"]),
    ([resource("olm.gvk.required", "New")], ["bar.v3.0.0", "baz.v1.1.0"]),
    ([resource("olm.gvk.required", "Old")], ["bar.v1.0.0"]),
    ([needs(package: "bar", ">=1.0.0"), resource("olm.gvk.required", "Old")], ["bar.v1.0.0"]),
    (
      [
        constraint(
          #"{"any":{"constraints":[{"package":{"packageName":"nope","versionRange":"1.x"}},"#
            + #"{"package":{"packageName":"baz","versionRange":"<1.1.0"}}]}}"#)
      ], ["baz.v1.0.0"]
    ),
    (
      [
        constraint(
          #"{"failureMessage":"m","all":{"constraints":[{"package":{"packageName":"bar","versionRange":"<2.0.0"}},"#
            + #"{"gvk":{"group":"example.com","version":"v1","kind":"Old"}}]}}"#)
      ], ["bar.v1.0.0"]
    ),
    ([constraint(#"{"not":{"constraints":[{"package":{"packageName":"bar","versionRange":">=1.0.0"}}]}}"#)], []),
  ]

  @Test("the fewest bundles that meet what is needed are added, and what they need", arguments: needs)
  func additions(properties: [String], added: [String]) throws {
    let plan = try DependencyPlan([Self.selection(properties)])
    #expect(plan.missing == [])
    #expect(plan.additions.map(\.bundle).sorted() == added.sorted())
    #expect(try Self.kept(plan) == (added + ["foo.v1.0.0"]).sorted())
    #expect(throws: Never.self) { try DependencyPlan(plan.selections).requireNothing() }
  }

  @Test("the lines that a configuration needs are those that give the same")
  func configuration() throws {
    let plan = try DependencyPlan([Self.selection([Self.needs(package: "bar", "<2.0.0")])])
    let line = "{name: bar, channels: [{name: stable, minVersion: 1.0.0, maxVersion: 1.0.0}]}"
    #expect(plan.additions.map(\.configuration) == [line])
    let error = #expect(throws: SealiftError.self) { try plan.requireNothing() }
    #expect(
      error?.problem == "foo.v1.0.0 needs package 'bar' in '<2.0.0', which is not among what is asked for")
    #expect(
      error?.nextStep == "add `- \(line)` to the packages of catalog, or run again with --with-dependencies")
  }

  @Test("a package that is asked for already keeps what was asked for")
  func existing() throws {
    for (bar, kept) in [
      (PackageRequest(name: "bar"), ["bar.v1.0.0", "bar.v3.0.0", "baz.v1.1.0", "foo.v1.0.0"]),
      (
        PackageRequest(name: "bar", channels: [ChannelRequest(name: "stable")]),
        ["bar.v1.0.0", "bar.v3.0.0", "baz.v1.1.0", "foo.v1.0.0"]
      ),
    ] {
      let request = CatalogRequest(packages: [PackageRequest(name: "foo"), bar])
      let plan = try DependencyPlan([Self.selection([Self.needs(package: "bar", "1.0.0")], request)])
      #expect(try Self.kept(plan) == kept)
    }
  }

  @Test("a need may be met by another catalog, and one that no catalog meets is missing")
  func others() throws {
    let other = CatalogSelection(
      source: "other", catalog: try SampleCatalog.read(SampleCatalog.chain(["7.0.0"], of: "qux"), keeping: .facts),
      request: CatalogRequest(isFull: true))
    let properties = [Self.needs(package: "qux", ">=7.0.0"), Self.needs(package: "gone", ">=1.0.0")]
    let plan = try DependencyPlan([Self.selection(properties), other])
    #expect(plan.additions == [])
    #expect(plan.missing.map(\.reason) == ["foo.v1.0.0 needs package 'gone' in '>=1.0.0'"])
    let error = #expect(throws: SealiftError.self) { try plan.requireNothing() }
    #expect(error?.code == .configuration)
  }

  @Test("what only a cluster can check is noted")
  func unchecked() throws {
    let plan = try DependencyPlan([
      Self.selection([
        Self.constraint(#"{"cel":{"rule":"properties.exists(p, p.type == \"certified\")"}}"#),
        Self.needs(package: "bar", "v0.1.0"),
      ])
    ])
    #expect(
      plan.notes == [
        #"catalog: foo.v1.0.0 has a rule that only the cluster can check: properties.exists(p, p.type == "certified")"#,
        "catalog: foo.v1.0.0 needs package 'bar' in 'v0.1.0', which is no range of versions",
      ])
    #expect(plan.additions == [] && plan.missing == [])
  }
}

@Suite("Images of bundles")
struct OperatorBundleImageTests {
  @Test("relatedImages and the bundle's own image count once each, as they are written")
  func related() throws {
    let images =
      #"[{"name":"a","image":"r.example/a@sha256:1"},{"name":"b","image":"r.example/a@sha256:1"},"#
      + #"{"name":"c","image":""},{"name":"d","image":"oci:/x"}]"#
    let bundle = try SampleCatalog.read([SampleCatalog.bundle("1.0.0", relatedImages: images)]).packages["foo"]?
      .bundles[0]
    #expect(
      try bundle?.images().map(\.image) == ["registry.example/foo/bundle:v1.0.0", "r.example/a@sha256:1", "oci:/x"])
  }

  @Test("a bundle without relatedImages is asked for those of its ClusterServiceVersion")
  func manifests() throws {
    let manifest = """
      kind: ClusterServiceVersion
      metadata: {annotations: {containerImage: r.example/o:1, operators.openshift.io/must-gather-image: r.example/m:1}}
      spec:
        install:
          spec:
            deployments:
            - spec:
                template:
                  spec:
                    initContainers: [{name: i, image: r.example/i:1}]
                    containers:
                    - name: o
                      image: r.example/o:1
                      env: [{name: RELATED_IMAGE_x, value: r.example/x:1}, {name: OTHER, value: no}]
      """
    let property = { (text: String) in
      #"{"type":"olm.bundle.object","value":{"data":"\#(Base64.encode(text.utf8))"}}"#
    }
    let bundle = try SampleCatalog.read([
      SampleCatalog.bundle(
        "1.0.0", properties: [property(manifest), property(#"{"kind":"CustomResourceDefinition"}"#)],
        relatedImages: "[]")
    ]).packages["foo"]?.bundles[0]
    #expect(
      try bundle?.images().map(\.image) == [
        "registry.example/foo/bundle:v1.0.0", "r.example/o:1", "r.example/x:1", "r.example/i:1", "r.example/m:1",
      ])
  }

  @Test(
    "the annotation containerImage counts where nothing else names an image",
    arguments: [
      ("spec: {}", ["r.example/o:1"]),
      ("spec: {relatedImages: [{name: a, image: 'r.example/a:1'}]}", ["r.example/a:1"]),
    ])
  func shownImage(spec: String, images: [String]) throws {
    let text = "kind: ClusterServiceVersion\nmetadata: {annotations: {containerImage: r.example/o:1}}\n\(spec)"
    let manifest = try ClusterManifestText.value(Array(text.utf8), source: "a manifest")
    #expect(ClusterServiceVersion.images(of: manifest).map(\.image) == images)
  }
}

@Suite("Drawing of channels")
struct ChannelDrawingTests {
  @Test("skipped entries stand below what skips them, and a circle ends")
  func lines() throws {
    let documents = [
      SampleCatalog.channel("a", ["c>gone!b", "b!a", "a"]), SampleCatalog.channel("b", ["x>y", "y>x"]),
    ]
    let package = try #require(try SampleCatalog.read(documents).packages["foo"])
    #expect(
      ChannelDrawing(package).lines == [
        "channel a", "  * c", "  |   * b  skipped by c", "  |   |   * a  skipped by b", "  ~ gone  not in this channel",
        "channel b", "  * x", "  * y",
      ])
  }

  @Test("a name cannot leave its quotes in a graph for Graphviz")
  func dot() throws {
    let documents = [
      #"{"schema":"olm.channel","package":"foo","name":"a\"\nb","entries":[{"name":"x\\","skips":["y"]}]}"#
    ]
    let package = try #require(try SampleCatalog.read(documents).packages["foo"])
    #expect(
      ChannelDrawing(package).dot == #"""
        digraph "foo" {
          rankdir=TB;
          node [shape=box];
          subgraph cluster_0 {
            label="a\"\nb";
            "a\"\nb/x\\" [label="x\\"];
          }
          "a\"\nb/x\\" -> "a\"\nb/y" [style=dashed];
        }

        """#)
  }
}
