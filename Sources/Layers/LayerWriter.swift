internal import Diagnostics
public import Digests
public import OCI
internal import SystemIO

/// A layer that was written.
public struct WrittenLayer: Sendable, Equatable {
  /// Digest and size of the compressed bytes, with OCI's media type for them.
  public let descriptor: Descriptor
  /// The digest of the tar before compression, which the image's config lists.
  public let diffID: Digest

  /// Names a layer that exists.
  public init(descriptor: Descriptor, diffID: Digest) {
    self.descriptor = descriptor
    self.diffID = diffID
  }
}

/// Writes layers whose bytes depend on nothing but their entries (and the version of zlib).
///
/// Entries are sorted by path and owned by root, all times are the beginning of 1970, and the directories above each
/// file are there.
///
/// Source: OCI image-spec, layer.md.
public enum LayerWriter {
  /// The media type of a layer of ours.
  public static let mediaType = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip")

  /// Writes a tar with gzip. It blocks as its sink does.
  ///
  /// - Parameters:
  ///   - entries: What the layer brings and hides, in any order.
  ///   - sink: Takes the compressed bytes, piece by piece.
  /// - Throws: What `sink` throws; `storage` if a file that gives content changed meanwhile; `internal` for paths that
  ///   are not relative and plain, or that two entries have.
  public static func write(
    _ entries: [LayerEntry], to sink: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws -> WrittenLayer {
    let items = try items(entries)
    let (compressedHasher, plainHasher) = (SHA256Hasher(), SHA256Hasher())
    let size = Total()
    let gzip = try ArchiveWriter(.gzip) { bytes in
      compressedHasher.update(bytes)
      size.bytes += bytes.count
      try sink(bytes)
    }
    let tar = try ArchiveWriter(.tar) { bytes in
      plainHasher.update(bytes)
      try gzip.write(bytes)
    }
    for item in items { try write(item, to: tar) }
    try tar.close()
    try gzip.close()
    return WrittenLayer(
      descriptor: Descriptor(mediaType: mediaType, digest: compressedHasher.finalize(), size: size.bytes),
      diffID: plainHasher.finalize())
  }

  private final class Total {
    var bytes = 0
  }

  private struct Item {
    let path: String
    let content: LayerEntry.Content
    let mode: UInt32?

    var isDirectory: Bool { if case .directory = content { true } else { false } }
  }

  /// The tar entries, sorted; a directory comes before what lies in it.
  private static func items(_ entries: [LayerEntry]) throws(SealiftError) -> [Item] {
    var items: [String: Item] = [:]
    for entry in entries {
      guard let normal = ArchivePath.normalised(entry.path), normal == entry.path else { throw unusable(entry.path) }
      let path = tarPath(of: entry)
      guard !path.isEmpty,
        items.updateValue(Item(path: path, content: entry.content, mode: entry.mode), forKey: path) == nil
      else { throw unusable(entry.path) }
    }
    for path in items.keys.flatMap(ArchivePath.ancestors) where items[path] == nil {
      items[path] = Item(path: path, content: .directory, mode: nil)
    }
    for path in items.keys.flatMap(ArchivePath.ancestors) where items[path]?.isDirectory != true {
      throw unusable(path)
    }
    return items.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private static func tarPath(of entry: LayerEntry) -> String {
    switch entry.content {
    case .whiteout where !entry.path.isEmpty:
      ArchivePath.joined(
        ArchivePath.parent(of: entry.path), Whiteout.prefix + ArchivePath.name(of: entry.path))
    case .opaque: ArchivePath.joined(entry.path, Whiteout.opaqueName)
    default: entry.path
    }
  }

  private static func write(_ item: Item, to tar: ArchiveWriter) throws {
    switch item.content {
    case .bytes(let bytes):
      try tar.header(path: item.path, size: bytes.count, mode: item.mode ?? 0o644)
      try bytes.withUnsafeBytes { try tar.write($0) }
    case .part(let file, let offset, let size):
      try tar.header(path: item.path, size: size, mode: item.mode ?? 0o644)
      try copy(file, from: offset, size: size, to: tar)
    case .directory:
      try tar.header(path: item.path + "/", size: 0, mode: item.mode ?? 0o755, isDirectory: true)
    case .whiteout, .opaque: try tar.header(path: item.path, size: 0, mode: 0o644)
    }
  }

  private static func copy(_ file: File, from offset: Int, size: Int, to tar: ArchiveWriter) throws {
    var done = 0
    while done < size {
      let piece = try file.bytes(at: offset + done, count: min(pieceBytes, size - done))
      guard !piece.isEmpty else {
        throw SealiftError(.storage, "\(file.path) has become shorter", nextStep: "leave it alone and try again")
      }
      try piece.withUnsafeBytes { try tar.write($0) }
      done += piece.count
    }
  }

  private static let pieceBytes = 256 << 10

  private static func unusable(_ path: String) -> SealiftError {
    SealiftError(
      .internal, "a layer cannot have the path '\(path)', or not twice", nextStep: "report this as a defect of Sealift")
  }
}
