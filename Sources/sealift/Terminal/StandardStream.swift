internal import Diagnostics
internal import Glibc
internal import SystemIO

/// stdin, stdout or stderr. Nothing is buffered, so what was written without an error has been taken.
struct StandardStream: Sendable {
  static let input = StandardStream(file: File(descriptor: 0, path: "stdin"))
  static let output = StandardStream(file: File(descriptor: 1, path: "stdout"))
  static let error = StandardStream(file: File(descriptor: 2, path: "stderr"))

  let file: File

  var isTerminal: Bool { file.isTerminal }

  /// Columns of the terminal; 80 where there is none.
  var columns: Int {
    var size = winsize()
    guard ioctl(file.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Columns for help screens: as the terminal has, within what reads well.
  var helpColumns: Int { min(max(80, columns), 120) }

  /// - Throws: `storage` if the reader is gone or the disk full.
  func write(_ text: String) throws(SealiftError) {
    try file.write(Array(text.utf8))
  }

  /// Writes what no one may be there to read.
  func writeIfPossible(_ text: String) {
    if !text.isEmpty { try? write(text) }
  }

  /// Makes sure that 0, 1 and 2 are open, so that no other file gets one of these numbers.
  ///
  /// A stream that was closed stays useless: reads from stdin and writes to the others fail.
  static func secure() {
    for descriptor in CInt(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      if open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) < 0 { _ = open("/", O_RDONLY) }
    }
  }
}
