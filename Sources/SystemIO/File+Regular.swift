public import Diagnostics
internal import Glibc

extension File {
  /// Opens a regular file for reading, and nothing else: opening a pipe could wait for ever.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - followingLinks: Whether a symbolic link may stand for it. In a directory that others have made, one could lead
  ///     anywhere.
  /// - Throws: `notFound`; `corrupt` for a directory, pipe or device, or a symbolic link; `storage`.
  public convenience init(regular path: String, followingLinks: Bool = false) throws(SealiftError) {
    let links = followingLinks ? 0 : O_NOFOLLOW
    let descriptor = retryingInterrupts { Glibc.open(path, O_RDONLY | links | O_NONBLOCK | O_CLOEXEC) }
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
