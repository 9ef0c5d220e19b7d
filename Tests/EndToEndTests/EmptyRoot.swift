import Glibc
import SystemIO
import TestSupport

/// A root directory without any program or library: `/proc`, `/dev/null`, and what says names, name servers and CAs, as RHEL
/// keeps them.
struct EmptyRoot {
  static let isPossible = geteuid() == 0 && (try? runTool("unshare", ["--mount", "true"]).status) == 0
  static let reason = "the user is not root, or may not mount"

  private let directory: TemporaryDirectory

  /// - Parameter authorities: A file with the CAs that are trusted.
  init(authorities: String) throws {
    directory = try TemporaryDirectory()
    for name in ["dev", "etc/pki/tls/certs", "proc", "tmp", "var/tmp", "work"] {
      try FileSystem.makeDirectory(directory(name))
    }
    let made = try runTool("mknod", ["-m", "666", directory("dev/null"), "c", "1", "3"])
    // That of a test is its user's alone, and here others run programs too.
    guard made.status == 0, chmod(directory.path, 0o755) == 0, chmod(directory("work"), 0o1777) == 0,
      chmod(directory("tmp"), 0o1777) == 0
    else {
      throw SystemError(made.errors)
    }
    try write("127.0.0.1 registry.test\n", "etc/hosts")
    try write("nameserver 127.0.0.1\n", "etc/resolv.conf")
    try write("hosts:      files dns myhostname\n", "etc/nsswitch.conf")
    try FileSystem.write(
      FileSystem.read(authorities, limit: 1 << 20), to: directory("etc/pki/tls/certs/ca-bundle.crt"))
  }

  /// What a file of the root is called outside.
  func callAsFunction(_ path: String) -> String { directory.path + path }

  /// Puts files and directories there, under the paths that they have outside.
  func bring(_ paths: [String]) throws {
    let copied = try runTool("cp", ["-R", "--parents"] + paths + [directory.path])
    guard copied.status == 0 else { throw SystemError(copied.errors) }
  }

  /// Puts a directory there under another path.
  func bring(_ source: String, as path: String) throws {
    let copied = try runTool("cp", ["-R", source, self(path)])
    guard copied.status == 0 else { throw SystemError(copied.errors) }
  }

  /// Runs a program there, with no variables but `PATH`, `TMPDIR` (which can be written always) and those that are given.
  ///
  /// - Parameters:
  ///   - environment: `NAME=VALUE`.
  ///   - user: The number of the user and the group who runs it.
  ///   - options: What the root is mounted with, such as `ro` or `noexec`.
  func run(
    _ program: String, _ arguments: [String], environment: [String] = [], user: Int = 0, options: String = "rw"
  ) throws -> ToolResult {
    // The mounts go with the shell.
    let script = """
      mount --bind "$0" "$0" && mount -o "remount,bind,$1" "$0" && mount -t proc proc "$0/proc" &&
      mount -t tmpfs -o mode=1777 tmpfs "$0/var/tmp" && shift && exec env -i PATH=/nonexistent TMPDIR=/var/tmp "$@"
      """
    let change = RunningProcess.find("chroot") ?? "/usr/sbin/chroot"
    return try runTool(
      "unshare",
      ["--mount", "sh", "-c", script, directory.path, options] + environment
        + [change, "--userspec=\(user):\(user)", directory.path, program] + arguments)
  }

  private struct SystemError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  private func write(_ text: String, _ name: String) throws {
    try FileSystem.write(Array(text.utf8), to: directory(name))
  }
}
