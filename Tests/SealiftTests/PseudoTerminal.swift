import Diagnostics
import Glibc
import SystemIO

/// A program that runs on a terminal of its own, with a test at the keyboard.
final class PseudoTerminal {
  /// All that the program has shown.
  private(set) var screen = ""
  /// The program's process.
  let process: pid_t
  private let keyboard: CInt

  init(_ program: String, _ arguments: [String], environment: [String] = []) throws {
    keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var unlocked: CInt = 0
    var number: CInt = 0
    var size = winsize(ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
    guard keyboard >= 0, ioctl(keyboard, Self.setLock, &unlocked) == 0, ioctl(keyboard, Self.getNumber, &number) == 0,
      ioctl(keyboard, UInt(TIOCSWINSZ), &size) == 0
    else { throw SealiftError.system("cannot make a terminal") }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/pts/\(number)", O_RDWR | O_NOCTTY, 0)
    for descriptor in CInt(1)...2 { posix_spawn_file_actions_adddup2(&actions, 0, descriptor) }
    // `setsid -c` makes this terminal the one whose Ctrl-C reaches the program.
    let words =
      (["env", "TERM=xterm"] + environment + ["setsid", "-c", program] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var process = pid_t()
    guard posix_spawnp(&process, "env", &actions, nil, words, environ) == 0 else {
      throw SealiftError.system("cannot start \(program)")
    }
    self.process = process
  }

  deinit { close(keyboard) }

  // Source: asm-generic/ioctls.h, TIOCSPTLCK and TIOCGPTN, which the Glibc overlay leaves out.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  /// Waits until the program has shown `text`, or has ended.
  func wait(for text: String) {
    while !screen.contains(text), readMore() {}
  }

  /// Presses keys.
  func type(_ keys: String) {
    _ = write(keyboard, keys, keys.utf8.count)
  }

  /// Whether the terminal shows what is typed.
  var echoes: Bool {
    var mode = termios()
    tcgetattr(keyboard, &mode)
    return mode.c_lflag & tcflag_t(ECHO) != 0
  }

  /// Waits for the end.
  ///
  /// - Returns: The exit status; 128 plus the signal's number if a signal ended it.
  func end() -> Int32 {
    while readMore() {}
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  private func readMore() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(keyboard, &buffer, buffer.count)
    if count > 0 { screen += String(decoding: buffer.prefix(count), as: UTF8.self) }
    return count > 0
  }
}
