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
        .storage, "less than \(leastRoom.asBytes) of memory can still be had, which is too little",
        nextStep: "allow more: `ulimit -v unlimited`")
    }
    guard hasThreads else {
      return SealiftError(
        .storage, "fewer than \(fewestThreads) threads can be started", nextStep: "allow more: `ulimit -u unlimited`")
    }
    explainTraps()
    return nil
  }

  // 28 are enough for a small bundle; with fewer, libraries name other causes.
  private static let fewestFiles = 64
  private static let usefulFiles: rlim_t = 4096
  // A small bundle takes 154 MiB on two processors, most of it for the threads' stacks, and more of them have more.
  private static let leastRoom = 256 << 20
  private static let fewestThreads = 16

  private static func widenFiles() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
    var wider = limit
    wider.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, usefulFiles))
    if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wider) == 0 { limit = wider }
    return Int(clamping: limit.rlim_cur)
  }

  /// Whether the address space has room for what a small bundle takes.
  private static var hasRoom: Bool {
    let room = mmap(nil, leastRoom, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let room, room != MAP_FAILED else { return false }
    munmap(room, leastRoom)
    return true
  }

  /// Whether enough threads can run at once: the runtime waits for ever for one that it cannot have.
  private static var hasThreads: Bool {
    withUnsafeTemporaryAllocation(of: pthread_mutex_t.self, capacity: 1) { memory in
      guard let gate = memory.baseAddress else { return false }
      pthread_mutex_init(gate, nil)
      pthread_mutex_lock(gate)
      let threads = (0..<fewestThreads).compactMap { _ in waitingThread(at: gate) }
      pthread_mutex_unlock(gate)
      for thread in threads { pthread_join(thread, nil) }
      return threads.count == fewestThreads
    }
  }

  /// A thread that ends when the gate is open.
  private static func waitingThread(at gate: UnsafeMutablePointer<pthread_mutex_t>) -> pthread_t? {
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { gate in
        let gate = gate?.assumingMemoryBound(to: pthread_mutex_t.self)
        if let gate, pthread_mutex_lock(gate) == 0 { pthread_mutex_unlock(gate) }
        return nil
      }, gate)
    return failure == 0 ? thread : nil
  }

  /// Lets the end of a program whose memory or files have run out be told from that by a defect.
  ///
  /// The runtime and some libraries trap then: they have no errors for that.
  private static func explainTraps() {
    for signal in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV] {
      var action = sigaction()
      sigaction(signal, nil, &action)
      // Who has asked for the runtime's report of a defect gets it.
      guard action.__sigaction_handler.sa_handler == nil else { continue }
      action.__sigaction_handler.sa_handler = { signal in
        ProcessStart.explainShortage()
        raise(signal)
      }
      action.sa_flags = CInt(bitPattern: UInt32(SA_RESETHAND))
      sigaction(signal, &action, nil)
    }
  }

  /// Ends the program if something has run out. Takes no memory.
  private static func explainShortage() {
    let directory = open("/", O_RDONLY | O_CLOEXEC)
    let hasFiles = directory >= 0 || errno != EMFILE && errno != ENFILE
    close(directory)
    if hasFiles && hasRoom { return }
    let text: StaticString =
      hasFiles
      ? "error: memory has run out\n  next: allow more: `ulimit -v unlimited`\n"
      : "error: too many files are open\n  next: allow more: `ulimit -n 4096`\n"
    _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
    _exit(74)
  }

  /// Ends the program where it cannot go on and no caller could: without memory or threads.
  static func end(_ problem: String) -> Never {
    let text = "error: \(problem)\n  next: allow more memory and processes (`ulimit -a` shows the limits)\n"
    _ = text.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
    _exit(74)
  }
}
