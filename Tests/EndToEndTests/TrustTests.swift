import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Who is trusted, and what happens to those who are not.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct TrustTests {
  private let world: World
  private let other: SigningKey
  private let target: RegistryServer

  init() throws {
    world = try World()
    other = try SigningKey(.ecdsa, in: world.directory, name: "signer2")
    target = try RegistryServer()
    try world.packed()
  }

  private var bundle: String { world.path("bundle.tar.zst") }

  private func unpack(_ trust: String...) throws -> ToolResult {
    try Program.run(["unpack", bundle, target.address, "--dest-tls-verify=false"] + trust)
  }

  /// Demands that nothing was sent, not even what has no tag.
  private func expectRefused(_ result: ToolResult, _ words: String, next: String) throws {
    expectFailure(result, .untrusted, words, next: next)
    #expect(try RegistryStorage(target).state() == [])
  }

  @Test func aBundleOfSomebodyElseIsRefused() throws {
    try expectRefused(unpack("--trust", other.publicPath), "trusted", next: "--trust")
    expectFailure(try Program.run(["verify", bundle, "--trust", other.publicPath]), .untrusted)
    expectFailure(try Program.run(["inspect", bundle, "--trust", other.publicPath]), .untrusted)
  }

  @Test func nobodyIsTrustedByDefault() throws {
    expectFailure(try unpack(), .usage, "no trusted key", next: "--trust")
    #expect(try RegistryStorage(target).state() == [])
  }

  @Test func oneSignatureOfTwoIsTooFew() throws {
    let both = ["--trust", world.key.publicPath, "--trust", other.publicPath, "--threshold", "2"]
    let result = try Program.run(["unpack", bundle, target.address, "--dest-tls-verify=false"] + both)
    try expectRefused(result, "1", next: "sealift sign")
    try Program.succeed(["sign", bundle, "--key", other.privatePath])
    try Program.succeed(["unpack", bundle, target.address, "--dest-tls-verify=false"] + both)
  }

  @Test func theSameKeyTwiceCountsOnce() throws {
    let twice = ["--trust", world.key.publicPath, "--trust", world.key.publicPath, "--threshold", "2"]
    let result = try Program.run(["verify", bundle] + twice)
    #expect(result.status != 0)
    #expect(result.errors.contains("  next: "))
  }

  @Test func anUnsignedBundlePassesOnlyByThatName() throws {
    var arguments = world.pack("unsigned.tar.zst", "--unsigned")
    let key = try #require(arguments.firstIndex(of: "--key"))
    arguments.removeSubrange(key...key + 1)
    try Program.succeed(arguments)
    let unsigned = world.path("unsigned.tar.zst")
    let command = ["unpack", unsigned, target.address, "--dest-tls-verify=false"]
    try expectRefused(
      Program.run(command + ["--trust", world.key.publicPath]), "no signature", next: "sealift sign")
    let result = try Program.succeed(command + ["--allow-unsigned"])
    #expect(result.errors.contains("warning: the bundle is not signed by a trusted key"))
    #expect(try RegistryStorage(target).allTags().count == 5)
    try Program.succeed(["verify", unsigned, "--allow-unsigned"])
  }

  @Test func anIndexThatWasChangedIsSignedByNobody() throws {
    var bytes = try world.bytes(bundle)
    bytes[30] ^= 1
    try File(bundle, .update).write(bytes)
    let result = try unpack("--trust", world.key.publicPath)
    #expect([65, 79].contains(result.status), "\(result.errors)")
    #expect(try RegistryStorage(target).state() == [])
  }

  @Test func destinationsAreJoinedWhereTheTargetHasALimit() throws {
    try Program.succeed(world.unpack("bundle.tar.zst", to: "\(target.address)/a/b", "--max-nested-paths", "3"))
    let tags = try RegistryStorage(target).allTags().map { String($0.prefix { $0 != ":" }) }
    #expect(Set(tags) == ["a/b/team-app", "a/b/team-other", "a/b/team-multi"])
    let tooFew = try Program.run(world.unpack("bundle.tar.zst", to: "\(target.address)", "--max-nested-paths", "1"))
    #expect(tooFew.status == 0 || tooFew.errors.contains("--max-nested-paths"))
  }

  @Test func aLayoutIsATargetThatSkopeoReads() throws {
    try Program.succeed(world.unpack("bundle.tar.zst", to: "oci:\(world.path("out"))"))
    for name in ["team/app:v1", "team/multi:v2"] {
      let digests = try ["oci:\(world.path("out")):\(name)", "docker://\(world.source.address)/\(name)"].map { image in
        try runOrFail("skopeo", ["inspect", "--raw", "--tls-verify=false", image])
      }
      #expect(digests[0] == digests[1])
      try runOrFail(
        "skopeo",
        ["copy", "--all", "--insecure-policy", "oci:\(world.path("out")):\(name)", "dir:\(world.path("pulled"))"])
    }
  }

  @Test func sharedBlobsAreSentOnceAndMounted() throws {
    try Program.succeed(
      world.unpack("bundle.tar.zst", to: target.address, "--receipt", world.path("receipt.json")))
    let receipt = try Receipt(world.path("receipt.json"))
    // The base layer in three repositories, and configs that are equal.
    #expect(receipt.blobs("mounted") >= 2)
    #expect(receipt.blobs("present") == 0)
    #expect(receipt.failure == nil)
    #expect(receipt.bundle == (try inspected(bundle)["bundle"]?.text))
    #expect(receipt.target == target.address)
    #expect(receipt.signers.count == 1)
    #expect(Set(receipt.tags) == Set(try RegistryStorage(target).allTags().map { String($0.prefix { $0 != " " }) }))
  }
}
