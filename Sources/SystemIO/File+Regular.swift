public import Diagnostics
internal import Glibc

extension File {
  /// Opens a regular file for reading, and nothing else.
  ///
  /// For files in directories that others have made: a symbolic link there could lead anywhere, and opening a pipe
  /// could wait for ever.
  ///
  /// - Throws: `notFound`; `corrupt` for a symbolic link, directory, pipe or device; `storage`.
  public convenience init(regular path: String) throws(SealiftError) {
    let descriptor = retryingInterrupts { Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else {
      if errno == ELOOP { throw Self.notRegular(path, "a symbolic link") }
      throw .system("cannot open \(path)")
    }
    self.init(descriptor: descriptor, path: path)
    guard try status().st_mode & S_IFMT == S_IFREG else { throw Self.notRegular(path, "not a file") }
  }

  private static func notRegular(_ path: String, _ what: String) -> SealiftError {
    SealiftError(
      .corrupt, "\(path) is \(what), where only a regular file may stand", nextStep: "put a copy in its place")
  }
}
