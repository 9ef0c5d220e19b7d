import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// `sealift pack --explain`.
@Suite(.enabled(if: CatalogWorld.isPossible, "\(CatalogWorld.reason)"))
struct ExplainTests {
  private let job: CatalogJob

  init() throws {
    job = try CatalogJob()
    try job.configure(
      """
      - catalog: @harbour
        packages:
        - {name: pier, minVersion: 3.1.0, maxVersion: 3.1.1}
        - name: lighthouse
          channels: [{name: stable}, {name: candidate, minVersion: 2.0.0-2}]
        - name: tug
      """)
  }

  private func explain(_ package: String, _ more: String...) throws -> ToolResult {
    try Program.run(
      ["pack", "-c", job.directory("imageset-config.yaml"), "--src-tls-verify=false", "--explain", package] + more)
  }

  @Test func drawsTheChannelsAndSaysWhyEachBundleIsPackedOrNot() throws {
    let result = try explain("lighthouse")
    #expect(
      result.output == """
        catalog  \(job.world.reference("harbour"))
        package  lighthouse, 2 of 8 bundles packed

        channel candidate
          + lighthouse.v2.0.0-5  2.0.0-5  within 2.0.0-2 and above
          - lighthouse.v2.0.0-1  2.0.0-1  not within 2.0.0-2 and above
          - lighthouse.v1.3.0  1.3.0  not within 2.0.0-2 and above
          ~ lighthouse.v1.2.0  not in this channel
        channel old
          - lighthouse.v0.9.0  0.9.0  the channel is not asked for
        channel stable (default)
          + lighthouse.v1.3.0  1.3.0  head of the channel
          - lighthouse.v1.2.0  1.2.0  not the head of the channel
          - lighthouse.v1.1.0  1.1.0  not the head of the channel
          - lighthouse.v1.0.1  1.0.1  not the head of the channel
          - lighthouse.v1.0.0  1.0.0  not the head of the channel

        """, "\(result.errors)")
    #expect(try FileSystem.list(job.directory.path).allSatisfy { !$0.hasPrefix("bundle") })
  }

  @Test func showsWhatLeadsThroughAndWhatIsSkipped() throws {
    let lines = try explain("pier").output.split(separator: "\n").map(String.init)
    #expect(
      Array(lines.suffix(5)) == [
        "channel stable (default)", "  + pier.v3.2.0  3.2.0  not asked for, but updates lead through it",
        "  |   + pier.v3.1.1  3.1.1  within 3.1.0 to 3.1.1; skipped by pier.v3.2.0",
        "  + pier.v3.1.0  3.1.0  within 3.1.0 to 3.1.1", "  - pier.v3.0.0  3.0.0  not within 3.1.0 to 3.1.1",
      ], "\(lines)")
    let graph = try explain("pier", "--dot").output
    #expect(graph.hasPrefix("digraph \"pier\" {\n") && graph.hasSuffix("}\n"))
    #expect(graph.contains(#""stable/pier.v3.2.0" -> "stable/pier.v3.1.1" [style=dashed];"#))
  }

  @Test func printsJSONThatAgreesWithThePlan() throws {
    let plan = try job.packed("--dry-run")["catalogs"]?.elements?.first?["packages"]?.elements ?? []
    #expect(plan.count == 3)
    for package in plan {
      let output = try explain(package["name"]?.text ?? "", "--json").output
      let entries = try JSONReader.value(Array(output.utf8), source: "stdout")["catalogs"]?.elements?.first?["entries"]
      let kept = (entries?.elements ?? []).filter { $0["kept"] == .boolean(true) }.compactMap { $0["bundle"]?.text }
      #expect(Set(kept).sorted() == package["bundles"]?.elements?.compactMap(\.text))
    }
  }

  @Test func saysWhatIsNeededAndWhatNobodyAsksFor() throws {
    try job.configure("- {catalog: @harbour, packages: [{name: tug}]}")
    #expect(try explain("tug").output.contains("pier.v3.2.0 of package 'pier' is not asked for: tug.v0.1.0 needs"))
    let pier = try explain("pier").output
    #expect(pier.contains("package  pier, not asked for\n") && pier.contains("\n  * pier.v3.2.0  3.2.0\n"))
    let added = try explain("pier", "--with-dependencies").output
    #expect(added.contains("  + pier.v3.2.0  3.2.0  another bundle needs it\n"), "\(added)")
    expectFailure(try explain("peer"), .notFound, "has a package 'peer'; did you mean 'pier'?", next: "list operators")
    expectFailure(
      try Program.run(["pack", "--image", "a.example/b:c", "--explain", "pier"]), .configuration, "no operator catalog")
    expectFailure(try Program.run(["pack", "--image", "a.example/b:c"]), .usage, "'--output' and '--explain'")
  }
}
