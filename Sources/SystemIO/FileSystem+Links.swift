public import Diagnostics
internal import Glibc

extension FileSystem {
  /// What a name stands for.
  public enum Kind: Sendable {
    /// A regular file.
    case file
    case directory
    /// A symbolic link.
    case link
    /// A pipe, a socket or a device.
    case special
  }

  /// What stands at `path` itself; a symbolic link is not followed.
  ///
  /// - Returns: `nil` if nothing is there.
  public static func kind(of path: String) throws(SealiftError) -> Kind? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw .system("cannot look at \(path)")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    case S_IFLNK: return .link
    default: return .special
    }
  }

  /// The text of a symbolic link.
  public static func target(ofLink path: String) throws(SealiftError) -> String {
    var text = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &text, text.count)
    guard count >= 0 else { throw .system("cannot read the link \(path)") }
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Makes a symbolic link, in place of what stood there.
  public static func replace(_ path: String, withLinkTo target: String) throws(SealiftError) {
    let temporary = unusedName(in: parent(of: path))
    guard symlink(target, temporary) == 0 else { throw .system("cannot make the link \(path)") }
    guard Glibc.rename(temporary, path) == 0 else {
      defer { unlink(temporary) }
      throw .system("cannot rename \(temporary) to \(path)")
    }
  }

  /// Gives a file a second name, in place of what stood there.
  ///
  /// - Returns: `false` if the system does not do that for this file, or on this file system.
  /// - Throws: `notFound` if there is no such file.
  public static func replace(_ path: String, withHardLinkTo file: String) throws(SealiftError) -> Bool {
    let temporary = unusedName(in: parent(of: path))
    guard link(file, temporary) == 0 else {
      // FAT knows none, a file can have too many, and another user's file is not linked.
      if [EPERM, EOPNOTSUPP, ENOSYS, EMLINK, EXDEV, EINVAL].contains(errno) { return false }
      throw .system("cannot link \(file) to \(path)")
    }
    // Where both are one file already, renaming does nothing, and the temporary name stays.
    defer { unlink(temporary) }
    guard Glibc.rename(temporary, path) == 0 else { throw .system("cannot rename \(temporary) to \(path)") }
    return true
  }

  /// What names a file system takes.
  public struct NamingAbilities: Sendable {
    /// Whether a name may hold `:`.
    public let colons: Bool
    /// Whether there are symbolic links.
    public let symbolicLinks: Bool
    /// Whether a file can have several names.
    public let hardLinks: Bool

    /// Makes one.
    public init(colons: Bool, symbolicLinks: Bool, hardLinks: Bool) {
      self.colons = colons
      self.symbolicLinks = symbolicLinks
      self.hardLinks = hardLinks
    }
  }

  /// Tries out what names a directory takes; nothing is left in it.
  ///
  /// - Throws: `storage` if nothing can be written there.
  public static func namingAbilities(in directory: String) throws(SealiftError) -> NamingAbilities {
    let plain = unusedName(in: directory)
    let colon = plain + ":colon"
    let symbolic = plain + ".link"
    let hard = plain + ".name"
    _ = try File(plain, .create)
    defer { for name in [plain, colon, symbolic, hard] { unlink(name) } }
    let file = open(colon, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if file >= 0 { close(file) }
    return NamingAbilities(
      colons: file >= 0, symbolicLinks: symlink(name(of: plain), symbolic) == 0, hardLinks: link(plain, hard) == 0)
  }
}
