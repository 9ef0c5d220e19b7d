import JSON
import SystemIO
import TestSupport
import Testing

/// The commands of the main job, as a script calls them.
@Suite struct MainJobCommandTests {
  private let directory: TemporaryDirectory
  private let bundle: String
  private let key: String
  private let publicKey: String

  init() throws {
    directory = try TemporaryDirectory()
    bundle = directory("a.tar.zst")
    key = directory("team.key")
    publicKey = directory("team.pub")
    let layout = try LayoutFixture(directory("source"))
    let layer = try layout.layer(seed: 1, size: 100_000)
    try layout.image([layer], name: "team/app:v1")
    try layout.image([layer, layout.plainLayer(seed: 2, size: 50_000)], name: "team/other:v2")
    #expect(try runTool(builtProgram, ["keygen", "--out", directory("team"), "--quiet"]).status == 0)
  }

  private func sealift(_ arguments: String..., environment: [String] = []) throws -> ToolResult {
    try runTool(builtProgram, arguments, environment: environment)
  }

  private func json(_ arguments: String...) throws -> JSONValue {
    let result = try runTool(builtProgram, arguments + ["--json"])
    try #require(result.status == 0, "\(result.errors)")
    for line in result.errors.split(separator: "\n") { #expect(try parsed(line)["event"] != nil) }
    return try parsed(result.output)
  }

  private func parsed(_ text: some StringProtocol) throws -> JSONValue {
    try JSONReader.value(Array(text.utf8), source: "what sealift printed")
  }

  private func pack() throws -> JSONValue {
    try json("pack", "--image", "oci:\(directory("source"))", "--key", key, "-o", bundle)
  }

  @Test func everyCommandGivesOneJSONDocument() throws {
    let plan = try json("pack", "--image", "oci:\(directory("source"))", "--key", key, "-o", bundle, "--dry-run")
    #expect(plan["dryRun"] == .boolean(true))
    #expect(plan["file"] == .null)
    #expect(!FileSystem.exists(bundle))

    let packed = try pack()
    let id = try #require(packed["bundle"]?.text)
    #expect(
      packed["images"]?.elements?.map { $0["destinations"]?.elements?.first?.text } == ["team/app:v1", "team/other:v2"])
    #expect(packed["fileBytes"]?.integer == (try File(bundle, .read).size()))

    let inspected = try json("inspect", bundle, "--trust", publicKey)
    #expect(inspected["bundle"]?.text == id)
    #expect(inspected["trusted"] == .boolean(true))
    #expect(inspected["images"] == packed["images"])
    #expect(try json("inspect", bundle)["trusted"] == .null)

    let verified = try json("verify", bundle, "--trust", publicKey)
    #expect(verified["signers"] == packed["signers"])

    let mapping = try json("unpack", bundle, "oci:\(directory("out"))", "--trust", publicKey, "--dry-run")
    #expect(mapping["receipt"] == .null)
    #expect(!FileSystem.exists(directory("out")))
    let unpacked = try json("unpack", bundle, "oci:\(directory("out"))", "--trust", publicKey)
    #expect(unpacked["mapping"] == mapping["mapping"])
    #expect(unpacked["receipt"]?["tags"]?.elements?.count == 2)
  }

  @Test func textGoesToStdoutAndProgressToStderr() throws {
    let packed = try sealift("pack", "--image", "oci:\(directory("source"))", "--key", key, "-o", bundle)
    #expect(packed.output.contains("\ncontent    2 images, 5 blobs, "))
    #expect(packed.errors.contains("packing: done, 2 blobs, "))
    let quiet = try sealift("verify", bundle, "--trust", publicKey, "--quiet")
    #expect(quiet.status == 0)
    #expect(quiet.output + quiet.errors == "")
    let inspected = try sealift("inspect", bundle, "--quiet")
    #expect(inspected.output.contains("team/other:v2"))
  }

  @Test func aPipeCarriesTheBundleAndNothingElse() throws {
    let result = try runTool(
      "bash",
      [
        "-o", "pipefail", "-c",
        """
        \(builtProgram) pack --image oci:\(directory("source")) --key \(key) -o - | tee \(bundle) |
          \(builtProgram) unpack - oci:\(directory("out")) --trust \(publicKey)
        """,
      ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("bundle     sha256:"))
    #expect(result.errors.contains("file       stdout\n"))
    #expect(try sealift("verify", bundle, "--trust", publicKey).status == 0)
  }

  @Test func exitCodesSayWhatIsWrong() throws {
    _ = try pack()
    #expect(try sealift("keygen", "--out", directory("other")).status == 0)
    #expect(try sealift("keygen", "--out", directory("other")).status == 74)
    #expect(try sealift("verify", bundle).status == 64)
    #expect(try sealift("verify", bundle, "--trust", directory("other.pub")).status == 79)
    #expect(try sealift("verify", directory("missing"), "--trust", publicKey).status == 66)
    #expect(try sealift("verify", bundle, "--trust", bundle).status == 78)
    let file = try File(bundle, .update)
    try file.truncate(to: try file.size() - 1)
    let cut = try sealift("verify", bundle, "--trust", publicKey, "--json")
    #expect(cut.status == 65)
    #expect(cut.output == "")
    let reason = try parsed(try #require(cut.errors.split(separator: "\n").last))
    #expect(reason["event"]?.text == "error")
    #expect(reason["code"]?.integer == 65)
  }

  @Test func signaturesAreAddedInPlaceAndBeside() throws {
    _ = try pack()
    #expect(try sealift("keygen", "--out", directory("auditor")).status == 0)
    let both = ["--trust", publicKey, "--trust", directory("auditor.pub"), "--threshold", "2"]
    #expect(try runTool(builtProgram, ["verify", bundle] + both).status == 79)

    let detached = directory("auditor.sig")
    #expect(
      try json("sign", bundle, "--key", directory("auditor.key"), "--detached", detached)["carried"]?.elements?.count
        == 1)
    #expect(try runTool(builtProgram, ["verify", bundle, "--signature", detached] + both).status == 0)

    #expect(try json("sign", bundle, "--key", directory("auditor.key"))["carried"]?.elements?.count == 2)
    #expect(try runTool(builtProgram, ["verify", bundle] + both).status == 0)
  }

  @Test func theTimeOfABundleCanBeGiven() throws {
    let arguments = ["pack", "--image", "oci:\(directory("source"))", "--unsigned", "-o", bundle]
    #expect(try runTool(builtProgram, arguments, environment: ["SOURCE_DATE_EPOCH=1700000000"]).status == 0)
    #expect(try json("inspect", bundle)["created"]?.text == "2023-11-14T22:13:20Z")
    let wrong = try runTool(builtProgram, arguments, environment: ["SOURCE_DATE_EPOCH=today"])
    #expect(wrong.status == 78)
  }
}
