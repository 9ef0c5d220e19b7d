internal import Diagnostics
internal import Glibc
internal import SystemIO

/// A directory that exists as long as this object does.
public final class TemporaryDirectory: Sendable {
  /// The absolute path.
  public let path: String

  /// Makes a new empty directory.
  public init() throws {
    var template = Array("/tmp/sealift-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SealiftError.system("cannot make a temporary directory") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { Self.removeTree(path) }

  /// The path of a name in the directory.
  public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  private static func removeTree(_ path: String) {
    // Not `isDirectory`: what a link in a test's directory leads to is not the test's to remove.
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      for name in (try? FileSystem.list(path)) ?? [] { removeTree("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}
