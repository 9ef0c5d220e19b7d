/// A file of an image that is being read.
///
/// Threads: that of the call to which it is given, and only until the call returns.
public final class ImageFile {
  /// The path relative to the image's root.
  public let path: String
  /// The size in bytes, within the limit that was set for the path.
  public let size: Int
  /// The permission bits.
  public let mode: UInt32
  private let archive: ArchiveReader

  init(path: String, entry: ArchiveEntry, archive: ArchiveReader) {
    self.path = path
    size = entry.size
    mode = entry.mode
    self.archive = archive
  }

  /// Reads the content, once, piece by piece and in order.
  ///
  /// - Parameter consume: Takes each piece; what it throws ends all reading.
  public func forEachPiece(_ consume: (UnsafeRawBufferPointer) throws -> Void) throws {
    try archive.readContent(consume)
  }

  /// Reads the whole content into memory, once.
  public func bytes() throws -> [UInt8] { try archive.content(limit: size) }
}

/// A symbolic link where a file is wanted, or on the way there; it is for the caller to follow it or not.
public struct ImageLink: Sendable, Equatable {
  /// The path of the link, relative to the image's root.
  public let path: String
  /// Where it leads, as it is written: relative to its own directory, or from the image's root.
  public let target: String
}
