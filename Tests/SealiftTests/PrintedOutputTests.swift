import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// `formats/output.md` and `formats/receipt.schema.json` against what the program prints.
@Suite struct PrintedOutputTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    let layout = try LayoutFixture(directory("source"))
    let layer = try layout.layer(seed: 1, size: 10_000)
    let image = try layout.image([layer], name: "team/app:v1")
    try layout.list(layout.image([layout.layer(seed: 2, size: 10)], subject: image))
  }

  @Test func everyDocumentHasTheMembersOfTheTable() throws {
    let documented = try table("Documents on stdout")
    let documents = try documents()
    for (command, document) in documents {
      let members = try #require(documented[command], "\(command) is not in formats/output.md")
      #expect(Set(document.members?.map(\.name) ?? []) == members, "\(command)")
    }
    #expect(Set(documents.keys) == Set(documented.keys))
  }

  @Test func everyLineIsAnEventOfTheTable() throws {
    let documented = try table("Lines on stderr")
    let failed = try run("pack", "--image", "oci:\(directory("nowhere"))", "--unsigned", "-o", directory("b"))
    let lines = try run(packing).errors + failed.errors
    var seen: Set<String> = []
    for line in lines.split(separator: "\n") {
      let event = try parsed(line)
      let name = try #require(event["event"]?.text)
      seen.insert(name)
      let members = Set(event.members?.map(\.name) ?? []).subtracting(["event"])
      #expect(members.isSubset(of: documented[name] ?? []), "\(line)")
    }
    #expect(seen.isSuperset(of: ["phase", "progress", "item", "error"]))
  }

  @Test(.enabled(if: SchemaValidator.isInstalled, "\(SchemaValidator.reason)"))
  func receiptsFollowTheirSchema() throws {
    _ = try documents()
    let success = try FileSystem.read(directory("receipt.json"), limit: 1 << 20)
    #expect(
      try SchemaValidator("receipt.schema.json").verdicts([success, Array("{}".utf8)]).map { $0.prefix(7) } == [
        "ok", "refused",
      ])
  }

  /// The document of each command.
  private func documents() throws -> [String: JSONValue] {
    let bundle = directory("a.tar.zst")
    let trust = ["--trust", directory("team.pub")]
    let unpacking = ["unpack", bundle, "oci:\(directory("target"))", "--receipt", directory("receipt.json")] + trust
    var documents = ["keygen": try parsed(run("keygen", "--out", directory("team")).output)]
    let commands = [
      packing, ["inspect", bundle] + trust, ["verify", bundle] + trust, unpacking, ["diff", bundle, bundle] + trust,
      ["report", bundle, "-o", directory("a.html")] + trust,
      ["sign", bundle, "--key", directory("team.key"), "--detached", directory("a.sig")], ["version"],
    ]
    for command in commands { documents[command[0]] = try parsed(run(command).output) }
    documents.merge(try deletions(of: bundle, trust)) { $1 }
    _ = try run(packing(to: directory("v.tar.zst")) + ["--volume-size", "4KiB"])
    documents["verify--volume"] = try parsed(run(["verify", "--volume", directory("v.tar.zst.001")] + trust).output)
    documents["protect"] = try parsed(run("protect", bundle, "--parity", "1").output)
    try File(bundle, .update).write([1, 2, 3], at: 5000)
    documents["repair"] = try parsed(run(["repair", bundle, "--out", directory("whole")] + trust).output)
    let releases = ["list", "releases", "--channel", "stable-4.2", "--graph-file", try GraphFile(directory).path]
    documents["listreleases"] = try parsed(run(releases).output)
    try FileSystem.makeDirectory(directory("catalog"))
    let package = #"""
      {"schema":"olm.package","name":"foo","defaultChannel":"a"}
      {"schema":"olm.channel","package":"foo","name":"a","entries":[{"name":"foo.v1"}]}
      {"schema":"olm.bundle","package":"foo","name":"foo.v1","image":"a.example/b:c","properties":[
      {"type":"olm.package","value":{"packageName":"foo","version":"1.0.0"}}]}
      """#
    try FileSystem.write(Array(package.utf8), to: directory("catalog/foo.json"))
    let operators = ["list", "operators", "--catalog", "dir:\(directory("catalog"))"]
    documents["listoperators"] = try parsed(run(operators).output)
    let registry = try registry(keeping: FileSystem.read(directory("receipt.json"), limit: 1 << 20))
    documents["listbases"] = try parsed(run("list", "bases", registry.address, "--dest-tls-verify=false").output)
    let configuration = """
      kind: ImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      mirror: {operators: [{catalog: "dir:\(directory("catalog"))"}]}
      """
    try FileSystem.write(Array(configuration.utf8), to: directory("c.yaml"))
    documents["pack--explain"] = try parsed(run("pack", "-c", directory("c.yaml"), "--explain", "foo").output)
    return documents
  }

  /// A registry that has a receipt, and nothing else.
  private func registry(keeping receipt: [UInt8]) throws -> HTTPDouble {
    let type = "application/vnd.sealift.receipt.v1+json"
    let digest = SHA256Hasher.digest(of: receipt)
    let layer = #"{"mediaType":"\#(type)","digest":"\#(digest)","size":\#(receipt.count)}"#
    let manifest = #"{"schemaVersion":2,"artifactType":"\#(type)","config":\#(layer),"layers":[\#(layer)]}"#
    return try HTTPDouble { request in
      switch request.path {
      case "/v2/": .whole(200)
      case "/v2/sealift/receipts/tags/list": .whole(200, [:], Array(#"{"tags":["sha256-0"]}"#.utf8))
      case "/v2/sealift/receipts/manifests/sha256-0":
        .whole(200, ["Content-Type": "application/vnd.oci.image.manifest.v1+json"], Array(manifest.utf8))
      case "/v2/sealift/receipts/blobs/\(digest)": .whole(200, [:], receipt)
      default: .whole(404)
      }
    }
  }

  /// The documents of both phases of `delete`; a list without items asks no registry.
  private func deletions(of bundle: String, _ trust: [String]) throws -> [String: JSONValue] {
    let configuration = """
      kind: DeleteImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      delete: {additionalImages: [{name: "oci:\(directory("source"))"}]}
      """
    try FileSystem.write(Array(configuration.utf8), to: directory("d.yaml"))
    let list = directory("list.yaml")
    let generating = ["delete", "--generate", list, "-c", directory("d.yaml"), "--bundle", bundle, "--no-keep"] + trust
    let generated = try parsed(run(generating + ["registry.example"]).output)
    #expect(generated["images"]?.integer == 2, "\(generated)")
    let empty = """
      {apiVersion: mirror.openshift.io/v2alpha1, kind: DeleteImageList, target: registry.example, bundles: [], keep: [],
      items: [], kept: []}
      """
    try FileSystem.write(Array(empty.utf8), to: list)
    let executed = try parsed(run("delete", "--execute", list, "--no-keep", "registry.example").output)
    return ["delete--generate": generated, "delete--execute": executed]
  }

  private var packing: [String] { packing(to: directory("a.tar.zst")) }

  private func packing(to output: String) -> [String] {
    let signing = FileSystem.exists(directory("team.key")) ? ["--key", directory("team.key")] : ["--unsigned"]
    return ["pack", "--image", "oci:\(directory("source"))", "-o", output] + signing
  }

  private func run(_ arguments: String...) throws -> ToolResult { try run(arguments) }

  private func run(_ arguments: [String]) throws -> ToolResult { try runTool(builtProgram, arguments + ["--json"]) }

  private func parsed(_ text: some StringProtocol) throws -> JSONValue {
    try JSONReader.value(Array(text.utf8), source: "what sealift printed")
  }

  /// The first column of a table of `formats/output.md`, and the names in backticks of the second.
  private func table(_ heading: String) throws -> [String: Set<String>] {
    let text = String(
      decoding: try FileSystem.read(Repository.path("formats/output.md"), limit: 1 << 20), as: UTF8.self)
    let section = try #require(text.split(separator: "## ").first { $0.hasPrefix(heading) })
    var rows: [String: Set<String>] = [:]
    for line in section.split(separator: "\n") where line.hasPrefix("| `") && !line.hasPrefix("| `event` |") {
      let cells = line.split(separator: "|")
      // The words of a command are joined: `listreleases`.
      let name = cells[0].filter { $0 != " " && $0 != "`" }
      // What stands in parentheses explains a member.
      let members = cells[1].replacing(/\([^)]*\)/, with: "").matches(of: /`([A-Za-z]+)`/).map { String($0.1) }
      rows[name] = Set(members)
    }
    return rows
  }
}
