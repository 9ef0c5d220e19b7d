import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// Requests that contradict themselves, and directories that are no catalogs.
@Suite(.enabled(if: CatalogWorld.isPossible, "\(CatalogWorld.reason)"))
struct CatalogFaultTests {
  private let job: CatalogJob

  init() throws { job = try CatalogJob() }

  @Test(arguments: [
    ("{name: lighthouse, channels: [{name: candidat}]}", "no channel 'candidat'; did you mean 'candidate'?", "stable"),
    ("{name: lighthouse, channels: [{name: old}]}", "default channel 'stable'", "defaultChannel"),
    ("{name: lighthouse, defaultChannel: old, channels: [{name: stable}]}", "default channel 'old'", "- name: old"),
    ("{name: lighthouse, minVersion: 1.2.0, maxVersion: 1.0.0}", "1.2.0 to 1.0.0", "line 6"),
  ])
  func aRequestThatCannotBeMetSaysWhatToChange(package: String, problem: String, next: String) throws {
    try job.configure("- catalog: @harbour\n  packages: [\(package)]")
    expectFailure(try Program.run(job.pack()), .configuration, problem, "imageset-config.yaml", next: next)
  }

  @Test(arguments: ["full: true", "packages: [{name: pier}]"])
  func aCatalogThatIsBlockedTooIsAnError(wanted: String) throws {
    try job.configure(
      "- {catalog: \(job.world.reference("harbour")), \(wanted)}", also: "blockedImages:\n- name: catalogs/harbour")
    let result = try Program.run(job.pack())
    expectFailure(result, .configuration, "line 7 blocks the catalog \(job.world.reference("harbour"))")
  }

  @Test func aCatalogThatDoesNotExistIsAnError() throws {
    try job.configure("- catalog: \(job.world.registry.address)/catalogs/nothing:v1")
    expectFailure(try Program.run(job.pack()), .notFound, "catalogs/nothing:v1 does not exist")
  }

  @Test func aDirectoryNeedsABaseThatCanServeIt() throws {
    // Images that are gone come later.
    try job.configure("- {catalog: 'dir:\(job.world.configs)', full: true}")
    expectFailure(try Program.run(job.pack()), .configuration, "is no image of a file-based", next: "--catalog-base")
    try job.configure("- {catalog: 'dir:\(job.world.configs)', packages: [{name: pier}]}")
    let base = "\(job.world.registry.address)/tools/sidecar:1"
    expectFailure(
      try Program.run(job.pack("--catalog-base", base)), .configuration, base, "no Entrypoint", next: "scratch")
  }

