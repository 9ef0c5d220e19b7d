import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// What a registry keeps of each bundle, and the signature that a receipt can have.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct ReceiptRecordTests {
  private let world: UpdateWorld
  private let target: RegistryServer
  private let storage: RegistryStorage
  private let bundle: UpdateWorld.Bundle

  init() throws {
    world = try UpdateWorld()
    target = try RegistryServer()
    storage = RegistryStorage(target)
    bundle = try world.bundle(1, [.init("team/app", 1, 2), .init("team/other", 2)])
  }

  private var place: String { "\(target.address)/far/side" }

  /// Unpacks with a record.
  @discardableResult
  private func unpack(_ bundle: UpdateWorld.Bundle, _ more: String...) throws -> ToolResult {
    let result = try Run(world.unpack(bundle, to: place) + more, keepsRecord: true).result()
    #expect(result.status == 0, "\(result.errors)")
    return result
  }

  private func listed(_ more: String...) throws -> [JSONValue] {
    let result = try Program.succeed(["list", "bases", place, "--dest-tls-verify=false", "--json"] + more)
    return try JSONReader.value(Array(result.output.utf8), source: "the list")["bases"]?.elements ?? []
  }

  private func lines(_ path: String) throws -> [[UInt8]] {
    try FileSystem.read(path, limit: 1 << 20).split(separator: UInt8(ascii: "\n")).map { Array($0) }
  }

  /// Checks the signature of a file with `openssl`.
  private func verified(_ path: String, _ key: SigningKey) throws -> Bool {
    let lines = try lines(path)
    try #require(lines.count == 2)
    let signature = try JSONReader.value(lines[1], source: "the signatures")["signatures"]?.elements?.first
    try FileSystem.write(lines[0], to: world.directory("line"))
    try FileSystem.write(Array((signature?["signature"]?.text ?? "").utf8), to: world.directory("base64"))
    try runOrFail("openssl", ["base64", "-d", "-A", "-in", world.directory("base64"), "-out", world.directory("sig")])
    let arguments =
      key.kind == .ed25519
      ? ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key.publicPath, "-sigfile", world.directory("sig"), "-in"]
      : ["dgst", "-sha256", "-verify", key.publicPath, "-signature", world.directory("sig")]
    return try runTool("openssl", arguments + [world.directory("line")]).status == 0
  }

  @Test(arguments: SigningKey.Kind.allCases) func aReceiptIsSigned(kind: SigningKey.Kind) throws {
    let key = try SigningKey(kind, in: world.directory, name: "far")
    try unpack(bundle, "--receipt-key", key.privatePath)
    #expect(try verified(world.directory("receipt.json"), key))
    let saved = try listed("--save", world.directory("saved"))
    let file = world.directory("saved/receipt-\(bundle.id.tag).json")
    #expect(saved.first?["file"]?.text == file)
    #expect(saved.first?["receiptSigners"]?.elements?.count == 1)
    #expect(try verified(file, key))
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("receipt.schema.json").verdicts([lines(file)[0]]) == ["ok"])
    }
    // A signature of another kind is another one each time.
    let state = try storage.state()
    try unpack(bundle, "--receipt-key", key.privatePath)
    try unpack(bundle)
    #expect(try storage.state() == state)
  }

  @Test func aReceiptWithoutAKeyIsOneLine() throws {
    try unpack(bundle)
    #expect(try lines(world.directory("receipt.json")).count == 1)
    #expect(try world.receipt()["bundleName"]?.text == "month-1.tar.zst")
    let base = try #require(try listed("--save", world.directory("saved")).first)
    #expect(base["bundle"]?.text == bundle.id.description)
    #expect(base["name"]?.text == "month-1.tar.zst")
    #expect(base["created"]?.text == bundle.created)
    #expect(base["bundleSigned"] == .boolean(true))
    #expect(base["receiptSigners"]?.elements?.isEmpty == true)
    let record = try JSONReader.value(lines(base["file"]?.text ?? "")[0], source: "the record")
    let entries = ["blobs", "manifests", "tags"].flatMap { record[$0]?.elements ?? [] }
    let outcomes = entries.compactMap { $0["outcome"]?.text }
    #expect(outcomes.count == 9 && Set(outcomes) == ["present"])
  }

  @Test func aSecondRunSendsNothing() throws {
    try unpack(bundle)
    #expect(try storage.allTags().contains { $0.hasPrefix("far/side/sealift/receipts:\(bundle.id.tag) ") })
    let log = target.log
    let state = try storage.state()
    try unpack(bundle)
    #expect(try storage.state() == state)
    let later = target.log.dropFirst(log.count)
    #expect(!["PUT", "POST", "PATCH"].contains { later.contains("http.request.method=\($0)") }, "\(later)")
  }

  @Test func aPartOfABundleDoesNotReplaceAllOfIt() throws {
    try unpack(bundle, "--only", "team/app")
    let part = try #require(try listed().first?["manifests"]?.integer)
    try unpack(bundle)
    let whole = try #require(try listed().first?["manifests"]?.integer)
    #expect(whole > part)
    try unpack(bundle, "--except", "team/app")
    #expect(try listed().first?["manifests"]?.integer == whole)
  }

  @Test func aKeyThatComesLaterSigns() throws {
    try unpack(bundle)
    try unpack(bundle, "--receipt-key", world.key.privatePath)
    #expect(try listed().first?["receiptSigners"]?.elements?.count == 1)
  }

  @Test func severalBundlesAreListedFromTheOldest() throws {
    let update = try world.bundle(2, [.init("team/app", 1, 3)], since: [bundle])
    try unpack(bundle)
    try unpack(update)
    #expect(try listed().map { $0["name"]?.text } == ["month-1.tar.zst", "month-2.tar.zst"])
    let text = try Program.succeed(["list", "bases", place, "--dest-tls-verify=false"]).output
    #expect(text.contains("2026-01-01T00:00:00Z  month-1.tar.zst  \(bundle.id)"), "\(text)")
  }

  @Test func withoutARecord() throws {
    try Program.succeed(world.unpack(bundle, to: place))
    let result = try Program.run(["list", "bases", place, "--dest-tls-verify=false"])
    expectFailure(result, .notFound, "keeps no receipt")
    let directory = try Program.run(["list", "bases", "oci:somewhere"])
    expectFailure(directory, .usage, "only registries keep receipts", next: "--receipt FILE")
  }

  @Test func aBundleThatNobodyHasSignedIsNoBase() throws {
    let unsigned = try world.bundle(1, [.init("team/app", 1, 2)], signed: false, name: "unsigned.tar.zst")
    try unpack(unsigned, "--allow-unsigned")
    let result = try Program.run(["list", "bases", place, "--dest-tls-verify=false"])
    expectFailure(result, .notFound, "keeps no receipt")
  }

  @Test func whatSomebodyElseHasPutThereIsLeftOut() throws {
    try unpack(bundle)
    let layout = try LayoutFixture(world.directory("layout"))
    let image = try layout.image([layout.layer(seed: 1, size: 10)])
    try storage.add(image, from: layout, to: "far/side/sealift/receipts", tag: "mine")
    let result = try Program.succeed(["list", "bases", place, "--dest-tls-verify=false", "--json"])
    #expect(result.errors.contains("sealift/receipts:mine is no receipt"), "\(result.errors)")
    #expect(try listed().count == 1)
  }

  @Test(arguments: [403, 405]) func aRegistryThatTakesNoneIsAWarning(status: Int) throws {
    let target = try RegistryDouble { request in
      request.path.contains("/sealift/receipts/") && request.method != "GET" && request.method != "HEAD"
        ? .whole(status) : nil
    }
    let result = try Run(world.unpack(bundle, to: target.address), keepsRecord: true).result()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("warning: the registry keeps no record of this bundle"), "\(result.errors)")
    #expect(try world.receipt()["failure"] == .null)
  }

  @Test func aRunThatLeavesOutSomethingKeepsNone() throws {
    let target = try RegistryDouble { request in
      request.method == "PUT" && request.path.contains("/team/other/manifests/") ? .whole(403) : nil
    }
    let result = try Run(world.unpack(bundle, to: target.address, "--keep-going"), keepsRecord: true).result()
    #expect(result.status == 2, "\(result.errors)")
    #expect(target.content.tags == ["team/app:v1"])
  }
}
