internal import Diagnostics
internal import Glibc
internal import SystemIO

/// Where a key's passphrase comes from: a file, or the person at the terminal.
struct PassphraseSource: Sendable {
  let file: String?
  let interruption: Interruption

  // More than any passphrase that OpenSSL takes, so that one too long is refused there and not cut here.
  private static let maximumBytes = 4096

  /// The passphrase of an existing key.
  ///
  /// - Parameter key: The key's file, for the prompt.
  func passphrase(of key: String) throws(SealiftError) -> [UInt8] {
    if let file { return try firstLine(of: file) }
    return try ask("Passphrase of \(key.printable): ")
  }

  /// The passphrase of a new key; a person is asked twice.
  func newPassphrase() throws(SealiftError) -> [UInt8] {
    if let file { return try firstLine(of: file) }
    let first = try ask("New passphrase: ")
    guard try ask("The same again: ") == first else {
      throw SealiftError(.usage, "the two passphrases differ", nextStep: "run the command again")
    }
    return first
  }

  private func firstLine(of file: String) throws(SealiftError) -> [UInt8] {
    let bytes = try FileSystem.read(file, limit: Self.maximumBytes)
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
  }

  private func ask(_ prompt: String) throws(SealiftError) -> [UInt8] {
    let terminal: File
    do throws(SealiftError) {
      terminal = try File("/dev/tty", .update)
    } catch {
      throw SealiftError(
        .configuration, "a passphrase is needed, and there is no terminal to ask for it",
        nextStep: "give it with --passphrase-file FILE")
    }
    var mode = termios()
    guard tcgetattr(terminal.descriptor, &mode) == 0 else { throw .system("cannot read the terminal's mode") }
    let line = interruption.restoring(mode, of: terminal.descriptor) { () -> Result<[UInt8], SealiftError> in
      var silent = mode
      silent.c_lflag &= ~tcflag_t(ECHO)
      silent.c_lflag |= tcflag_t(ECHONL)
      tcsetattr(terminal.descriptor, TCSAFLUSH, &silent)
      defer { tcsetattr(terminal.descriptor, TCSAFLUSH, &mode) }
      // Only now: what is typed before is thrown away.
      return readLine(from: terminal, after: prompt)
    }
    return try line.get()
  }

  private func readLine(from terminal: File, after prompt: String) -> Result<[UInt8], SealiftError> {
    var line = [UInt8](repeating: 0, count: Self.maximumBytes)
    do throws(SealiftError) {
      try terminal.write(Array(prompt.utf8))
      var failure: SealiftError?
      // A terminal gives one line at a time.
      let count = line.withUnsafeMutableBytes { buffer in
        do throws(SealiftError) { return try terminal.read(into: buffer) } catch { failure = error; return 0 }
      }
      if let failure { throw failure }
      return .success(Array(line.prefix(count).prefix { $0 != UInt8(ascii: "\n") }))
    } catch {
      return .failure(error)
    }
  }
}
