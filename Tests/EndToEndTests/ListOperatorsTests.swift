import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// `sealift list operators` with catalogs in every form, sound and otherwise.
@Suite(.enabled(if: CatalogWorld.isPossible, "\(CatalogWorld.reason)"), .timeLimit(.minutes(20)))
struct ListOperatorsTests {
  private let world: CatalogWorld
  private let directory: TemporaryDirectory

  init() throws {
    world = try CatalogWorld.shared()
    directory = try TemporaryDirectory()
  }

  private func list(_ catalog: String, _ more: String...) throws -> ToolResult {
    try Program.run(["list", "operators", "--catalog", catalog, "--src-tls-verify=false", "--retries", "0"] + more)
  }

  private func json(_ catalog: String, _ more: String...) throws -> JSONValue {
    let output = try Program.succeed(
      ["list", "operators", "--catalog", catalog, "--src-tls-verify=false", "--json"] + more
    ).output
    return try JSONReader.value(Array(output.utf8), source: "the output")
  }

  @Test func showsThePackagesOfACatalog() throws {
    let catalog = world.reference("harbour")
    let result = try list(catalog)
    #expect(
      result.output == """
        catalog   \(catalog)
        packages  5

        PACKAGE     DEFAULT CHANNEL  HEAD               CHANNELS
        beacon      stable           beacon.v1.1.0             2
        lighthouse  stable           lighthouse.v1.3.0         3
        pier        stable           pier.v3.2.0               1
        tug         alpha            tug.v0.1.0                1
        wreck       stable           wreck.v1.1.0              1

        """, "\(result.errors)")
  }

  @Test func showsTheChannelsOfAPackage() throws {
    let catalog = world.reference("harbour")
    let result = try list(catalog, "--package", "lighthouse")
    #expect(
      result.output == """
        catalog     \(catalog)
        package     lighthouse, 8 bundles
        default     channel stable
        deprecated  channel old: Nobody keeps it.
                    bundle lighthouse.v1.0.0: It went out.
                    bundle lighthouse.v1.3.0: It flickers.

        CHANNEL    HEAD                 VERSIONS
        candidate  lighthouse.v2.0.0-5  2.0.0-5, 2.0.0-1, 1.3.0
        old        lighthouse.v0.9.0    0.9.0
        stable     lighthouse.v1.3.0    1.3.0, 1.2.0, 1.1.0, 1.0.1, 1.0.0

        """, "\(result.errors)")
  }

  @Test func showsTheEntriesOfAChannelFromItsHeadDown() throws {
    let catalog = world.reference("harbour")
    let result = try list(catalog, "--package", "pier", "--channel", "stable")
    #expect(
      result.output == """
        catalog  \(catalog)
        package  pier, 4 bundles
        default  channel stable
        channel  stable
        head     pier.v3.2.0

        VERSION  BUNDLE       REPLACES     SKIPS        SKIP RANGE  DEPRECATED
        3.2.0    pier.v3.2.0  pier.v3.1.0  pier.v3.1.1
        3.1.1    pier.v3.1.1  pier.v3.1.0
        3.1.0    pier.v3.1.0  pier.v3.0.0
        3.0.0    pier.v3.0.0

        """, "\(result.errors)")
    let old = try list(catalog, "--package", "lighthouse", "--channel", "old").output
    #expect(old.contains("deprecated  channel old: Nobody keeps it.\n\nVERSION"), "\(old)")
    let stable = try json(catalog, "--package", "lighthouse", "--channel", "stable")["packages"]?.elements?.first
    let entries = try #require(stable?["channels"]?.elements?.first?["entries"]?.elements)
    #expect(entries.map { $0["version"]?.text } == ["1.3.0", "1.2.0", "1.1.0", "1.0.1", "1.0.0"])
    #expect(entries[2]["skipRange"]?.text == ">=1.0.0 <1.1.0")
    #expect(entries[2]["skips"]?.elements?.map(\.text) == ["lighthouse.v1.0.2"])
    #expect(entries[4]["replaces"] == .null && entries[4]["skipRange"] == .null)
    #expect(stable?["deprecations"]?.elements?.count == 3)
  }

  @Test func theSameCatalogReadsTheSameWhereverItIs() throws {
    let expected = try json(world.reference("harbour"))["packages"]
    #expect(expected?.elements?.count == 5)
    let places = [
      world.reference("docker"), "oci:\(world.layout):catalogs/harbour:v1", "oci://\(world.layout):catalogs/docker:v1",
      "dir:\(world.configs)",
    ]
    for place in places { #expect(try json(place)["packages"] == expected, "\(place)") }
    let stored = try json(world.reference("database"), "--package", "pier", "--channel", "stable")["packages"]
    #expect(try json(places[0], "--package", "pier", "--channel", "stable")["packages"] == stored)
  }

  @Test func whatDoesNotExistIsNamedWithTheNearest() throws {
    let catalog = world.reference("harbour")
    expectFailure(
      try list(catalog, "--package", "lighthose"), .notFound, "no package 'lighthose'; did you mean 'lighthouse'?",
      next: "to see its packages")
    expectFailure(
      try list(catalog, "--package", "lighthouse", "--channel", "candidat"), .notFound,
      "no channel 'candidat'; did you mean 'candidate'?", next: "--package lighthouse")
    expectFailure(try list(world.reference("nothing")), .notFound, "catalogs/nothing:v1 does not exist")
    expectFailure(try list("dir:\(directory("nowhere"))"), .notFound, directory("nowhere"))
    expectFailure(try list("dir:"), .usage, "'dir:' names no directory")
    expectFailure(try list(catalog, "--channel", "stable"), .usage, "'--channel' needs '--package'")
  }

  @Test(arguments: [
    ("no-label", SealiftError.Code.protocol, "is no operator catalog"),
    ("label-outside", .protocol, "'/configs/../../../etc', which is no place within"),
    ("layer-outside", .protocol, "../configs/tug/catalog.json"), ("database-99", .corrupt, "migration 99"),
    ("database-truncated", .corrupt, "index.db"),
  ])
  func whatIsNoCatalogIsRefused(catalog: String, code: SealiftError.Code, problem: String) throws {
    expectFailure(try list(world.reference(catalog)), code, "catalogs/\(catalog):v1", problem)
  }

  @Test func nothingInACatalogSteersTheTerminal() throws {
    let text = #"""
      {"schema":"olm.package","name":"foo","defaultChannel":"a\u001b[31mb"}
      {"schema":"olm.channel","package":"foo","name":"a\u001b[31mb","entries":[{"name":"foo\u202e.v1","skipRange":"\u0007"}]}
      {"schema":"olm.bundle","package":"foo","name":"foo\u202e.v1","image":"a.example/b:c","properties":[]}
      {"schema":"olm.deprecations","package":"foo","entries":[
      {"reference":{"schema":"olm.package"},"message":"two\nlines\u001b]0;x\u0007"}]}
      """#
    try FileSystem.write(Array(text.utf8), to: directory("catalog.json"))
    let package = ["--package", "foo"]
    for more in [[], package, package + ["--channel", "a\u{1B}[31mb"]] {
      for form in [[], ["--json"]] {
        let result = try Program.run(["list", "operators", "--catalog", "dir:\(directory.path)"] + more + form)
        #expect(result.status == 0, "\(result.errors)")
        let shown = result.output + result.errors
        #expect(shown.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0 != "\u{202E}") }, "\(shown)")
      }
    }
  }
}
