internal import CLinux
internal import Glibc

/// What the process was started with, and what must be so before anything else is done.
public enum ProcessStart {
  /// The arguments as the kernel laid them down, the program's own name first.
  ///
  /// Not `CommandLine`: that reads `/proc/self/cmdline`, and has none where `/proc` is not mounted. The kernel puts them
  /// before the environment: their number, a pointer for each, and an empty one.
  ///
  /// Source: System V ABI, "Process Initialization"; true for all architectures of Linux.
  public static func arguments() -> [UnsafeMutablePointer<CChar>] {
    let environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
    guard environment[-1] == nil else { return [] }
    for count in 0..<maximumArguments where Int(bitPattern: environment[-2 - count]) == count {
      return (0..<count).compactMap { environment[$0 - count - 1] }
    }
    return []
  }

  // The kernel takes no more: each has a pointer in a stack of at most 6 MiB.
  private static let maximumArguments = 1 << 20

  /// Allows as many open files as the system lets this process have, and lets a file that is too large be an error.
  ///
  /// - Returns: How many files may be open now.
  public static func prepareLimits() -> Int {
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
    if limit.rlim_cur < limit.rlim_max {
      var wider = limit
      wider.rlim_cur = min(limit.rlim_max, usefulFiles)
      if wider.rlim_cur > limit.rlim_cur, setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wider) == 0 {
        limit = wider
      }
    }
    return Int(clamping: limit.rlim_cur)
  }

  private static let usefulFiles: rlim_t = 4096

  /// Ends the program where it cannot go on and no caller could: without memory or threads.
  static func end(_ problem: String) -> Never {
    let text = "error: \(problem)\n  next: allow more memory and processes (`ulimit -a` shows the limits)\n"
    _ = text.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
    _exit(74)
  }
}
