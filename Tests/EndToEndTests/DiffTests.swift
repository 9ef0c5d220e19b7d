import BundleFormat
import Diagnostics
import JSON
import Signing
import SystemIO
import TestSupport
import Testing

/// What a person and a script see of two bundles that differ.
@Suite struct DiffTests {
  private let directory: TemporaryDirectory
  private let old: String
  private let new: String
  private let key: String

  init() throws { (directory, old, new, key) = try MonthlyBundle.files() }

  private func document(_ arguments: [String], status: CInt) throws -> JSONValue {
    let result = try Program.run(["diff", "--json"] + arguments)
    #expect(result.status == status, "\(result.errors)")
    return try JSONReader.value(Array(result.output.utf8), source: "the output of diff")
  }

  @Test func theExitCodeIsThatOfDiff() throws {
    #expect(try Program.run(["diff", old, old, "--trust", key]).status == 0)
    let result = try Program.run(["diff", old, new, "--trust", key])
    #expect(result.status == 1 && result.errors.isEmpty)
    #expect(result.output.contains("ClusterRoleBinding, grants rights"))
    #expect(result.output.contains("version 1.8.3 -> 1.8.10"))
    #expect(result.output.contains("+  greeting: \"goodbye\""))
    #expect(try Program.run(["diff", old, new, "--quiet"]).output == "")
    #expect(try Program.run(["diff", old, new, "--quiet"]).status == 1)
  }

  @Test(.enabled(if: SchemaValidator.isInstalled, "\(SchemaValidator.reason)"))
  func theDocumentIsAsTheSchemaSays() throws {
    let documents = try [document([old, new], status: 1), document([new, old, "--trust", key], status: 1)]
    let verdicts = try SchemaValidator("diff.schema.json").verdicts(documents.map { JSONWriter.bytes(of: $0) })
    #expect(verdicts == ["ok", "ok"])
    #expect(documents[0]["same"] == .boolean(false))
    #expect(documents[1]["from"]?["trusted"] == .boolean(true))
  }

  @Test func pipesAreBundlesToo() throws {
    let expected = try document([old, new], status: 1)["images"]
    let script = "exec \"$@\" <(exec cat \"$0\") - < \"$NEW\""
    let result = try Run(
      ["diff", "--json"], environment: ["NEW": new], under: ["bash", "-c", script, old]
    ).result()
    #expect(result.status == 1, "\(result.errors)")
    #expect(try JSONReader.value(Array(result.output.utf8), source: "the output")["images"] == expected)
    expectFailure(try Program.run(["diff", "-", "-"]), .usage, "only one bundle comes from stdin")
  }

  @Test func aReceiptIsComparedByWhatItTells() throws {
    let receipt = directory("receipt.json")
    try Program.succeed([
      "unpack", old, "oci:\(directory("layout"))", "--trust", key, "--receipt", receipt, "--release-key", releaseKey,
    ])
    let same = try document([receipt, old], status: 0)
    #expect(same["images"]?["unchanged"]?.integer == 6)
    #expect(same["operators"] == .null && same["lacks"] == .null)
    let differs = try document([receipt, new], status: 1)
    let images = try document([old, new], status: 1)["images"]
    #expect(differs["images"]?["added"] == images?["added"])
    #expect(differs["brings"] == (try document([old, new], status: 1)["brings"]))
  }

  private var releaseKey: String { Repository.path("formats/examples/tiny.gpg") }

  @Test func whatNobodyTrustedHasSignedIsRefused() throws {
    let other = try SigningKey(.ecdsa, in: directory, name: "other")
    expectFailure(try Program.run(["diff", old, new, "--trust", other.publicPath]), .untrusted)
    try FileSystem.write(Array("no bundle".utf8), to: directory("text"))
    expectFailure(try Program.run(["diff", old, directory("text")]), .corrupt)
    try FileSystem.write(Array("{}".utf8), to: directory("json"))
    expectFailure(try Program.run(["diff", directory("json"), new]), .configuration, "neither a bundle nor a receipt")
    expectFailure(try Program.run(["diff", old, directory("missing")]), .notFound)
  }

  @Test func theBeginningOfABundleIsEnoughAndIsTold() throws {
    let bytes = try FileSystem.read(new, limit: 1 << 20)
    try FileSystem.write(Array(bytes.dropLast(1000)), to: directory("head"))
    let result = try Program.run(["diff", new, directory("head")])
    #expect(result.status == 0)
    #expect(result.errors.contains("ends behind its head"))
  }

  @Test func hostileNamesReachTheTerminalAsText() throws {
    var hostile = try MonthlyBundle.november
    let name = "\u{1B}]8;;x\u{7}\u{202E}</script>\u{9B}1m"
    hostile.index.images[0].source = name
    hostile.index.catalogs[0].packages[0].name = name
    hostile.setGreeting("\\e[2K")
    try FileSystem.write(hostile.bytes(), to: directory("hostile"))
    for arguments in [["diff", old, directory("hostile")], ["diff", old, directory("hostile"), "--json"]] {
      let result = try Program.run(arguments)
      #expect(result.status == 1, "\(result.errors)")
      for scalar in result.output.unicodeScalars where scalar != "\n" {
        #expect(scalar.value >= 0x20 && ![0x7F, 0x9B, 0x202E].contains(scalar.value))
      }
    }
  }
}
