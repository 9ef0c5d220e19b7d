public import Diagnostics
internal import Glibc

extension FileSystem {
  /// What the names of files begin with that exist only for a moment.
  ///
  /// Such a file is locked as long as its run lives, so that the next run can tell what a killed one has left.
  public static let temporaryPrefix = ".sealift-"

  /// What the names of such directories begin with.
  static let directoryPrefix = temporaryPrefix + "tmp-"

  /// A name in a directory that nobody can guess.
  static func unusedName(in directory: String) -> String {
    "\(directory)/\(temporaryPrefix)\(String(UInt64.random(in: .min ... .max), radix: 16))"
  }

  /// Makes a file that exists only for a moment, locked.
  static func temporaryFile(in directory: String, permissions: UInt32) throws(SealiftError) -> File {
    while true {
      // A name that nobody can guess, and that must be new: a file or link planted there would receive the bytes.
      let file = try File(unusedName(in: directory), .create, permissions: permissions)
      // Some network file systems know no locks; nothing is removed there either.
      guard let isLocked = try? file.lock() else { return file }
      // Another run may have taken it for one that was left, before it was locked.
      if isLocked, try file.status().st_nlink > 0 { return file }
    }
  }

  /// Removes what runs of this user left in a directory that were killed; nothing of a run that lives.
  ///
  /// What cannot be removed stays: it is in nobody's way.
  public static func removeLeftovers(in directory: String) {
    for name in (try? list(directory)) ?? [] where name.hasPrefix(temporaryPrefix) {
      removeLeftover("\(directory)/\(name)")
    }
  }

  private static func removeLeftover(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_uid == geteuid() else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG where status.st_nlink == 1, S_IFDIR where name(of: path).hasPrefix(directoryPrefix):
      let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { return }
      let file = File(descriptor: descriptor, path: path)
      if (try? file.lock()) == true { try? removeTree(path) }
    case S_IFLNK:
      // A link cannot be locked, and is renamed at once.
      if time(nil) - status.st_mtim.tv_sec > secondsOfALink { unlink(path) }
    default: break
    }
  }

  private static let secondsOfALink = 60

  /// Writes a whole file so that its name shows either the old bytes or all of the new ones.
  public static func write(_ bytes: [UInt8], to path: String, permissions: UInt32 = 0o644) throws(SealiftError) {
    try publish(bytes, permissions, at: path) { (temporary) throws(SealiftError) in
      try rename(temporary, to: path)
      return true
    }
  }

  /// Writes a whole new file so that its name shows all of it or nothing.
  ///
  /// - Throws: `storage` if something is there.
  public static func create(_ path: String, _ bytes: [UInt8], permissions: UInt32) throws(SealiftError) {
    let isLinked = try publish(bytes, permissions, at: path) { (temporary) throws(SealiftError) in
      defer { unlink(temporary) }
      guard link(temporary, path) == 0 else {
        // FAT knows no second name.
        if errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS { return false }
        throw .system("cannot make \(path)")
      }
      return true
    }
    if !isLinked { try createInPlace(path, bytes, permissions) }
    do throws(SealiftError) {
      try syncDirectory(of: path)
    } catch {
      unlink(path)
      throw error
    }
  }

  private static func createInPlace(_ path: String, _ bytes: [UInt8], _ permissions: UInt32) throws(SealiftError) {
    let file = try File(path, .create, permissions: permissions)
    do throws(SealiftError) {
      try file.write(bytes)
      try file.sync()
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Writes a file under another name, synced, and lets `name` give it its own.
  @discardableResult
  private static func publish(
    _ bytes: [UInt8], _ permissions: UInt32, at path: String, _ name: (String) throws(SealiftError) -> Bool
  ) throws(SealiftError) -> Bool {
    try checkName(of: path)
    let file = try temporaryFile(in: parent(of: path), permissions: permissions)
    do throws(SealiftError) {
      try file.write(bytes)
      try file.sync()
      return try name(file.path)
    } catch {
      unlink(file.path)
      throw error
    }
  }

  /// Checks that a path, and the names that are made from it, are not too long.
  ///
  /// - Parameter suffixes: What is put behind it.
  /// - Throws: `usage`.
  public static func checkName(of path: String, with suffixes: [String] = [""]) throws(SealiftError) {
    var status = statvfs()
    let limit = statvfs(parent(of: path), &status) == 0 && status.f_namemax > 0 ? Int(status.f_namemax) : Int(NAME_MAX)
    for suffix in suffixes {
      let length = (name(of: path) + suffix).utf8.count
      guard length > limit || (path + suffix).utf8.count >= Int(PATH_MAX) else { continue }
      let reason =
        suffix.isEmpty ? "has \(length) bytes" : "has \(length) bytes with the '\(suffix)' that is put behind it"
      throw SealiftError(
        .usage, "the name \(path) is too long: its last part \(reason), and at most \(limit) are possible there",
        nextStep: "choose a shorter name")
    }
  }
}
