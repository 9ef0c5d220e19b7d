/// One entry of a tar archive, without its content.
public struct ArchiveEntry: Sendable, Equatable {
  /// What an entry is.
  public enum Kind: Sendable, Equatable {
    /// A regular file with content.
    case file
    /// A directory.
    case directory
    /// A symbolic link, with its target as it is written: it may lead anywhere.
    case symbolicLink(String)
    /// Another name of a file that stands before it, with that file's path.
    case hardLink(String)
    /// A device, a pipe or a socket.
    case special
  }

  /// The path relative to the archive's root, without `.`, `..` and empty components; empty for the root itself.
  public let path: String
  /// What it is.
  public let kind: Kind
  /// The size of the content in bytes; 0 for all but files.
  public let size: Int
  /// The permission bits.
  public let mode: UInt32
}
