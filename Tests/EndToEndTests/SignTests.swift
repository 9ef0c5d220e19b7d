import Diagnostics
import Digests
import Glibc
import SystemIO
import TestSupport
import Testing

/// Signatures that are added to a finished bundle.
@Suite struct SignTests {
  private let directory: TemporaryDirectory
  private let key: SigningKey
  private let second: SigningKey
  private let bundle: String

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ecdsa, in: directory, name: "first")
    second = try SigningKey(.rsa, in: directory, name: "second")
    let layout = try LayoutFixture(directory("layout"))
    try layout.image([layout.layer(seed: 1, size: 300_000)], name: "team/app:v1")
    bundle = directory("a.tar.zst")
    try Program.succeed(["pack", "--image", "oci:\(layout.path)", "--key", key.privatePath, "-o", bundle])
  }

  private var signing: String { bundle + ".signing" }

  private func bytes() throws -> [UInt8] { try FileSystem.read(bundle, limit: 1 << 30) }

  private func verify(_ keys: SigningKey...) throws -> ToolResult {
    try Program.run(
      ["verify", bundle, "--threshold", "\(keys.count)"] + keys.flatMap { ["--trust", $0.publicPath] })
  }

  @Test func opensslVerifiesTheSignatureOfEveryKindOfKey() throws {
    let keys = [key, second, try SigningKey(.ed25519, in: directory, name: "third")]
    for key in keys.dropFirst() { try Program.succeed(["sign", bundle, "--key", key.privatePath]) }
    #expect(try verify(keys[0], keys[1], keys[2]).status == 0)
    try FileSystem.makeDirectory(directory("extracted"))
    try runOrFail("tar", ["--zstd", "-C", directory("extracted"), "-xf", bundle, "bundle.json", "signatures"])
    let index = directory("extracted/bundle.json")
    for key in keys {
      let der = directory("extracted/key.der")
      try runOrFail("openssl", ["pkey", "-pubin", "-in", key.publicPath, "-outform", "DER", "-out", der])
      let id = SHA256Hasher.digest(of: try FileSystem.read(der, limit: 1 << 20)).hex
      let signature = directory("extracted/signatures/\(id).sig")
      let arguments =
        key.kind == .ed25519
        ? ["pkeyutl", "-verify", "-pubin", "-inkey", key.publicPath, "-rawin", "-in", index, "-sigfile", signature]
        : ["dgst", "-sha256", "-verify", key.publicPath, "-signature", signature, index]
      try runOrFail("openssl", arguments)
    }
  }

  @Test func onlyTheRegionChanges() throws {
    let before = try bytes()
    try Program.succeed(["sign", bundle, "--key", second.privatePath])
    let after = try bytes()
    let start = zip(before, after).prefix { $0 == $1 }.count
    #expect(before.count == after.count)
    #expect(before[(start + 65_552)...] == after[(start + 65_552)...])
    #expect(!FileSystem.exists(signing))
    let again = try Program.succeed(["sign", bundle, "--key", second.privatePath])
    #expect(again.output.contains("(has signed already)"))
    #expect(try bytes() == after)
  }

  @Test func aDetachedSignatureIsMadeOnce() throws {
    let signature = directory("auditor.sig")
    let arguments = ["sign", bundle, "--key", second.privatePath, "--detached", signature]
    try Program.succeed(arguments)
    let bytes = try FileSystem.read(signature, limit: 10_000)
    #expect(try Program.succeed(arguments).output.contains("(has signed already)"))
    #expect(try FileSystem.read(signature, limit: 10_000) == bytes)
    try FileSystem.write([1, 2, 3], to: signature)
    expectFailure(try Program.run(arguments), .storage, "exists already", next: "another name")
  }

  @Test(
    .enabled(if: KillPoints.canTrace, "strace cannot trace here"),
    arguments: [
      ("pwrite64", 1), ("fdatasync", 1), ("rename", 1), ("fsync", 1), ("fdatasync", 2), ("unlink", 1), ("fsync", 2),
    ])
  func aCutBetweenTwoStepsLosesNothing(call: String, number: Int) throws {
    let run = try Run(["sign", bundle, "--key", second.privatePath], under: KillPoints.trace(call, number))
    #expect(try run.result().status == 137)
    #expect(try verify(key).status == 0)
    let again = try Program.run(["sign", bundle, "--key", second.privatePath])
    #expect(again.status == 0, "\(again.errors)")
    #expect(try verify(key, second).status == 0)
    #expect(!FileSystem.exists(signing))
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here")) func aTornRegionIsRolledBack() throws {
    let before = try bytes()
    let run = try Run(["sign", bundle, "--key", second.privatePath], under: KillPoints.trace("unlink", 1))
    #expect(try run.result().status == 137)
    let torn = zip(before, try bytes()).prefix { $0 == $1 }.count
    try File(bundle, .update).write([UInt8](repeating: 0xAA, count: 3000), at: torn)
    expectFailure(try verify(key), .corrupt, "interrupted", signing, next: "sealift sign")
    try Program.succeed(["sign", bundle, "--key", second.privatePath])
    #expect(try verify(key, second).status == 0)
    #expect(!FileSystem.exists(signing))
  }

  @Test func whatWasSavedOfAnotherBundleIsNotWrittenBack() throws {
    try FileSystem.write(Array("sha256:\(String(repeating: "0", count: 64)) 700\n".utf8), to: signing)
    let before = try bytes()
    expectFailure(
      try Program.run(["sign", bundle, "--key", second.privatePath]), .corrupt, signing, next: "remove that file")
    #expect(try bytes() == before)
    #expect(try verify(key).status == 0)
  }

  @Test func aSignatureBesideTheBundleCounts() throws {
    let before = try bytes()
    let signature = directory("second.sig")
    try Program.succeed(["sign", bundle, "--key", second.privatePath, "--detached", signature])
    #expect(try bytes() == before)
    expectFailure(try verify(key, second), .untrusted)
    let both = ["--trust", key.publicPath, "--trust", second.publicPath, "--threshold", "2", "--signature", signature]
    for command in [["verify", bundle], ["inspect", bundle], ["unpack", bundle, "oci:\(directory("out"))"]] {
      try Program.succeed(command + both)
    }
    try runOrFail("tar", ["--zstd", "-C", directory.path, "--occurrence=1", "-xf", bundle, "bundle.json"])
    try runOrFail(
      "openssl", ["dgst", "-sha256", "-verify", second.publicPath, "-signature", signature, directory("bundle.json")])
    // Of another bundle it is worth nothing.
    try FileSystem.write(Array("no signature".utf8), to: signature)
    expectFailure(try Program.run(["verify", bundle] + both), .untrusted, signature)
  }

  @Test(.enabled(if: getuid() == 0, "only root can make a file that it cannot write"))
  func mediaThatCannotBeWrittenTakeTheSignatureBeside() throws {
    let script = """
      mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit 99
      exec "$@"
      """
    let wrapper = ["unshare", "-m", "bash", "-c", script, directory.path]
    let before = try bytes()
    let result = try Run(["sign", bundle, "--key", second.privatePath], under: wrapper).result()
    expectFailure(result, .storage, bundle, "Read-only file system", next: "--detached")
    #expect(try bytes() == before)
  }

  @Test func anEncryptedKeyNeedsItsPassphrase() throws {
    let file = directory("passphrase")
    try FileSystem.write(Array("canary\n".utf8), to: file)
    try Program.succeed(["keygen", "--out", directory("secret"), "--passphrase-file", file])
    let arguments = ["sign", bundle, "--key", directory("secret.key")]
    let before = try bytes()
    let result = try Program.run(arguments)
    #expect(result.status != 0)
    #expect(result.errors.contains("--passphrase-file"))
    try FileSystem.write(Array("wrong\n".utf8), to: file)
    #expect(try Program.run(arguments + ["--passphrase-file", file]).status != 0)
    #expect(try bytes() == before)
    try FileSystem.write(Array("canary\n".utf8), to: file)
    let signed = try Program.succeed(arguments + ["--passphrase-file", file])
    #expect(!(signed.output + signed.errors).contains("canary"))
  }
}
