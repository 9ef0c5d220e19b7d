public import Diagnostics
internal import Glibc

/// A directory for this user alone, which goes with this object, and the files in it.
public final class PrivateDirectory: Sendable {
  /// The path.
  public let path: String
  /// Holds the lock that tells other runs that this one lives.
  private let directory: File

  /// Makes a directory.
  ///
  /// - Parameter parent: Where: the directory for temporary files. What killed runs left there goes.
  public init(in parent: String) throws(SealiftError) {
    FileSystem.removeLeftovers(in: parent)
    directory = try Self.make(in: parent)
    path = directory.path
  }

  private static func make(in parent: String) throws(SealiftError) -> File {
    while true {
      var template = Array("\(parent)/\(FileSystem.directoryPrefix)XXXXXX".utf8CString)
      // Source: mkdtemp(3): the permissions are 0700.
      guard mkdtemp(&template) != nil else { throw .system("cannot make a temporary directory in \(parent)") }
      let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      // Another run may take it for one that was left, before it is locked.
      let directory: File
      do throws(SealiftError) { directory = try File(path, .read) } catch {
        guard error.code == .notFound else { throw error }
        continue
      }
      // Some file systems know no locks; nothing is removed there either.
      guard let isLocked = try? directory.lock() else { return directory }
      if isLocked, try directory.status().st_nlink > 0 { return directory }
    }
  }

  deinit {
    // What cannot be removed is the system's to clear: nothing in it is secret.
    for name in (try? FileSystem.list(path)) ?? [] { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}
