internal import Diagnostics
internal import Digests
internal import Glibc
internal import Synchronization
internal import SystemIO

/// The directory that the files of a bundle are written into. Its calls block.
///
/// It is opened once, and all names are looked up in it without following symbolic links: who can change what lies
/// there, or replace the directory, cannot have a file written anywhere else.
///
/// Threads: any, many at once.
final class FileDirectory: Sendable {
  private let file: File

  private static let chunkBytes = 1 << 20

  /// Opens a directory, which is made if it is not there.
  init(_ path: String) throws(SealiftError) {
    try FileSystem.makeDirectory(path)
    file = try File(path, .read)
  }

  /// Opens a directory that is there; `nil` if nothing is.
  ///
  /// - Throws: `storage` for anything but a directory.
  init?(existing path: String) throws(SealiftError) {
    guard FileSystem.exists(path) else { return nil }
    guard FileSystem.isDirectory(path) else {
      throw SealiftError(.storage, "\(path) is no directory", nextStep: "name another one with --files")
    }
    file = try File(path, .read)
  }

  /// Whether a regular file of that name has that content already. Any other file, or a symbolic link, can be replaced.
  ///
  /// - Throws: `storage` where something stands that is neither.
  func has(_ name: String, _ digest: Digest, size: Int, _ cancellation: CancellationFlag) throws -> Bool {
    let path = "\(file.path)/\(name)"
    var status = stat()
    guard fstatat(file.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return false }
      throw SealiftError.system("cannot look at \(path)")
    }
    switch status.st_mode & S_IFMT {
    case S_IFLNK: return false
    case S_IFREG: break
    default:
      throw SealiftError(
        .storage, "\(path) is no file, and a file of that name is to be written",
        nextStep: "move it away, or name another directory with --files")
    }
    guard status.st_size == size, let existing = try open(name, O_RDONLY) else { return false }
    return try Self.digest(of: existing, cancellation) == digest
  }

  /// Removes what runs left here that were killed.
  func sweep() throws(SealiftError) {
    for name in try FileSystem.list(file.path) where name.hasPrefix(UnfinishedFile.prefix) {
      guard let left = try open(name, O_RDWR), try left.lock() else { continue }
      unlinkat(file.descriptor, name, 0)
    }
  }

  /// Makes a file that has its name when it is whole.
  func create(_ name: String) throws(SealiftError) -> UnfinishedFile { try UnfinishedFile(name, in: file) }

  /// Waits until the names are on the disk.
  func sync() throws(SealiftError) { try FileSystem.syncDirectory(of: "\(file.path)/.") }

  /// - Returns: `nil` if it is not there, or is a symbolic link.
  private func open(_ name: String, _ flags: CInt) throws(SealiftError) -> File? {
    let descriptor = openat(file.descriptor, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ELOOP { return nil }
      throw .system("cannot open \(file.path)/\(name)")
    }
    return File(descriptor: descriptor, path: "\(file.path)/\(name)")
  }

  private static func digest(of file: File, _ cancellation: CancellationFlag) throws -> Digest {
    let hasher = SHA256Hasher()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 4096)
    defer { buffer.deallocate() }
    while case let count = try file.read(into: buffer), count > 0 {
      try cancellation.check()
      hasher.update(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
    }
    return hasher.finalize()
  }
}

/// A file that is being written under a name of its own, locked for this process. Its calls block.
///
/// Threads: one at a time. Dropped before `finish()`, it leaves nothing behind; a killed run leaves what the next one
/// finds unlocked, and removes.
final class UnfinishedFile: Sendable {
  /// What names of unfinished files begin with.
  static let prefix = FileSystem.temporaryPrefix + "file-"

  private let name: String
  private let temporary: String
  private let directory: File
  private let file: File
  private let isFinished = Atomic<Bool>(false)

  fileprivate init(_ name: String, in directory: File) throws(SealiftError) {
    self.name = name
    self.directory = directory
    while true {
      let temporary = "\(Self.prefix)\(UInt64.random(in: .min ... .max))"
      let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
      let descriptor = openat(directory.descriptor, temporary, flags, 0o644)
      guard descriptor >= 0 else { throw .system("cannot make a file in \(directory.path)") }
      let file = File(descriptor: descriptor, path: "\(directory.path)/\(name)")
      // Another run may have taken it for one that was left, before it was locked.
      guard try file.lock(), try file.status().st_nlink > 0 else { continue }
      self.temporary = temporary
      self.file = file
      return
    }
  }

  deinit {
    if !isFinished.load(ordering: .relaxed) { unlinkat(directory.descriptor, temporary, 0) }
  }

  /// Appends bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SealiftError) { try file.write(bytes) }

  /// Syncs the bytes, which are all there and proven, and gives the file its name in place of what stood there.
  func finish() throws(SealiftError) {
    try file.sync()
    guard renameat(directory.descriptor, temporary, directory.descriptor, name) == 0 else {
      throw .system("cannot rename a file to \(file.path)")
    }
    isFinished.store(true, ordering: .relaxed)
  }
}
