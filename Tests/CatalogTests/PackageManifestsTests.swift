import Diagnostics
import Digests
import JSON
import TestSupport
import Testing

@testable import Catalog

@Suite("Package manifests")
struct PackageManifestsTests {
  private typealias Files = OperatorFiles

  private func package(_ files: [String: String]) throws -> CatalogPackage {
    try #require(try Files.content(files).catalog.packages["foo"])
  }

  @Test(
    "are found by what stands in the files, nested as offline-cataloger leaves them or all in one directory",
    arguments: [("manifests-1/foo/foo-abc/", "1.0.0/", "v1.1.0/"), ("manifests-1/foo/", "", ""), ("", "a/", "b/")])
  func layouts(package: String, first: String, second: String) throws {
    let content = try Files.content([
      "\(package)what.yml": Files.package(["stable=1.1.0"]), "\(package)\(first)x.yaml": Files.csv("1.0.0"),
      "\(package)\(second)y.json.yaml": Files.csv("1.1.0", replaces: "1.0.0"),
      "\(package)\(first)crd.yaml": Files.definition(), "\(package)\(second)d.yaml": Files.definition(),
      "\(package)ci.yaml": "reviewers: [someone]", "README.md": "packageName and currentCSV: {are, words",
    ])
    #expect(content.formats == [.packageManifests] && content.notes == [])
    #expect(content.catalog.problems() == [])
    #expect(content.catalog.packages["foo"]?.drawn == ["stable: 1.1.0>1.0.0 1.0.0"])
    #expect(content.catalog.packages["foo"]?.defaultChannel == "stable")
    for bundle in content.catalog.packages["foo"]?.bundles ?? [] {
      #expect(try bundle.properties("olm.bundle.object").count == 2)
      #expect(
        bundle.image.isEmpty && bundle.provided == [GroupVersionKind(group: "foo.example", version: "v1", kind: "Foo")])
    }
  }

  @Test("make channels of what the versions replace and skip, with edges that lead nowhere")
  func channels() throws {
    let package = try package([
      "p.yaml": Files.package(["a=3.0.0", "b=1.5.0"], defaultChannel: "b"),
      "1/csv.yaml": Files.csv("1.0.0", replaces: "0.9.0"),
      "1.5/csv.yaml": Files.csv("1.5.0", skips: ["1.0.0", "1.4.9"]),
      "2/csv.yaml": Files.csv("2.0.0", replaces: "1.5.0"),
      "3/csv.yaml": Files.csv(
        "3.0.0", replaces: "2.0.0", skips: ["2.0.0", "1.5.0"], annotations: "olm.skipRange: '>=1.0.0 <3.0.0'"),
    ])
    #expect(package.problems() == [])
    #expect(
      package.drawn == [
        "a: 3.0.0>2.0.0!2.0.0!1.5.0 (>=1.0.0 <3.0.0) 2.0.0>1.5.0 1.5.0!1.0.0!1.4.9",
        "b: 1.5.0!1.0.0!1.4.9 1.0.0>0.9.0",
      ])
  }

  @Test("leave to validation what is wrong with one package, so that the others can be used")
  func flaws() throws {
    let content = try Files.content([
      "foo/p.yaml": Files.package(["a=2.0.0", "b=1.0.0"]), "foo/1/csv.yaml": Files.csv("1.0.0", replaces: "1.0.0"),
      "bar/p.yaml": Files.package(["a=1.x"], of: "bar"), "bar/1/csv.yaml": Files.csv("1.x", of: "bar"),
      "ok/p.yaml": Files.package(["a=1.0.0"], of: "ok"), "ok/1/csv.yaml": Files.csv("1.0.0", of: "ok"),
    ])
    #expect(
      content.catalog.problems() == [
        "package 'bar' has a bundle 'bar.v1.x' that has '1.x' for a version, which is none by semver's rules",
        "package 'foo' has no default channel",
        "package 'foo' has a channel 'a' with an entry 'foo.v2.0.0' for which there is no bundle",
        "package 'foo' has a channel 'b' that has no head, because its entries replace each other in a circle",
      ])
    let request = CatalogRequest(packages: [PackageRequest(name: "ok")])
    #expect(try content.catalog.pruned(by: request, source: "x").catalog.packageNames == ["ok"])
  }

  @Test("say which versions are in no channel, and which definitions are missing")
  func notes() throws {
    let content = try Files.content([
      "p.yaml": Files.package(["a=2.0.0"]), "1/csv.yaml": Files.csv("1.0.0"), "2/csv.yaml": Files.csv("2.0.0"),
    ])
    #expect(content.notes.count == 2)
    #expect(
      content.notes[0].hasSuffix("2/csv.yaml: the definition 'foos.foo.example', which it owns, is not beside it"))
    #expect(content.notes[1].hasSuffix("1/csv.yaml: version 'foo.v1.0.0' is in no channel and is left out"))
  }

  @Test("with several versions in one directory give each its own definitions, in its own version")
  func shared() throws {
    let content = try Files.content([
      "p.yaml": Files.package(["a=2.0.0"]), "one.yaml": Files.csv("1.0.0"),
      "two.yaml": Files.csv("2.0.0", replaces: "1.0.0"), "a.crd.yaml": Files.definition(version: "v0"),
      "b.crd.yaml": Files.definition(), "c.crd.yaml": Files.definition(of: "bar"),
      "role.yaml": "apiVersion: v1\nkind: Role\n",
    ])
    let bundles = try #require(content.catalog.packages["foo"]?.bundles)
    #expect(
      bundles.map(\.provided) == [[.init(group: "foo.example", version: "v1", kind: "Foo")], bundles[0].provided])
    #expect(try bundles.map { try $0.properties("olm.bundle.object").count } == [2, 2])
    #expect(content.notes.filter { $0.contains("1 objects of other kinds") }.count == 2)
  }

  @Test(
    "give versions as catalogs must have them",
    arguments: [
      ("v1.2.3", "1.2.3"), ("'1.2'", "1.2.0"), ("1.2", ""), ("'2'", "2.0.0"), ("01.02.03-rc.1+5", "1.2.3-rc.1+5"),
      ("' v1.0.0 '", "1.0.0"),
      ("1.2-rc.1", "1.2-rc.1"), ("latest", "latest"), ("1.0.0-1", "1.0.0-1"),
    ])
  func versions(written: String, expected: String) throws {
    let text = Files.csv("1.0.0").replacing("version: 1.0.0", with: "version: \(written)")
    let version = try #require(ClusterServiceVersion(try ClusterManifestText.value(Array(text.utf8), source: "csv")))
    #expect(version.version == expected)
  }

  @Test("carry each object as it is: numbers, text that looks like one, nothing at all")
  func objects() throws {
    let package = try package([
      "p.yaml": Files.package(["a=1.0.0"]), "csv.yaml": Files.csv("1.0.0"),
      "map.yaml": """
      apiVersion: v1
      kind: ConfigMap
      data: {a: "1.10", b: 1.10, c: 010, d: ~, e: "~", f: yes, g: "yes", h: 12345678901234567890, i: "", j: 1e3, k: 2020-01-01}
      text: |
        two
          lines
      """,
    ])
    let objects = try #require(package.bundles.first).properties("olm.bundle.object").map { value in
      String(decoding: Base64.decode(value["data"]?.text ?? "") ?? [], as: UTF8.self)
    }
    #expect(
      objects.last == #"{"apiVersion":"v1","data":{"a":"1.10","b":1.10,"c":8,"d":null,"e":"~","f":true,"g":"yes","#
        + #""h":12345678901234567890,"i":"","j":1e3,"k":"2020-01-01"},"kind":"ConfigMap","text":"two\n  lines"}"#)
  }

  @Test("tell what a bundle needs and provides, its images and its icon")
  func properties() throws {
    let package = try package([
      "p.yaml": Files.package(["a=1.0.0"]),
      "csv.yaml": Files.csv(
        "1.0.0",
        annotations: """
          olm.properties: '[{"type":"olm.maxOpenShiftVersion","value":"4.8"},{"type":"olm.package","value":{}}]',
            containerImage: "https://r.example/foo", operators.openshift.io/must-gather-image: "r.example/gather:1"
          """,
        environment: "{name: RELATED_IMAGE_A, value: 'r.example/a:1'}, {name: RELATED_IMAGE_B, value: REPLACE_IMAGE}",
        more: """
          icon: [{base64data: "aWNv\\nbg==", mediatype: image/png}]
            relatedImages: [{name: x, image: "r.example/x@sha256:\(String(repeating: "a", count: 64))"}]
            apiservicedefinitions: {required: [{group: g, version: v1, kind: K, name: ks}]}
          """),
    ])
    let bundle = try #require(package.bundles.first)
    #expect(package.problems() == [])
    #expect(bundle.constraints == [.resource(.init(group: "g", version: "v1", kind: "K"))])
    #expect(try bundle.properties("olm.maxOpenShiftVersion") == [.string("4.8")])
    #expect(
      bundle.relatedImages.map(\.image) == [
        "r.example/x@sha256:\(String(repeating: "a", count: 64))", "r.example/foo:1.0.0", "r.example/a:1",
        "r.example/gather:1",
      ])
    let icon = try #require(try package.documents.first?.value()["icon"])
    #expect(icon == .object([.init("base64data", .string("aWNvbg==")), .init("mediatype", .string("image/png"))]))
  }

  @Test("keep only the documents that are asked for")
  func keeping() throws {
    let content = try Files.content(
      [
        "foo/p.yaml": Files.package(["a=1.0.0"]), "foo/1/csv.yaml": Files.csv("1.0.0"),
        "bar/p.yaml": Files.package(["a=1.0.0"], of: "bar"), "bar/1/csv.yaml": Files.csv("1.0.0", of: "bar"),
      ], keeping: .packages(["foo"]))
    #expect(content.catalog.packagesWithoutDocuments == ["bar"])
    #expect(content.catalog.packages["bar"]?.bundles.first?.provided.count == 1)
  }

  @Test("with more channels than can be meant are refused before memory is taken")
  func tooMany() throws {
    let versions = (0..<100).map { "1.\($0).0" }
    var files = ["p.yaml": Files.package((0..<1_400).map { "c\($0)=1.99.0" })]
    for (place, version) in versions.enumerated() {
      files["\(place)/csv.yaml"] = Files.csv(version, replaces: place > 0 ? versions[place - 1] : nil)
    }
    let error = #expect(throws: SealiftError.self) { try Files.content(files) }
    #expect(error?.problem.hasSuffix("the channels of the package have more than 131072 entries") == true)
  }
}
