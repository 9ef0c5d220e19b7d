import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

/// Outputs that are no files, names that somebody else has taken, and what a failed command leaves.
@Suite struct OutputPlaceTests {
  private let directory: TemporaryDirectory
  private let key: SigningKey
  private let layout: LayoutFixture

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ed25519, in: directory, name: "signer")
    layout = try LayoutFixture(directory("layout"))
    try layout.list(layout.image([layout.layer(seed: 1, size: 300_000)], name: "team/app:v1"))
  }

  private func pack(_ output: String) -> [String] {
    ["pack", "--image", "oci:\(directory("layout"))", "--key", key.privatePath, "-o", output]
  }

  private func bytes(_ name: String) throws -> [UInt8] { try FileSystem.read(directory(name), limit: 1 << 24) }

  /// What lies in the directory besides what the test has put there.
  private func others(_ known: String...) throws -> [String] {
    try FileSystem.list(directory.path).filter { $0 != "layout" && !$0.hasPrefix("signer") && !known.contains($0) }
  }

  /// Runs the program from a shell, as `"$@"` of a script.
  private func shell(_ script: String, _ arguments: [String]) throws -> ToolResult {
    try Run(arguments, under: ["bash", "-c", "set -o pipefail; cd '\(directory.path)'; \(script)", "bash"]).result()
  }

  @Test func aNamedPipeTakesABundleAsStdoutDoes() throws {
    try Program.succeed(pack(directory("a.tar.zst")))
    let script = "mkfifo pipe; cat pipe > copy & \"$@\"; status=$?; wait; exit $status"
    let result = try shell(script, pack(directory("pipe")))
    #expect(result.status == 0, "\(result.errors)")
    #expect(try bytes("copy") == bytes("a.tar.zst"))
    #expect(try FileSystem.kind(of: directory("pipe")) == .special)
    #expect(try others("a.tar.zst", "pipe", "copy") == [])
  }

  @Test(arguments: ["/dev/fd/7", "/proc/self/fd/7", "/dev/stdout"])
  func anOpenFileOfTheShellTakesABundle(name: String) throws {
    try Program.succeed(pack(directory("a.tar.zst")))
    let script = """
      exec 7> >(cat > copy); first=$!
      exec 8> >(cat > copy.stdout); second=$!
      "$@" >&8; status=$?
      exec 7>&- 8>&-; wait $first $second; exit $status
      """
    let result = try shell(script, pack(name))
    #expect(result.status == 0, "\(result.errors)")
    let copy = name == "/dev/stdout" ? "copy.stdout" : "copy"
    #expect(try bytes(copy) == bytes("a.tar.zst"))
  }

  @Test func aReceiptGoesIntoAPipe() throws {
    try Program.succeed(pack(directory("a.tar.zst")))
    let unpack = ["unpack", directory("a.tar.zst"), "oci:\(directory("target"))", "--trust", key.publicPath]
    let result = try shell("\"$@\" --receipt >(cat > receipt); status=$?; wait $!; exit $status", unpack)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try String(decoding: bytes("receipt"), as: UTF8.self).contains("\"bundle\""))
    for place in ["layout", "signer.key/receipt"] {
      let refused = try Program.run(unpack + ["--receipt", directory(place)])
      #expect(refused.status != 0 && place == "layout" ? refused.errors.contains("is a directory") : true)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root makes devices")) func aDeviceStaysADevice() throws {
    let null = directory("null")
    guard mknod(null, S_IFCHR | 0o666, 1 << 8 | 3) == 0 else { return }
    try Program.succeed(pack(null))
    try Program.succeed(pack(directory("a.tar.zst")))
    try Program.succeed([
      "unpack", directory("a.tar.zst"), "oci:\(directory("target"))", "--trust", key.publicPath, "--receipt", null,
    ])
    try Program.succeed(["sign", directory("a.tar.zst"), "--key", key.privatePath, "--detached", null])
    #expect(try FileSystem.kind(of: null) == .special)
    #expect(try others("null", "a.tar.zst", "target") == [])
  }

  @Test(arguments: ["a.tar.zst.partial", "a.tar.zst.partial.journal"]) func aPlantedLinkIsNotFollowed(name: String)
    throws
  {
    try FileSystem.write(Array("precious".utf8), to: directory("victim"))
    #expect(symlink("victim", directory(name)) == 0)
    let result = try Program.run(pack(directory("a.tar.zst")))
    if name.hasSuffix(".partial") {
      expectFailure(result, .storage, directory(name), "symbolic link", next: "remove it")
    } else {
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try bytes("victim") == Array("precious".utf8))
  }

  @Test(.enabled(if: geteuid() == 0, "only root gives files away")) func aPlantedFileBecomesNoBundle() throws {
    try FileSystem.write([1], to: directory("a.tar.zst.partial"), permissions: 0o666)
    #expect(chown(directory("a.tar.zst.partial"), 12_345, 12_345) == 0)
    expectFailure(try Program.run(pack(directory("a.tar.zst"))), .storage, "belongs to another user", next: "remove it")
    #expect(try bytes("a.tar.zst.partial") == [1])
    #expect(!FileSystem.exists(directory("a.tar.zst")))
  }

  @Test func aNameThatIsTooLongLeavesNothing() throws {
    let name = directory(String(repeating: "n", count: 240) + ".zst")
    expectFailure(try Program.run(pack(name)), .usage, "is too long", next: "shorter")
    expectFailure(
      try Program.run(["keygen", "--out", directory(String(repeating: "n", count: 253))]), .usage, "too long",
      next: "shorter")
    #expect(try others() == [])
  }

  @Test func keysThatCouldNotBePrintedAreTakenBack() throws {
    let keygen = ["keygen", "--out", directory("team")]
    let result = try Run(keygen, output: File("/dev/full", .update)).result()
    #expect(result.status == SealiftError.Code.storage.rawValue, "\(result.errors)")
    #expect(try others() == [])
    try Program.succeed(keygen)
    #expect(try others() == ["team.key", "team.pub"])
    expectFailure(try Program.run(keygen), .storage, "exists already", next: "another name")
  }

  @Test(arguments: [
    ["pack", "--image", "user:canary@quay.io/team/app:v1", "--unsigned", "--dry-run"],
    ["pack", "--image", "docker://user:can/ary@127.0.0.1:1/team/app:v1", "--unsigned", "--dry-run"],
    ["pack", "--image", "user:canary@127.0.0.1:1", "--unsigned", "--dry-run"],
    ["unpack", "BUNDLE", "user:canary@127.0.0.1:1/mirror", "--allow-unsigned"],
    ["unpack", "BUNDLE", "https://user:canary@127.0.0.1:1", "--allow-unsigned"],
  ]) func aPasswordInAnAddressIsRefusedAndNotShown(arguments: [String]) throws {
    try Program.succeed(pack(directory("a.tar.zst")))
    let result = try Program.run(arguments.map { $0 == "BUNDLE" ? directory("a.tar.zst") : $0 })
    #expect(result.status == SealiftError.Code.usage.rawValue, "\(result.errors)")
    #expect(!result.errors.contains("canary") && !result.errors.contains("ary@"), "\(result.errors)")
  }
}
