import Glibc
import SystemIO
import TestSupport

/// A Debian of its base packages alone, in which programs are started as if there were nothing else.
///
/// `scripts/test` makes it with `debootstrap` and names it in `SEALIFT_BARE_ROOT`.
final class BareRoot {
  static let path = RunningProcess.environment("SEALIFT_BARE_ROOT") ?? ""
  static let isPossible =
    FileSystem.exists("\(path)/bin/sh") && geteuid() == 0 && (try? runTool("unshare", ["--mount", "true"]).status) == 0
  static let reason = "SEALIFT_BARE_ROOT names no directory with a Debian in it, or the user is not root"

  /// A new directory for one test, as it is called in the root.
  let place: String

  /// The same directory, as it is called outside.
  var directory: String { Self.path + place }

  init() throws {
    place = "/mnt/sealift-\(UInt64.random(in: .min ... .max))"
    try FileSystem.makeDirectory(Self.path + place)
  }

  deinit { try? FileSystem.removeTree(directory) }

  /// Runs a program in the root, which finds no other but those that it brings.
  func run(_ program: String, _ arguments: [String]) throws -> ToolResult {
    // The Swift runtime learns from /proc where its arguments are; the mount goes with the shell.
    let script = "mount -t proc proc \"$0/proc\" && exec chroot \"$0\" /usr/bin/env -i PATH=/nonexistent \"$@\""
    return try runTool("unshare", ["--mount", "sh", "-c", script, Self.path, program] + arguments)
  }
}
