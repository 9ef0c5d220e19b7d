public import Diagnostics
public import Glibc
internal import Synchronization

/// An open file, pipe or directory, closed when the last reference to it goes.
///
/// All reads and writes block the thread: call them from a `BlockingPool`. Positioned reads and writes are safe from
/// many threads at once.
public final class File: Sendable {
  /// The file descriptor, owned by this object.
  public let descriptor: CInt
  /// The path as the user knows it, for messages.
  public let path: String

  /// Takes over an open descriptor.
  public init(descriptor: CInt, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  private let isLocked = Atomic<Bool>(false)

  deinit {
    // A child process that is just being started holds a copy of the descriptor, and with it the lock.
    if isLocked.load(ordering: .relaxed) { flock(descriptor, LOCK_UN) }
    if descriptor > 2 { close(descriptor) }
  }

  /// How a file is opened.
  public enum Mode: Sendable {
    /// It must exist.
    case read
    /// It must exist, and is changed in place.
    case update
    /// It must not exist.
    case create
    /// It may exist, and is changed in place; a symbolic link is refused.
    case createOrUpdate
    /// It may exist; what it held is dropped; a symbolic link is refused.
    case replace

    fileprivate var flags: CInt {
      switch self {
      case .read: O_RDONLY
      case .update: O_RDWR
      case .create: O_RDWR | O_CREAT | O_EXCL
      case .createOrUpdate: O_RDWR | O_CREAT | O_NOFOLLOW
      case .replace: O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW
      }
    }
  }

  /// Opens what a user names to be read: a file, or `-` for standard input.
  public static func input(_ path: String) throws(SealiftError) -> File {
    path == "-" ? File(descriptor: 0, path: "standard input") : try File(path, .read)
  }

  /// Opens a file; it is closed on exec.
  ///
  /// - Throws: `notFound`, or `storage` with the system's reason.
  public convenience init(_ path: String, _ mode: Mode, permissions: mode_t = 0o644) throws(SealiftError) {
    let descriptor = retryingInterrupts { Glibc.open(path, mode.flags | O_CLOEXEC, permissions) }
    guard descriptor >= 0 else { throw .system("cannot open \(path)") }
    self.init(descriptor: descriptor, path: path)
  }

  /// Makes a file that has no name and goes when it is closed.
  ///
  /// - Parameter directory: Where its bytes lie.
  public static func anonymous(in directory: String) throws(SealiftError) -> File {
    let name = "a temporary file in \(directory)"
    let nameless = retryingInterrupts { Glibc.open(directory, temporaryFile | O_RDWR | O_EXCL | O_CLOEXEC, 0o600) }
    if nameless >= 0 { return File(descriptor: nameless, path: name) }
    // FAT and some network file systems know no nameless files.
    var template = Array((directory + "/\(FileSystem.temporaryPrefix)XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
      throw .system("cannot make a temporary file in \(directory)")
    }
    unlink(template)
    return File(descriptor: descriptor, path: name)
  }

  // O_TMPFILE, which the headers declare only to who asks for GNU extensions.
  private static let temporaryFile = 0o20_000_000 | O_DIRECTORY

  /// The number of bytes in the file.
  public func size() throws(SealiftError) -> Int {
    try status().st_size
  }

  /// The number of bytes that the file takes on the disk, which is less than its size where it has holes.
  public func allocatedBytes() throws(SealiftError) -> Int { try Int(status().st_blocks) * 512 }

  /// Whether reads and writes can be positioned, which is so for files and not for pipes.
  public var isSeekable: Bool { lseek(descriptor, 0, SEEK_CUR) >= 0 }

  /// Whether it is a terminal.
  public var isTerminal: Bool { isatty(descriptor) == 1 }

  /// What `fstat` says.
  public func status() throws(SealiftError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("cannot read the state of \(path)") }
    return status
  }

  /// Whether `path` leads to this file at this moment.
  public func hasName(_ path: String) throws(SealiftError) -> Bool {
    let own = try status()
    var named = stat()
    return stat(path, &named) == 0 && named.st_dev == own.st_dev && named.st_ino == own.st_ino
  }

  /// Reads up to `buffer.count` bytes from the current position.
  ///
  /// - Returns: The number of bytes; 0 only at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SealiftError) -> Int {
    let count = retryingInterrupts { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    guard count >= 0 else { throw .system("cannot read \(path)") }
    return count
  }

  /// Fills `buffer` from `offset`.
  ///
  /// - Returns: The number of bytes, less than `buffer.count` only at the end of the file.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SealiftError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = retryingInterrupts { pread(descriptor, rest.baseAddress, rest.count, offset + done) }
      guard count >= 0 else { throw .system("cannot read \(path)") }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Reads `count` bytes from `offset`, fewer only at the end of the file.
  public func bytes(at offset: Int, count: Int) throws(SealiftError) -> [UInt8] {
    var failure: SealiftError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(SealiftError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Writes all of `bytes` at the current position.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(SealiftError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = retryingInterrupts { Glibc.write(descriptor, rest.baseAddress, rest.count) }
      guard count > 0 else { throw .system("cannot write \(path)") }
      done += count
    }
  }

  /// Writes all of `bytes` at `offset`.
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SealiftError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = retryingInterrupts { pwrite(descriptor, rest.baseAddress, rest.count, offset + done) }
      guard count > 0 else { throw .system("cannot write \(path)") }
      done += count
    }
  }

  /// Writes all of `bytes` at the current position.
  public func write(_ bytes: [UInt8]) throws(SealiftError) {
    try bytes.span.bytes.withUnsafeBytes { (raw) throws(SealiftError) in try write(raw) }
  }

  /// Writes all of `bytes` at `offset`.
  public func write(_ bytes: [UInt8], at offset: Int) throws(SealiftError) {
    try bytes.span.bytes.withUnsafeBytes { (raw) throws(SealiftError) in try write(raw, at: offset) }
  }

  /// Cuts the file, or extends it with a hole.
  public func truncate(to size: Int) throws(SealiftError) {
    guard ftruncate(descriptor, size) == 0 else { throw .system("cannot set the size of \(path)") }
  }

  /// Waits until the bytes are on the disk.
  public func sync() throws(SealiftError) {
    guard fdatasync(descriptor) == 0 else { throw .system("cannot sync \(path)") }
  }

  /// Takes the file's lock for this process, until the file is closed.
  ///
  /// - Returns: `false` if another process holds it.
  public func lock() throws(SealiftError) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
      isLocked.store(true, ordering: .relaxed)
      return true
    }
    guard errno == EWOULDBLOCK else { throw .system("cannot lock \(path)") }
    return false
  }
}

/// Repeats a system call that a signal interrupted.
func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