  @Test(arguments: [
    (#""defaultChannel":"a","name":"foo","NAME":"bar""#, "'name' stands twice"),
    (#""defaultChannel":"a","name":"foo","more":{"a":1 "b":2}"#, "',' or '}' is expected"),
    (#""defaultChannel":"b","name":"foo""#, "default channel 'b'"),
  ])
  func aWholeDirectoryIsCheckedToo(members: String, problem: String) throws {
    let catalog = job.directory("catalog")
    try FileSystem.makeDirectory(catalog)
    let version = #"[{"type":"olm.package","value":{"packageName":"foo","version":"1.0.0"}}]"#
    let text = """
      {"schema":"olm.package",\(members)}
      {"schema":"olm.channel","package":"foo","name":"a","entries":[{"name":"foo.v1"}]}
      {"schema":"olm.bundle","package":"foo","name":"foo.v1","image":"\(job.world.registry.address)/tools/sidecar:1","properties":\(version)}
      """
    try FileSystem.write(Array(text.utf8), to: "\(catalog)/catalog.json")
    try job.configure("- {catalog: 'dir:\(catalog)', full: true}")
    let result = try Program.run(job.pack("--catalog-base", "scratch"))
    expectFailure(result, .corrupt, problem, catalog, next: "opm validate")
  }

  @Test(arguments: [
    (
      #"{"schema":"olm.channel","package":"foo","name":"a","entries":[{"name":"foo.v1"},{"name":"foo.v2"}]}"#, "2 heads"
    ),
    (
      #"{"schema":"olm.channel","package":"foo","name":"a","entries":[{"name":"foo.v1","replaces":"foo.v1"}]}"#,
      "circle"
    ),
    (#"{"schema":"olm.channel","package":"foo","name":"b","entries":[{"name":"foo.v1"}]}"#, "'a'"),
    (#"{"schema":"olm.channel","package":"foo","name":"#, "catalog.json"), ("key: *anchor", "catalog.json"),
    ("schema: !!binary eA==", "catalog.json"),
  ])
  func aDirectoryThatIsNoValidCatalogIsRefused(channel: String, problem: String) throws {
    let catalog = job.directory("catalog")
    try FileSystem.makeDirectory(catalog)
    let version = #"[{"type":"olm.package","value":{"packageName":"foo","version":"1.0.0"}}]"#
    let text = """
      {"schema":"olm.package","name":"foo","defaultChannel":"a"}
      {"schema":"olm.bundle","package":"foo","name":"foo.v1","image":"a.example/b:c","properties":\(version)}
      """
    try FileSystem.write(Array(text.utf8), to: "\(catalog)/bundle.json")
    try FileSystem.write(Array(channel.utf8), to: "\(catalog)/catalog.json")
    try job.configure("- catalog: dir:\(catalog)\n  packages: [{name: foo}]")
    let result = try Program.run(job.pack("--catalog-base", "scratch"))
    expectFailure(result, .corrupt, problem)
    #expect(try FileSystem.list(job.directory.path).allSatisfy { !$0.hasPrefix("bundle") })
  }

  /// A directory of two packages, of which `reef` has bundles that cannot be read, and `shoal` is well.
  private func flawedCatalog(_ flawed: String, needing: String = "") throws -> String {
    let catalog = job.directory("catalog")
    try FileSystem.makeDirectory(catalog)
    let image = "\(job.world.registry.address)/tools/sidecar:1"
    func version(_ package: String) -> String {
      #"{"type":"olm.package","value":{"packageName":"\#(package)","version":"1.0.0"}}"#
    }
    for (package, bundle) in [
      ("reef", flawed),
      ("shoal", #""image":"\#(image)","properties":[\#(version("shoal"))\#(needing)],"relatedImages":[]"#),
      ("atoll", #""image":"\#(image)","properties":[\#(version("atoll"))]"#),
    ] {
      let text = """
        {"schema":"olm.package","name":"\(package)","defaultChannel":"a"}
        {"schema":"olm.channel","package":"\(package)","name":"a","entries":[{"name":"\(package).v1"}]}
        {"schema":"olm.bundle","package":"\(package)","name":"\(package).v1",\(bundle)}
        """
      try FileSystem.write(Array(text.utf8), to: "\(catalog)/\(package).json")
    }
    return "dir:\(catalog)"
  }

  @Test(arguments: [
    #""image":["a"]"#, #""image":"a/b:c","properties":{"type":1}"#, #""image":"a/b:c","x":[1 2]"#,
    #""image":"a/b:c","x":[}"#,
    #""image":"a/b:c","properties":[]"#,
  ])
  func aFlawOfOneBundleCostsItsPackageAlone(flawed: String) throws {
    let catalog = try flawedCatalog(flawed)
    let list = try Program.succeed(["list", "operators", "--catalog", catalog])
    for package in ["atoll", "reef", "shoal"] { #expect(list.output.contains("\n\(package) "), "\(list.output)") }
    try job.configure("- {catalog: '\(catalog)', packages: [{name: shoal}]}")
    try Program.succeed(job.pack("--catalog-base", "scratch", "--dry-run"))
    for wanted in ["", "full: true"] {
      try job.configure("- {catalog: '\(catalog)', \(wanted)}")
      let refused = try Program.run(job.pack("--catalog-base", "scratch"))
      expectFailure(refused, .corrupt, "'reef", next: "--keep-going to leave out the package")
      #expect(refused.errors.contains("reef.v1"), "\(refused.errors)")
      let result = try Program.run(job.pack("--catalog-base", "scratch", "--keep-going", "--json", "--dry-run"))
      #expect(result.status == 2, "\(result.errors)")
      let report = try JSONReader.value(Array(result.output.utf8), source: "the report")
      let missing = report["missing"]?.elements?.compactMap(\.text) ?? []
      #expect(missing.count == 1 && missing.first?.hasPrefix("package 'reef' of \(catalog) is left out: ") == true)
      #expect(missing.first?.contains("reef.v1") == true, "\(missing)")
      #expect(CatalogJob.bundles(report) == ["atoll.v1", "shoal.v1"])
    }
    try job.configure("- {catalog: '\(catalog)', packages: [{name: reef}]}")
    let nothing = try Program.run(job.pack("--catalog-base", "scratch", "--keep-going"))
    expectFailure(nothing, .corrupt, "reef.v1", next: "nothing would be left of \(catalog)")
  }

  @Test func whatCannotBeReadIsSaidWhereOperatorsAreListed() throws {
    let catalog = try flawedCatalog(#""image":["a"]"#)
    let list = try Program.succeed(["list", "operators", "--catalog", catalog])
    #expect(
      list.errors.contains(
        "warning: \(catalog): package 'reef' has a bundle 'reef.v1' that cannot be read: reef.json, at"),
      "\(list.errors)")
    let shoal = try Program.succeed(["list", "operators", "--catalog", catalog, "--package", "shoal"])
    #expect(!shoal.errors.contains("warning"), "\(shoal.errors)")
  }

  @Test func whatNeedsAPackageThatIsLeftOutGoesToo() throws {
    let needing = #",{"type":"olm.package.required","value":{"packageName":"reef","versionRange":">=1.0.0"}}"#
    let catalog = try flawedCatalog(#""image":["a"]"#, needing: needing)
    try job.configure("- {catalog: '\(catalog)', packages: [{name: reef}, {name: shoal}, {name: atoll}]}")
    let result = try Program.run(job.pack("--catalog-base", "scratch", "--keep-going", "--json", "--dry-run"))
    #expect(result.status == 2, "\(result.errors)")
    let report = try JSONReader.value(Array(result.output.utf8), source: "the report")
    #expect(CatalogJob.bundles(report) == ["atoll.v1"])
    #expect(report["missing"]?.elements?.count == 2)
  }
}
