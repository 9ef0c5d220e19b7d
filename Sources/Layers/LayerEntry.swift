public import SystemIO

/// One thing that a layer brings or hides.
public struct LayerEntry: Sendable {
  /// What it is.
  public enum Content: Sendable {
    /// A file with these bytes.
    case bytes([UInt8])
    /// A file with `size` bytes of another one, from `offset` on.
    case part(of: File, offset: Int, size: Int)
    /// A directory; those above a file need not be listed.
    case directory
    /// The path is deleted with all that lies in it, as far as layers below have it.
    case whiteout
    /// All that lies in the directory is deleted, as far as layers below have it.
    case opaque
  }

  /// The path relative to the image's root.
  public let path: String
  /// What it is.
  public let content: Content
  /// The permission bits; `nil` is 0644 for files and 0755 for directories.
  public let mode: UInt32?

  /// Makes an entry.
  public init(_ path: String, _ content: Content, mode: UInt32? = nil) {
    self.path = path
    self.content = content
    self.mode = mode
  }
}
