import Diagnostics
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// The program that travels beside a bundle.
@Suite(.enabled(if: hasTool("gpgv"), "gpgv is not installed"))
struct IncludeSelfTests {
  private let directory: TemporaryDirectory
  private let key: SigningKey
  private let layout: LayoutFixture
  private var bundle: String { directory("a.tar.zst") }
  private var tools: String { directory("a.sealift") }

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ecdsa, in: directory, name: "signer")
    layout = try LayoutFixture(directory("layout"))
    _ = try layout.image([layout.layer(seed: 1, size: 3000)], name: "app")
  }

  private func pack(_ output: String, _ more: String...) -> [String] {
    ["pack", "--image", "oci:\(directory("layout")):app", "--key", key.privatePath, "--include-self", "-o", output]
      + more
  }

  private func verify() throws -> ToolResult { try Program.run(["verify", bundle, "--trust", key.publicPath]) }

  /// The digests of all files in a directory, as `sha256sum` sees them, by path.
  private func sums(_ directory: String) throws -> [String: String] {
    let output = try runTool("sh", ["-c", "cd '\(directory)' && find * -type f -exec sha256sum {} +"]).output
    return Dictionary(
      uniqueKeysWithValues: output.split(separator: "\n").map { (String($0.dropFirst(66)), String($0.prefix(64))) })
  }

  @Test func theIndexListsWhatLiesBesideTheBundle() throws {
    try Program.succeed(pack(bundle))
    let listed = try #require(inspected(bundle)["tools"]?.elements)
    let found = try sums(tools)
    #expect(listed.compactMap { $0["path"]?.text } == found.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    for tool in listed {
      #expect(tool["digest"]?.text == tool["path"]?.text.flatMap { found[$0] }.map { "sha256:\($0)" })
    }
    for path in ["START-HERE.txt", "SHA256SUMS", "sealift", "bin/gpgv", "libexec/sealift", "libexec/gpgv"] {
      #expect(found[path] != nil, "\(path)")
    }
    for library in ["libcurl.so.4", "libgcrypt.so.20", "libc.so.6"] { #expect(found["lib/\(library)"] != nil) }
    #expect(found.keys.contains { $0.hasPrefix("lib/ld-linux-") })
    #expect(try FileSystem.list(directory.path).allSatisfy { !$0.contains("partial") && !$0.contains("former") })
    let result = try verify()
    #expect(result.status == 0)
    #expect(result.output.contains("\(found.count) files of sealift itself in \(tools), proven"))
  }

  @Test func theSameProgramGivesTheSameBytesUnderAnyName() throws {
    try Program.succeed(pack(bundle))
    try Program.succeed(pack(directory("other")))
    #expect(try sums(directory("other.sealift")) == sums(tools))
    #expect(try inspected(directory("other"))["bundle"] == inspected(bundle)["bundle"])
    // What an earlier bundle has left there is replaced.
    try Program.succeed(pack(bundle))
    #expect(try verify().status == 0)
  }

  @Test(arguments: [
    "echo >> lib/libz.so.1", "rm bin/gpgv", "echo > lib/libnss_files.so.2", "ln -sf /bin/true sealift", "rm -r libexec",
    "mkdir more && echo > more/x", "mv libexec x && ln -s x libexec",
  ])
  func whatIsChangedThereIsFound(_ change: String) throws {
    try Program.succeed(pack(bundle))
    try #require(runTool("sh", ["-c", "cd '\(tools)' && \(change)"]).status == 0)
    expectFailure(try verify(), .corrupt, tools)
  }

  @Test func aBundleWithoutItsDirectoryIsWholeAndItIsSaid() throws {
    try Program.succeed(pack(bundle))
    try FileSystem.removeTree(tools)
    let result = try verify()
    #expect(result.status == 0)
    #expect(result.output.contains("not proven, \(tools) is not there"))
    let json = try Program.succeed(["verify", bundle, "--trust", key.publicPath, "--json"]).output
    #expect(try JSONReader.value(Array(json.utf8), source: "stdout")["tools"]?.text == "absent")
    let piped = try Program.succeed(["verify", "-", "--trust", key.publicPath], input: bundle).output
    #expect(piped.contains("not looked at, as the bundle comes from a pipe"))
    let unpacked = try Program.succeed(["unpack", bundle, "oci:\(directory("out"))", "--trust", key.publicPath])
    #expect(unpacked.errors.contains("files of sealift itself belong beside the bundle"))
  }

  @Test func aPlanListsItAndLeavesNothing() throws {
    let planned = try Program.succeed(pack(bundle, "--dry-run", "--json")).output
    let packed = try Program.succeed(pack(bundle, "--json")).output
    let parts = try [planned, packed].map { try JSONReader.value(Array($0.utf8), source: "stdout")["tools"] }
    #expect(parts[0] == parts[1])
    try FileSystem.removeTree(tools)
    try Program.succeed(pack(directory("b.tar.zst"), "--dry-run"))
    #expect(!FileSystem.exists(directory("b.sealift")))
  }

  @Test func aPipeHasNoPlaceForIt() throws {
    expectFailure(try Program.run(pack("-")), .usage, "pipe")
  }

  @Test func whatIsSomebodyElsesIsNotReplaced() throws {
    try FileSystem.makeDirectory(tools)
    try FileSystem.write([1], to: "\(tools)/precious")
    expectFailure(try Program.run(pack(bundle)), .usage, tools)
    #expect(!FileSystem.exists(bundle))
    #expect(try FileSystem.list(tools) == ["precious"])
  }

  @Test(arguments: [[], ["--volume-size", "64KiB", "--parity", "1", "--label"]])
  func theTextSaysHowToBeginAndItWorks(options: [String]) throws {
    try Program.succeed(pack(bundle) + options)
    let text = String(decoding: try FileSystem.read("\(tools)/START-HERE.txt", limit: 1 << 16), as: UTF8.self)
    #expect(text.split(separator: "\n").count < 66 && text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    let commands = text.split(separator: "\n").filter { $0.hasPrefix("     ") }.map { String($0.dropFirst(5)) }
    // The first line sets names, and what copies and unpacks would leave this directory.
    let checks = commands.dropFirst().prefix { !$0.hasPrefix("cp ") }
    let names = "bundle='\(bundle)'; tools='\(tools)'; key='\(key.publicPath)'"
    let result = try runTool("bash", ["-e", "-o", "pipefail", "-c", ([names] + checks).joined(separator: "\n")])
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "Verified OK" && lines.dropFirst().first == "1")
    let files = try sums(tools).count
    #expect(lines.last == "\(files)" && lines.count { $0.hasSuffix(": OK") } == files - 1)
    #expect(text.contains("at last `\(files)`"))
    let target = "oci:\(directory("out"))"
    try Program.succeed(["unpack", bundle, target, "--trust", key.publicPath])
    let first = try runTool("\(tools)/sealift", ["verify", bundle, "--trust", key.publicPath])
    #expect(first.status == 0 && first.output.contains("files of sealift itself"), "\(first.errors)")
  }
}

/// A pack that was killed while the program was to be left beside it.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct IncludeSelfResumeTests {
  private let world: World

  init() throws { world = try World(largeLayer: 3 << 20) }

  @Test(.enabled(if: hasTool("gpgv"), "gpgv is not installed"))
  func itShowsWithTheBundleAndNotBefore() throws {
    world.relay.hold(.toClient, after: 2_000_000)
    let run = try Run(world.pack("a.tar.zst", "--include-self"))
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    run.kill()
    world.relay.release()
    #expect(!FileSystem.exists(world.path("a.sealift")) && !FileSystem.exists(world.path("a.tar.zst")))
    let result = try Program.succeed(world.pack("a.tar.zst", "--include-self"))
    #expect(result.errors.contains("goes on where it stopped"))
    #expect(try world.files() == ["a.sealift", "a.tar.zst"])
    let verified = try Program.succeed(["verify", world.path("a.tar.zst"), "--trust", world.key.publicPath])
    #expect(verified.output.contains("a.sealift, proven"))
  }
}
