import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Slips of the hand, and registries that do not what they say.
@Suite(
  .enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"),
  .enabled(if: hasTool("skopeo"), "skopeo is not installed"))
struct DeleteSlipTests {
  private let job: DeletionJob
  private let app: Descriptor

  init() throws {
    job = try DeletionJob()
    app = try job.layout.image([job.layout.layer(seed: 1, size: 3000)])
    try job.add(app, "team/sub/app:v1")
    try job.add(job.layout.index([app]), "team/sub/multi:v1")
  }

  @Test func theListKnowsHowRepositoriesAreNamed() throws {
    try job.bring("old", ["team/sub/app:v1", "team/sub/multi:v1"], "--max-nested-paths", "2")
    try job.bring("new", ["team/sub/app:v1"], "--max-nested-paths", "2")
    let images = ["team/sub/app:v1", "team/sub/multi:v1"]
    let generate = try job.generate(images: images, of: ["old"], keeping: [])
    try Program.succeed(generate + ["--max-nested-paths", "2"])
    #expect(try job.listText().contains("maxNestedPaths: 2"))
    let execute = job.execute(keeping: [job.bundle("new")], "--trust", job.key.publicPath)
    expectFailure(try plain(execute + ["--max-nested-paths", "3"]), .usage, "--max-nested-paths 2")
    // The bundle that was brought since then stays, though nobody says again how it was unpacked.
    #expect(try Program.run(execute).status == SealiftError.Code.incomplete.rawValue)
    try job.target.collectGarbage()
    #expect(try job.missing(job.receipt("new")) == [])
    try job.pull("team-sub-app:v1")
    #expect(RegistryStorage(job.target).digest(of: "v1", in: "mirror/team-sub-multi") == nil)
  }

  @Test func whereNothingOfTheListIsThereThatIsTold() throws {
    try job.bring("old", ["team/sub/app:v1"], "--max-nested-paths", "2")
    try Program.succeed(job.generate(images: ["team/sub/app:v1"], of: ["old"], keeping: []))
    let result = try Program.succeed(job.execute(keeping: []).filter { $0 != "--json" })
    #expect(result.errors.contains("nothing of the list is at \(job.target.address)/mirror"), "\(result.errors)")
    #expect(result.errors.contains("--max-nested-paths"))
  }

  @Test func nothingButAListIsWrittenOver() throws {
    try job.bring("old", ["team/sub/app:v1"])
    let generate = try job.generate(images: ["team/sub/app:v1"], of: ["old"], keeping: [])
    for path in [job.bundle("old"), job.directory("delete.yaml"), job.receipt("old")] {
      let before = try FileSystem.read(path, limit: 1 << 20)
      expectFailure(try Program.run(generate.map { $0 == job.list ? path : $0 }), .usage, "is there already")
      #expect(try FileSystem.read(path, limit: 1 << 20) == before)
    }
    try Program.succeed(generate)
    try Program.succeed(generate)
  }

  @Test(arguments: [202, 404])
  func aRegistryThatKeepsWhatItSaysItDeletesIsNotBelieved(status: Int) throws {
    try job.bring("old", ["team/sub/multi:v1"])
    try Program.succeed(job.generate(images: ["team/sub/multi:v1"], of: ["old"], keeping: []))
    let double = try HTTPDouble { request in
      if request.method == "DELETE" { return .whole(status) }
      if request.path.hasSuffix("/tags/list") { return .whole(200, [:], Array(#"{"tags":[]}"#.utf8)) }
      guard let digest = request.path.split(separator: "/").last, digest.hasPrefix("sha256:") else {
        return .whole(200)
      }
      return .whole(200, ["Docker-Content-Digest": String(digest)])
    }
    let list = try job.listText().replacing(job.target.address, with: double.address)
    try File(job.list, .replace).write(Array(list.utf8))
    let receipt = job.directory("done.json")
    let execute = job.execute(keeping: [], "--receipt", receipt).dropLast() + ["\(double.address)/mirror"]
    expectFailure(try plain(Array(execute)), .incomplete, "still has 1 manifest of the list", next: "rules")
    // Its part is not asked to go.
    #expect(double.requests.count { $0.method == "DELETE" } == 1)
    let done = try FileSystem.read(receipt, limit: 1 << 20)
    #expect(String(decoding: done, as: UTF8.self).contains(#""outcome":"present""#))
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("delete-receipt.schema.json").verdicts([done]) == ["ok"])
    }
  }

  /// Without JSON, so that errors are what people read.
  private func plain(_ arguments: [String]) throws -> ToolResult {
    try Program.run(arguments.filter { $0 != "--json" } + ["--quiet"])
  }
}
