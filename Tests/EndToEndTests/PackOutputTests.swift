import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

/// Places where a bundle cannot be written.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct PackOutputTests {
  private let world: World

  init() throws { world = try World(largeLayer: 3 << 20) }

  /// Whether this user may mount file systems, at least in a name space of its own.
  static let canMount =
    (try? runTool("unshare", Self.nameSpace + ["mount", "-t", "tmpfs", "none", "/mnt"]).status) == 0

  static let nameSpace = getuid() == 0 ? ["-m"] : ["-rm"]

  /// A command that mounts a small file system at `media`, runs another command, and lists what is there in the end.
  ///
  /// - Parameters:
  ///   - options: Those of the mount.
  ///   - setUp: What is done before the file system has these options.
  private func mounted(_ options: String, setUp: String = ":") throws -> [String] {
    try FileSystem.makeDirectory(world.path("media"))
    let script = """
      mount -t tmpfs -o size=4m none "$0/media"; cd "$0/media"; \(setUp)
      mount -o remount,\(options) none "$0/media" || exit 99
      "$@"; status=$?; ls -A "$0/media" > "$0/listing"; exit $status
      """
    return ["unshare"] + Self.nameSpace + ["bash", "-c", script, world.directory.path]
  }

  private func listing() throws -> [String] {
    String(decoding: try world.bytes("listing"), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test(.enabled(if: canMount, "nothing can be mounted here"))
  func aFileSystemThatIsTooSmallIsFoundBeforeTheFirstLayerMoves() throws {
    let before = world.relay.bytes(.toClient)
    let result = try Run(world.pack("media/a.tar.zst"), under: mounted("size=2m")).result()
    expectFailure(result, .storage, "needs 3.7 MiB (", "has 1.9 MiB free", "are missing", next: "free some space")
    #expect(world.relay.bytes(.toClient) - before < 100_000)
    #expect(try listing() == [])
  }

  @Test(.enabled(if: canMount, "nothing can be mounted here"))
  func aFileSystemThatFillsUpMeanwhileStopsTheRunWhichThenGoesOn() throws {
    // Another file takes the room while the relay holds.
    try FileSystem.makeDirectory(world.path("media"))
    world.relay.hold(.toClient, after: 1 << 20)
    let script = """
      mount -t tmpfs -o size=6m none "$0/media"
      ( until [ -e "$0/fill" ]; do sleep 0.01; done
        dd if=/dev/zero of="$0/media/other" bs=64k 2> /dev/null; touch "$0/full" ) & filler=$!
      "$@" 2> "$0/first"; echo "status $?" >> "$0/first"; ls -A "$0/media" > "$0/listing"
      rm "$0/media/other"; wait $filler; "$@"; status=$?; cp "$0/media/a.tar.zst" "$0/"; exit $status
      """
    let run = try Run(
      world.pack("media/a.tar.zst"),
      under: ["unshare"] + Self.nameSpace + ["bash", "-c", script, world.directory.path])
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    try FileSystem.write([], to: world.path("fill"))
    #expect(run.wait { FileSystem.exists(world.path("full")) || !run.isRunning })
    world.relay.release()
    #expect(try run.result().status == 0)
    let first = String(decoding: try world.bytes("first"), as: UTF8.self)
    #expect(
      first.contains("No space left on device\n  next: free some space and run the same command again\nstatus 74"))
    #expect(try listing() == ["a.tar.zst.partial", "a.tar.zst.partial.journal", "other"])
    try world.packed("expected.tar.zst")
    #expect(try world.bytes("a.tar.zst") == world.bytes("expected.tar.zst"))
  }

  @Test(.enabled(if: canMount, "nothing can be mounted here")) func aReadOnlyDirectoryIsNamed() throws {
    let result = try Run(world.pack("media/a.tar.zst"), under: mounted("ro", setUp: "echo old > a.tar.zst")).result()
    expectFailure(result, .storage, world.path("media/a.tar.zst"), "Read-only file system", next: "choose a directory")
    #expect(try listing() == ["a.tar.zst"])
  }

  @Test func aDirectoryIsNoBundle() throws {
    let result = try Program.run(world.pack(world.directory.path))
    expectFailure(
      result, .usage, "\(world.directory.path) is a directory", next: "name a file: \(world.directory.path)/NAME")
    #expect(try world.files() == [])
  }

  @Test func aDirectoryThatIsMissingIsNamed() throws {
    let result = try Program.run(world.pack("none/a.tar.zst"))
    expectFailure(result, .notFound, world.path("none/a.tar.zst"))
    #expect(try world.files() == [])
  }

  @Test func aFileSizeLimitIsAnErrorAndNoCrash() throws {
    let limit = ["bash", "-c", "ulimit -f 2000; exec \"$@\"", "bash"]
    expectFailure(try Run(world.pack("a.tar.zst"), under: limit).result(), .storage, "File too large")
    #expect(!FileSystem.exists(world.path("a.tar.zst")))
    try Program.succeed(world.pack("a.tar.zst"))
  }

  @Test func aReaderOfThePipeThatGoesAwayEndsTheRun() throws {
    let pipe = [
      "bash", "-c", "\"$@\" 2> \"$0\" | head -c 100000 > /dev/null; exit ${PIPESTATUS[0]}", world.path("errors"),
    ]
    let result = try Run(world.pack("-"), under: pipe).result()
    let errors = String(decoding: try world.bytes("errors"), as: UTF8.self)
    expectFailure(ToolResult(status: result.status, output: "", errors: errors), .storage, "Broken pipe")
  }
}
