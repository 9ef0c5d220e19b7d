public import Diagnostics
internal import Glibc

extension SealiftError {
  /// The error of the system call that just failed, from `errno`.
  ///
  /// - Parameter problem: What could not be done, and to which path.
  public static func system(_ problem: String) -> SealiftError {
    let number = errno
    let reason = String(cString: strerror(number))
    switch number {
    case ENOENT, ENOTDIR:
      return SealiftError(.notFound, "\(problem): \(reason)", nextStep: "check the path")
    case EISDIR:
      return SealiftError(.notFound, "\(problem): \(reason)", nextStep: "name a file")
    case EACCES, EPERM:
      return SealiftError(.storage, "\(problem): \(reason)", nextStep: "check who owns it and its permissions")
    case ENOSPC, EDQUOT:
      return SealiftError(.storage, "\(problem): \(reason)", nextStep: "free some space and run the same command again")
    case EROFS:
      return SealiftError(.storage, "\(problem): \(reason)", nextStep: "choose a directory that can be written")
    case EFBIG:
      return SealiftError(
        .storage, "\(problem): \(reason)", nextStep: "choose a file system that takes files of this size")
    case EEXIST:
      return SealiftError(.storage, "\(problem): \(reason)", nextStep: "choose another name, or move that file away")
    case ELOOP:
      return SealiftError(
        .storage, "\(problem): it is a symbolic link, or leads through too many",
        nextStep: "put the file itself in its place")
    case ENAMETOOLONG:
      return SealiftError(.usage, "\(problem): \(reason)", nextStep: "choose a shorter name")
    case EMFILE, ENFILE:
      return SealiftError(.storage, "\(problem): \(reason)", nextStep: "allow more open files: `ulimit -n 1024`")
    case ENOMEM, EAGAIN:
      return SealiftError(
        .storage, "\(problem): \(reason)", nextStep: "allow more memory and processes (`ulimit -a` shows the limits)")
    case EPIPE:
      return SealiftError(.storage, "\(problem): \(reason)", nextStep: "look at the program that reads from the pipe")
    default:
      return SealiftError(.storage, "\(problem): \(reason)", nextStep: "look at the disk and the system log")
    }
  }
}
