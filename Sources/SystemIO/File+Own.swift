public import Diagnostics
internal import Glibc

extension File {
  /// Opens a file that only runs of this user make: what somebody else has put under its name is refused.
  ///
  /// It must be a regular file with one name that belongs to this user; a symbolic link is not followed.
  ///
  /// - Parameters:
  ///   - isMade: Whether it is made if it is not there.
  ///   - appends: Whether all is written behind its end.
  /// - Throws: `storage` for anything else, with what it is; `notFound`.
  public convenience init(own path: String, isMade: Bool = false, appends: Bool = false) throws(SealiftError) {
    let flags = (isMade ? O_CREAT : 0) | (appends ? O_APPEND : 0)
    let descriptor = retryingInterrupts {
      Glibc.open(path, O_RDWR | flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o644)
    }
    guard descriptor >= 0 else {
      if errno == ELOOP { throw Self.foreign(path, "is a symbolic link") }
      if errno == ENXIO { throw Self.foreign(path, "is not a file") }
      throw .system("cannot open \(path)")
    }
    self.init(descriptor: descriptor, path: path)
    let status = try status()
    guard status.st_mode & S_IFMT == S_IFREG else { throw Self.foreign(path, "is not a file") }
    guard status.st_nlink <= 1 else { throw Self.foreign(path, "has a second name") }
    guard Self.isOwn(status, path) else { throw Self.foreign(path, "belongs to another user (\(status.st_uid))") }
  }

  /// Whether a file belongs to this user: to whom files belong that this user makes there. On FAT, and where a server
  /// maps users, that is another number than the process has.
  private static func isOwn(_ status: stat, _ path: String) -> Bool {
    if status.st_uid == geteuid() { return true }
    let made = try? File.anonymous(in: FileSystem.parent(of: path)).status()
    return made?.st_uid == status.st_uid
  }

  private static func foreign(_ path: String, _ what: String) -> SealiftError {
    SealiftError(
      .storage, "\(path) \(what), and is to be a file of this program's own",
      nextStep: "remove it if you know what it is, or choose another name or directory")
  }
}
