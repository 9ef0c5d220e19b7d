public import Diagnostics
internal import Glibc

/// A file that the user has named for what a command writes.
///
/// What is there already and is no file is not replaced: a pipe, a terminal, `/dev/null` or an open file of the shell
/// (`/dev/fd/N`, as `>(COMMAND)` gives it) takes the bytes as they come.
public struct OutputFile: Sendable {
  private enum Place {
    /// A regular file, or nothing yet.
    case file
    /// A pipe or a device.
    case stream
    /// A file that the program was started with.
    case inherited(CInt)
  }

  /// The path as the user wrote it.
  public let path: String
  private let place: Place

  /// Looks at what is there.
  ///
  /// - Throws: `usage` for what cannot be written to: a directory, a disk, a socket, a name that is too long.
  public init(_ path: String) throws(SealiftError) {
    self.path = path
    if let number = try Self.inherited(path) {
      place = .inherited(number)
    } else {
      place = try Self.place(path)
    }
  }

  /// Standard output, whatever it is.
  public static let standardOutput = OutputFile("standard output", .inherited(1))

  private init(_ path: String, _ place: Place) {
    self.path = path
    self.place = place
  }

  /// Whether bytes are taken as they come, in order, and nothing is replaced.
  public var isStream: Bool {
    if case .file = place { false } else { true }
  }

  /// Whether it is the program's own standard output.
  public var isStandardOutput: Bool {
    if case .inherited(1) = place { true } else { false }
  }

  /// Opens a stream; a named pipe waits for its reader.
  public func openStream() throws(SealiftError) -> File {
    let descriptor =
      switch place {
      case .inherited(let number): retryingInterrupts { fcntl(number, F_DUPFD_CLOEXEC, 3) }
      case .file, .stream: retryingInterrupts { open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC) }
      }
    guard descriptor >= 0 else { throw .system("cannot open \(path)") }
    return File(descriptor: descriptor, path: path)
  }

  /// Writes all that is to stand there: into the stream, or so that the name shows the old bytes or all of the new ones.
  public func write(_ bytes: [UInt8], permissions: UInt32 = 0o644) throws(SealiftError) {
    if isStream { return try openStream().write(bytes) }
    FileSystem.removeLeftovers(in: FileSystem.parent(of: path))
    try FileSystem.write(bytes, to: path, permissions: permissions)
  }

  private static func place(_ path: String) throws(SealiftError) -> Place {
    try FileSystem.checkName(of: path)
    var status = stat()
    guard stat(path, &status) == 0 else { return .file }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFIFO, S_IFCHR: return .stream
    case S_IFDIR: throw SealiftError(.usage, "\(path) is a directory", nextStep: "name a file: \(path)/NAME")
    case S_IFBLK:
      throw SealiftError(.usage, "\(path) is a disk", nextStep: "mount its file system, and name a file on it")
    default: throw SealiftError(.usage, "\(path) is not a file", nextStep: "name a file, or a pipe")
    }
  }

  /// The number of an open file that a path stands for.
  ///
  /// - Throws: `usage` if the program was not given such a file: what it has opened itself is nobody's to name.
  private static func inherited(_ path: String) throws(SealiftError) -> CInt? {
    let number: CInt?
    switch path {
    case "/dev/stdout": number = 1
    case "/dev/stderr": number = 2
    default:
      let prefix = ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }
      guard let prefix else { return nil }
      number = CInt(path.dropFirst(prefix.count))
    }
    let flags = number.map { fcntl($0, F_GETFD) } ?? -1
    guard let number, flags >= 0, number <= 2 || flags & FD_CLOEXEC == 0, fcntl(number, F_GETFL) & O_ACCMODE != O_RDONLY
    else {
      throw SealiftError(
        .usage, "\(path) is not open for writing", nextStep: "name a file or a named pipe")
    }
    return number
  }
}
