internal import CLinux
public import Diagnostics
internal import Glibc

/// Operations on names: each one does a single step that either happened or did not.
public enum FileSystem {
  /// Whether something stands at `path`; links are followed.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The number of the user who runs this, by which system directories are named.
  public static var userID: UInt32 { getuid() }

  /// Whether a directory stands at `path`.
  public static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether a regular file stands at `path`; links are followed.
  ///
  /// - Throws: `notFound` if nothing is there.
  public static func isRegularFile(_ path: String) throws(SealiftError) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system("cannot open \(path)") }
    return status.st_mode & S_IFMT == S_IFREG
  }

  /// Makes a directory and those above it; it may exist.
  ///
  /// - Parameter permissions: Those of the last one, if it is made.
  public static func makeDirectory(_ path: String, permissions: UInt32 = 0o755) throws(SealiftError) {
    if isDirectory(path) { return }
    let parent = self.parent(of: path)
    if parent != path, !isDirectory(parent) { try makeDirectory(parent) }
    if mkdir(path, permissions) == 0 { return }
    let reason = errno
    // Another thread may have made it meanwhile.
    if reason == EEXIST, isDirectory(path) { return }
    errno = reason
    throw .system("cannot make directory \(path)")
  }

  /// The names in a directory, sorted, without `.` and `..`.
  public static func list(_ path: String) throws(SealiftError) -> [String] {
    guard let directory = opendir(path) else { throw .system("cannot list \(path)") }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw .system("cannot list \(path)") }
    return names.sorted()
  }

  /// Gives a file its name, replacing what stood there, and syncs the directory.
  public static func rename(_ from: String, to: String) throws(SealiftError) {
    guard Glibc.rename(from, to) == 0 else { throw .system("cannot rename \(from) to \(to)") }
    try syncDirectory(of: to)
  }

  /// Removes a file, if it is there.
  public static func remove(_ path: String) throws(SealiftError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw .system("cannot remove \(path)") }
  }

  /// Waits until the names in the directory of `path` are on the disk.
  public static func syncDirectory(of path: String) throws(SealiftError) {
    let directory = parent(of: path)
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("cannot open directory \(directory)") }
    defer { close(descriptor) }
    // Some file systems (FAT through FUSE, some network ones) cannot sync a directory; the file itself is synced.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw .system("cannot sync directory \(directory)") }
  }

  /// Reads a whole small file.
  ///
  /// - Parameter limit: The greatest size in bytes that is read.
  /// - Throws: `configuration` if the file is larger.
  public static func read(_ path: String, limit: Int) throws(SealiftError) -> [UInt8] {
    let file = try File(path, .read)
    guard try file.status().st_mode & S_IFMT != S_IFDIR else {
      throw SealiftError(.notFound, "\(path) is a directory", nextStep: "name a file")
    }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      let chunk = try file.chunk(upTo: min(1 << 16, limit + 1 - bytes.count))
      if chunk.isEmpty { return bytes }
      bytes += chunk
    }
    throw SealiftError(
      .configuration, "\(path) is larger than \(limit.asBytes)", nextStep: "check that it is the file you meant")
  }

  /// Where short-lived files lie: `TMPDIR`, unless it is unset or empty.
  public static func temporaryDirectory(_ environment: [String: String]) -> String {
    environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
  }

  /// A path without slashes at its end, but for that of the root directory.
  public static func withoutTrailingSlashes(_ path: some StringProtocol) -> String {
    var path = path[...]
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return String(path)
  }

  /// The directory part of a path; `.` where it has none.
  public static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last component of a path.
  public static func name(of path: String) -> String {
    String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
  }

  /// What the file system under `path` can do.
  ///
  /// - Parameter path: A file or directory that exists.
  public static func volume(of path: String) throws(SealiftError) -> Volume {
    var status = statfs()
    guard statfs(path, &status) == 0 else { throw .system("cannot ask for the file system of \(path)") }
    return Volume(
      freeBytes: Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_bsize)).0),
      type: Int(status.f_type))
  }
}

/// The file system that holds a path.
public struct Volume: Sendable {
  /// Bytes that this user can still write.
  public let freeBytes: Int
  /// The magic number that `statfs(2)` gives.
  public let type: Int

  /// Makes one.
  public init(freeBytes: Int, type: Int) {
    self.freeBytes = freeBytes
    self.type = type
  }

  /// FAT: a file holds less than 4 GiB.
  public var isFAT: Bool { type == 0x4d44 }

  /// The greatest size of a file on FAT in bytes.
  public static let largestFileOnFAT = (4 << 30) - 1

  /// Whether writing past the end leaves a hole, rather than filling the gap with zeros first.
  public var hasHoles: Bool { !isFAT && type != 0x2011_BAB0 }
}

extension File {
  /// The next bytes from the current position, none only at the end.
  func chunk(upTo count: Int) throws(SealiftError) -> [UInt8] {
    var failure: SealiftError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(SealiftError) { filled = try read(into: UnsafeMutableRawBufferPointer(buffer)) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
