internal import Diagnostics
internal import Glibc
internal import SystemIO

/// What a program that a test ran has done.
public struct ToolResult: Sendable {
  /// The exit status; 128 plus the signal's number if a signal ended it.
  public let status: Int32
  /// What it wrote to stdout.
  public let output: String
  /// What it wrote to stderr.
  public let errors: String

  /// What a program that ended otherwise than by `runTool` has done.
  public init(status: Int32, output: String, errors: String) {
    self.status = status
    self.output = output
    self.errors = errors
  }
}

/// Runs a program to its end, found by `PATH` unless the name has a slash.
///
/// - Parameters:
///   - input: What it reads from stdin.
///   - environment: `NAME=VALUE` beside those of the test.
public func runTool(
  _ name: String, _ arguments: [String] = [], input: String = "", environment: [String] = []
) throws -> ToolResult {
  let directory = try TemporaryDirectory()
  // Nothing of a test must outlive a power cut, so nothing is synced.
  try File(directory("in"), .replace).write(Array(input.utf8))
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, directory("in"), O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, 1, directory("out"), O_WRONLY | O_CREAT, 0o600)
  posix_spawn_file_actions_addopen(&actions, 2, directory("err"), O_WRONLY | O_CREAT, 0o600)

  var process = pid_t()
  let environment = ["env"] + environment + [name] + arguments
  let words = environment.map { strdup($0) } + [nil]
  defer { words.forEach { free($0) } }
  guard posix_spawnp(&process, "env", &actions, nil, words, environ) == 0 else {
    throw SealiftError.system("cannot start \(name)")
  }
  var status: Int32 = 0
  while waitpid(process, &status, 0) == -1, errno == EINTR {}
  let signal = status & 0x7f
  return ToolResult(
    status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
    output: String(decoding: try FileSystem.read(directory("out"), limit: 1 << 26), as: UTF8.self),
    errors: String(decoding: try FileSystem.read(directory("err"), limit: 1 << 26), as: UTF8.self))
}

/// Whether a program of that name is installed.
public func hasTool(_ name: String) -> Bool {
  (try? runTool("sh", ["-c", "command -v \(name)"]).status) == 0
}

/// Writes a program that a shell runs.
///
/// Another process writes the file: a child that this one starts in the same moment would hold it open for writing, and
/// the system starts no such file.
///
/// - Parameters:
///   - script: What the shell runs, without the first line.
///   - path: Where.
public func writeScript(_ script: String, to path: String) throws {
  let written = try runTool("install", ["-m", "755", "/dev/stdin", path], input: "#!/bin/sh\n\(script)\n")
  guard written.status == 0 else {
    throw SealiftError(.internal, "\(path) was not written: \(written.errors)", nextStep: "read that")
  }
}
