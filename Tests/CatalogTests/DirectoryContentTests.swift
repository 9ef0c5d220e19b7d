import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

@testable import Catalog

@Suite("Directories that hold a catalog")
struct DirectoryContentTests {
  private typealias Files = OperatorFiles

  private func error(_ files: [String: String]) throws -> SealiftError? {
    let error = #expect(throws: SealiftError.self) { try Files.content(files) }
    #expect(error?.code == .corrupt)
    return error
  }

  @Test("a file-based catalog stays one, whatever words its descriptions hold")
  func fileBased() throws {
    let words = "packageName currentCSV updateGraph operators.operatorframework.io.bundle. kind: ClusterServiceVersion"
    let documents = SampleCatalog.chain(["1.0.0"]) + [#"{"schema":"x","package":"foo","text":"\#(words)"}"#]
    let content = try Files.content(["a.json": documents.joined()])
    #expect(content.formats == [.catalog] && content.notes == [])
    #expect(content.catalog.packageNames == ["foo"])
  }

  @Test("package manifests and bundles side by side are one catalog")
  func both() throws {
    var files = Files.bundle(Files.csv("1.0.0", of: "bar"), Files.annotations("bar", channels: "a"), in: "bar/1.0.0/")
    files["foo/p.yaml"] = Files.package(["a=1.0.0"])
    files["foo/1/csv.yaml"] = Files.csv("1.0.0")
    let content = try Files.content(files)
    #expect(content.formats == [.packageManifests, .bundles])
    #expect(content.catalog.packageNames == ["bar", "foo"] && content.catalog.problems() == [])
  }

  @Test("manifests beside a file-based catalog are refused, beside a template of one they are not")
  func mixed() throws {
    var files = Files.bundle(Files.csv("1.0.0"), Files.annotations(channels: "a"), in: "operators/foo/1.0.0/")
    files["operators/foo/templates/v4.19.yaml"] = """
      schema: olm.template.basic
      entries:
      - schema: olm.package
        name: foo
      """
    #expect(try Files.content(files).formats == [.bundles])
    files["catalogs/foo.yaml"] = "---\nname: foo\nschema: olm.package\n"
    #expect(try error(files)?.problem.contains("a file-based catalog (catalogs/foo.yaml) and manifests") == true)
  }

  @Test(
    "what stands twice or cannot be told is refused",
    arguments: [
      (
        ["a/p.yaml": OperatorFiles.package(["a=1.0.0"]), "b/p.yaml": OperatorFiles.package(["a=1.0.0"])],
        "is described in"
      ),
      (["1.0.0/csv.yaml": OperatorFiles.csv("1.0.0")], "nothing says to which package it belongs"),
      (["p.yaml": OperatorFiles.package(["a=1.0.0"]) + "---\nkind: Role\n"], "p.yaml holds 2 documents"),
      (["p.yaml": "packageName: foo\nchannels: [{name: a}]\n# currentCSV"], "a channel has no name, or no currentCSV"),
      (["README.md": "hello"], "README.md:1:1: a document of a catalog is a mapping, and this is none"),
    ])
  func refused(files: [String: String], problem: String) throws {
    let error = try error(files)
    #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
  }

  @Test(
    "YAML that cannot be read is refused with file and line",
    arguments: [
      ("csv.yaml", OperatorFiles.csv("1.0.0", more: "x: *anchor"), ":20:"),
      ("csv.yaml", OperatorFiles.csv("1.0.0", more: "x: !!binary aGk="), ":20:"),
      ("../p.yaml", "packageName: foo\nchannels: *c # currentCSV", ":2:"),
      ("role.yaml", "apiVersion: v1\nkind: Role\nx: [.nan]\n", ":3:5: '.nan' is a number that JSON cannot write"),
    ])
  func unreadable(name: String, text: String, place: String) throws {
    var files = ["p.yaml": Files.package(["a=1.0.0"]), "1/csv.yaml": Files.csv("1.0.0")]
    let path = name.hasPrefix("../") ? String(name.dropFirst(3)) : "1/\(name)"
    files[path] = text
    let error = try error(files)
    #expect(error?.problem.contains("/\(path)\(place)") == true, "\(error?.problem ?? "")")
  }

  @Test("a manifest that is too large is refused, and so is a directory nested too deep")
  func limits() throws {
    let padding = "# " + String(repeating: "x", count: OperatorFileTree.maxFileBytes)
    var files = ["p.yaml": Files.package(["a=1.0.0"]), "1/csv.yaml": Files.csv("1.0.0"), "1/crd.yaml": padding]
    #expect(try error(files)?.problem.contains("/1/crd.yaml is larger than") == true)
    files["1/crd.yaml"] = nil
    files[String(repeating: "d/", count: 40) + "x"] = ""
    #expect(try error(files)?.problem.contains("nested more than 32") == true)
  }

  @Test("a link to a file in the directory is read, one to a directory in it adds nothing")
  func linksInside() throws {
    let directory = try Files.directory([
      "p.yaml": Files.package(["a=1.0.0"]), "1/csv.yaml": Files.csv("1.0.0"), "common/crd.yaml": Files.definition(),
    ])
    #expect(symlink("../common/crd.yaml", directory("1/crd.yaml")) == 0)
    #expect(symlink("1", directory("latest")) == 0)
    #expect(symlink("/etc", directory(".hidden")) == 0)
    let content = try CatalogDirectory.content(of: directory.path, keeping: .everything)
    #expect(content.notes == [] && content.catalog.problems() == [])
    #expect(try content.catalog.packages["foo"]?.bundles.first?.properties("olm.bundle.object").count == 2)
  }

  @Test(
    "a link that leads outside or nowhere is refused, and so is a pipe",
    arguments: ["/etc/passwd", "/etc", "../..", "gone", "1/../../x", ""])
  func linksOutside(target: String) throws {
    let directory = try Files.directory(["p.yaml": Files.package(["a=1.0.0"]), "1/csv.yaml": Files.csv("1.0.0")])
    let path = directory("1/odd.yaml")
    #expect((target.isEmpty ? mkfifo(path, 0o600) : symlink(target, path)) == 0)
    let error = #expect(throws: SealiftError.self) {
      try CatalogDirectory.content(of: directory.path, keeping: .everything)
    }
    #expect(error?.code == .corrupt && error?.problem.hasPrefix(path) == true)
  }

  @Test("a directory that is not there is named")
  func missing() {
    let error = #expect(throws: SealiftError.self) {
      try CatalogDirectory.content(of: "/nonexistent/catalog", keeping: .facts)
    }
    #expect(error?.code == .notFound && error?.problem == "/nonexistent/catalog is not a directory")
  }
}
