import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

/// Machines that give little: each command does its work or says in one sentence what is missing, and never hangs.
@Suite struct ShortageTests {
  private let directory: TemporaryDirectory
  private let key: SigningKey

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ed25519, in: directory, name: "signer")
    let layout = try LayoutFixture(directory("layout"))
    try layout.list(
      layout.image([layout.layer(seed: 1, size: 300_000), layout.layer(seed: 2, size: 9)], name: "team/app:v1"))
    try Program.succeed(pack("sound.tar.zst"))
  }

  private func pack(_ output: String) -> [String] {
    ["pack", "--image", "oci:\(directory("layout"))", "--key", key.privatePath, "-o", directory(output)]
  }

  private var commands: [[String]] {
    let bundle = directory("sound.tar.zst")
    return [
      pack("a.tar.zst"), ["verify", bundle, "--trust", key.publicPath], ["inspect", bundle],
      ["unpack", bundle, "oci:\(directory("target"))", "--trust", key.publicPath],
      ["keygen", "--out", directory("new")], ["version"],
    ]
  }

  /// Runs the program from a shell that limits it first.
  private func limited(_ limit: String, _ arguments: [String]) throws -> ToolResult {
    try Run(arguments, under: ["bash", "-c", "\(limit) && exec \"$@\"", "bash"]).result()
  }

  /// Demands that all was done, or that one sentence says why not.
  private func expectRight(_ result: ToolResult, _ label: String) {
    if result.status == 127 {
      // The loader says itself which library has no room.
      #expect(result.errors.contains("error while loading shared libraries"), "\(label): \(result.errors)")
    } else if result.status != 0 {
      #expect(!result.errors.isEmpty, "\(label)")
      expectFailure(result, .storage)
    }
  }

  @Test(arguments: [60_000, 90_000, 150_000, 230_000, 320_000, 360_000, 1_000_000])
  func littleMemory(kibibytes: Int) throws {
    for arguments in commands {
      let result = try limited("ulimit -v \(kibibytes)", arguments)
      expectRight(result, "\(arguments[0]), \(kibibytes) KiB")
      if kibibytes == 1_000_000 { #expect(result.status == 0, "\(arguments[0])") }
    }
  }

  @Test(arguments: [6, 20, 63, 64]) func fewFiles(count: Int) throws {
    for arguments in commands {
      let result = try limited("ulimit -n \(count)", arguments)
      if count < 64 {
        expectFailure(result, .storage, "files may be open", next: "ulimit -n")
      } else {
        #expect(result.status == 0, "\(arguments[0]): \(result.errors)")
      }
    }
  }

  // No other process of the machine counts for this user.
  private static let stranger = ["setpriv", "--reuid", "64321", "--clear-groups", "--"]

  @Test(
    .enabled(if: (try? runTool(stranger[0], stranger.dropFirst() + [Program.path, "version"]).status) == 0),
    arguments: [1, 2, 5, 12, 40]) func fewThreads(count: Int) throws
  {
    let script = "ulimit -u \(count) && exec \"$@\""
    let result = try Run(["version"], under: Self.stranger + ["bash", "-c", script, "bash"]).result()
    if count < 16 {
      expectFailure(result, .storage, "threads", next: "ulimit -u")
    } else {
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  @Test(.enabled(if: (try? runTool("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/proc"]).status) == 0))
  func noProc() throws {
    for arguments in commands {
      let result = try Run(
        arguments, under: ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc && exec \"$@\"", "sh"]
      ).result()
      expectFailure(result, .storage, "/proc is not there", next: "mount -t proc")
    }
  }

  @Test(
    .enabled(if: hasTool("prlimit")),
    arguments: [("as=1", "ILL"), ("as=1", "ABRT"), ("as=1", "SEGV"), ("nofile=3", "ILL"), ("nofile=900", "ILL")])
  func aTrapForWantOfSomethingIsExplained(limit: String, signal: String) throws {
    // What is to be read never comes; the limit and the signal do when the command waits for it.
    let script = """
      mkfifo "$0"; exec 7<> "$0"; "$@" <&7 & process=$!
      printf '(\\265/' >&7; while read -t 0 -u 7; do sleep 0.01; done
      prlimit --pid $process --\(limit); kill -\(signal) $process; wait $process
      """
    let result = try Run(["inspect", "-"], under: ["bash", "-c", script, directory("pipe")]).result()
    switch limit {
    case "as=1": expectFailure(result, .storage, "memory has run out", next: "ulimit -v")
    case "nofile=3": expectFailure(result, .storage, "too many files", next: "ulimit -n")
    default: #expect(result.status == 128 + SIGILL, "\(result.errors)")
    }
  }
}
