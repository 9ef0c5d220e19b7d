internal import CLinux
public import Diagnostics
internal import Glibc
internal import Synchronization

/// A program that this one has started.
///
/// It inherits only the files that it is given. Threads: all methods may be called from any thread.
public final class ChildProcess: Sendable {
  private let id: CInt
  // The status, once the process was waited for; from then on the id may belong to another process.
  private let status = Mutex<CInt?>(nil)

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - executable: The path of the program; the search path is not looked at.
  ///   - arguments: The arguments, without the program's own name.
  ///   - environment: All of its environment.
  ///   - input: Its standard input; nothing where it is `nil`.
  ///   - output: Its standard output; dropped where it is `nil`.
  ///   - error: Its standard error; dropped where it is `nil`.
  /// - Throws: `notFound`, or `storage` with the system's reason.
  public init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String], input: File? = nil,
    output: File? = nil, error: File? = nil
  ) throws(SealiftError) {
    let null = try File("/dev/null", .update)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, file) in [input, output, error].enumerated() {
      posix_spawn_file_actions_adddup2(&actions, (file ?? null).descriptor, CInt(number))
    }
    // Libraries open sockets of their own that would stay open on exec.
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    // Signals that this program blocks or ignores are the child's to have.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var pipes = sigset_t()
    sigemptyset(&pipes)
    for signal in [SIGPIPE, SIGXFSZ] { sigaddset(&pipes, signal) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &pipes)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var started = pid_t()
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let failure = withCStrings([executable] + arguments) { arguments in
      withCStrings(variables) { posix_spawn(&started, executable, &actions, &attributes, arguments, $0) }
    }
    guard failure == 0 else {
      errno = failure
      throw .system("cannot start \(executable)")
    }
    id = started
  }

  /// Sends a signal, unless the process has ended and was waited for.
  public func signal(_ number: CInt) {
    status.withLock { if $0 == nil { _ = kill(id, number) } }
  }

  /// The exit status if the process has ended: 0 to 255, or 128 and the signal that ended it.
  public func pollStatus() -> Int? { reap(WNOHANG) }

  /// Waits until the process has ended; blocks.
  public func waitForStatus() -> Int { reap(0) ?? 255 }

  private func reap(_ flags: CInt) -> Int? {
    status.withLock { known in
      if known == nil {
        var raw: CInt = 0
        if retryingInterrupts({ waitpid(id, &raw, flags) }) == id { known = raw }
      }
      // Source: wait(2), WIFEXITED and WTERMSIG, which are macros.
      return known.map { $0 & 0x7F == 0 ? Int($0 >> 8 & 0xFF) : 128 + Int($0 & 0x7F) }
    }
  }
}

extension File {
  /// Makes a pipe; both ends are closed on exec.
  public static func pipe() throws(SealiftError) -> (read: File, write: File) {
    var ends: [CInt] = [0, 0]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw .system("cannot make a pipe") }
    return (File(descriptor: ends[0], path: "a pipe"), File(descriptor: ends[1], path: "a pipe"))
  }
}

private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
  defer { pointers.forEach { free($0) } }
  return pointers.withUnsafeMutableBufferPointer { buffer in
    guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
    return body(base)
  }
}
