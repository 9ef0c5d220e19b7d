internal import CLinux
public import Diagnostics
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
  /// - Returns: What is missing without which no thread can be started; `nil` if nothing is.
  public static func prepare() -> SealiftError? {
    signal(SIGXFSZ, SIG_IGN)
    let files = widenFiles()
    if files < fewestFiles {
      return SealiftError(
        .storage, "only \(files) files may be open at once, and \(fewestFiles) are needed at least",
        nextStep: "allow more: `ulimit -n 1024`")
    }
    // The threads of the language's runtime look at themselves there, and end the program if they cannot.
    guard access("/proc/self/stat", R_OK) == 0 else {
      return SealiftError(
        .storage, "/proc is not there, and programs that run several threads need it",
        nextStep: "mount it: `mount -t proc proc /proc`")
    }
    guard hasRoom else {
      return SealiftError(
        .storage, "less than \(leastRoom.asBytes) of memory can still be had, which is too little for threads",
        nextStep: "allow more: `ulimit -v unlimited`")
    }
    return nil
  }

  // The terminal, the signals, the progress, a bundle, its journal, and some for the libraries.
  private static let fewestFiles = 16
  private static let usefulFiles: rlim_t = 4096
  // The stacks of some threads, of 8 MiB each.
  private static let leastRoom = 64 << 20

  private static func widenFiles() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
    var wider = limit
    wider.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, usefulFiles))
    if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wider) == 0 { limit = wider }
    return Int(clamping: limit.rlim_cur)
  }

  /// Whether the address space has room for threads.
  private static var hasRoom: Bool {
    let room = mmap(nil, leastRoom, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let room, room != MAP_FAILED else { return false }
    munmap(room, leastRoom)
    return true
  }

  /// Ends the program where it cannot go on and no caller could: without memory or threads.
  static func end(_ problem: String) -> Never {
    let text = "error: \(problem)\n  next: allow more memory and processes (`ulimit -a` shows the limits)\n"
    _ = text.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
    _exit(74)
  }
}
