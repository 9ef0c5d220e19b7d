import Diagnostics
import JSON
import TestSupport
import Testing

@testable import Catalog

@Suite("Bundles in the format registry+v1")
struct OperatorBundleDirectoryTests {
  private typealias Files = OperatorFiles

  private static let defaultPrefix = "operators.operatorframework.io.bundle.channel.default.v1: "

  @Test("one directory is a catalog of one bundle, with what its metadata says it needs")
  func single() throws {
    var files = Files.bundle(Files.csv("1.0.0", replaces: "0.9.0"), Files.annotations(channels: "beta, alpha"))
    files["tests/scorecard/config.yaml"] = "kind: Configuration"
    files["metadata/dependencies.yaml"] = """
      dependencies:
      - {type: olm.package, value: {packageName: redhat-oadp-operator, version: ">=1.2.0 <1.3.0"}}
      - {type: olm.gvk, value: {group: g, version: v1, kind: K}}
      - {type: olm.constraint, value: {failureMessage: no, cel: {rule: "true"}}}
      - {type: olm.label, value: {label: x}}
      """
    files["metadata/properties.yaml"] = "properties: [{type: olm.maxOpenShiftVersion, value: '4.20'}]"
    let content = try Files.content(files)
    #expect(content.formats == [.bundles])
    #expect(content.notes.count == 1 && content.notes[0].contains("olm.label"))
    let package = try #require(content.catalog.packages["foo"])
    #expect(package.problems() == [])
    #expect(package.drawn == ["alpha: 1.0.0>0.9.0", "beta: 1.0.0>0.9.0"])
    #expect(package.defaultChannel == "alpha")
    let bundle = try #require(package.bundles.first)
    #expect(
      bundle.constraints.map { "\($0)" }.sorted() == [
        #"expression("true")"#, #"package(name: "redhat-oadp-operator", range: >=1.2.0 <1.3.0)"#, "resource(K.v1.g)",
      ])
    #expect(try bundle.properties("olm.maxOpenShiftVersion") == [.string("4.20")])
    #expect(try bundle.images().map(\.image) == ["r.example/foo:1.0.0"])
  }

  private func collection(_ more: [String: String] = [:]) throws -> CatalogPackage {
    let versions = [("1.0.0", "stable", "stable"), ("1.0.1", "stable", ""), ("1.1.0", "stable,fast", "fast")]
    var files = more
    for (version, channels, defaultChannel) in versions {
      let annotations = Files.annotations(
        channels: channels, more: defaultChannel.isEmpty ? "" : Self.defaultPrefix + defaultChannel)
      let csv = Files.csv(version, replaces: version == "1.0.0" ? nil : "1.0.0")
      files.merge(Files.bundle(csv, annotations, in: "operators/foo/\(version)/")) { first, _ in first }
    }
    return try #require(try Files.content(files).catalog.packages["foo"])
  }

  @Test("a directory of them has the channels that they say, and the default channel of the highest version")
  func channels() throws {
    let package = try collection()
    #expect(package.drawn == ["fast: 1.1.0>1.0.0", "stable: 1.0.0 1.0.1>1.0.0 1.1.0>1.0.0"])
    #expect(package.defaultChannel == "fast")
    #expect(package.problems().count == 1 && package.problems()[0].contains("2 heads"))
  }

  @Test(
    "their channels follow the versions where the package's ci.yaml says so",
    arguments: [
      ("semver-mode", "stable: 1.0.0 1.0.1>1.0.0 1.1.0>1.0.1"),
      ("semver-skippatch", "stable: 1.0.0 1.0.1!1.0.0 1.1.0>1.0.1"),
      ("semver-skippatch-mode", "stable: 1.0.0 1.0.1!1.0.0 1.1.0>1.0.1"),
      ("replaces-mode", "stable: 1.0.0 1.0.1>1.0.0 1.1.0>1.0.0"),
    ])
  func updateGraph(mode: String, stable: String) throws {
    let package = try collection(["operators/foo/ci.yaml": "---\nupdateGraph: \(mode)\n"])
    #expect(package.drawn.last == stable)
    #expect(package.problems().isEmpty == mode.hasPrefix("semver"))
  }

  @Test(
    "what is no bundle is refused with its file",
    arguments: [
      (["metadata/annotations.yaml": OperatorFiles.annotations(channels: "a")], "holds no ClusterServiceVersion"),
      (["manifests/two.yaml": OperatorFiles.csv("2.0.0")], "holds 2: foo.v1.0.0, foo.v2.0.0"),
      (["metadata/annotations.yaml": OperatorFiles.annotations("''", channels: "a")], "name no package"),
      (
        [
          "metadata/annotations.yaml": OperatorFiles.annotations(channels: "a")
            .replacing("registry+v1", with: "helm+v3")
        ], "of the format 'helm+v3'"
      ),
      (
        [
          "metadata/annotations.yaml": OperatorFiles.annotations(
            channels: "a", more: "operators.operatorframework.io.bundle.manifests.v1: ../../etc/")
        ], "'../../etc/', which is not inside of the bundle"
      ),
      (["metadata/dependencies.yaml": "dependencies: [{type: olm.gvk}]"], "no type or no value"),
      (["metadata/other.yaml": OperatorFiles.annotations(channels: "b")], "two files describe one bundle"),
      (["p.yaml": OperatorFiles.package(["a=1.0.0"])], "package 'foo' is described in"),
    ])
  func refused(more: [String: String], problem: String) throws {
    var files = Files.bundle(Files.csv("1.0.0"), Files.annotations(channels: "a"))
    if problem.hasPrefix("holds no") { files["manifests/csv.yaml"] = nil }
    files.merge(more) { _, new in new }
    let error = #expect(throws: SealiftError.self) { try Files.content(files) }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
  }
}
