public import Digests
internal import OCI
internal import Tar
public import Zstd

/// Where each byte of a bundle lies, as far as the index alone tells it.
///
/// The tar stream is cut into sections. Each is stored as zstd frames of its own, so that no frame spans two.
///
/// Source: `formats/bundle-v1.md`, "Sections".
public struct BundleLayout: Sendable {
  /// The content bytes of the first section: `bundle.json` as a tar entry, compressed.
  public let indexContent: Int
  /// The content bytes of the third section: files and metadata as tar entries, compressed.
  public let headContent: Int
  /// The fourth section: the raw blobs as tar entries.
  public let body: RawFrames
  /// For each compressed blob of the tail, the content bytes of its section.
  public let tailContents: [Int]
  /// The last section: `frames.sha256` and the end of the archive, raw.
  public let end: RawFrames

  /// The name of the index's entry.
  public static let indexName = "bundle.json"
  /// The name of the entry with the digests of compressed frames.
  public static let framesName = "frames.sha256"

  /// - Parameters:
  ///   - index: A checked index, so that no sum can overflow.
  ///   - indexBytes: The size of `bundle.json`.
  public init(_ index: BundleIndex, indexBytes: Int) {
    indexContent = Self.entryBytes(indexBytes)
    headContent =
      index.files.reduce(0) { $0 + Self.entryBytes($1.size) }
      + index.metadata.reduce(0) { $0 + Self.entryBytes($1.size) }
    let raw = index.blobs.prefix { $0.encoding == .raw }
    body = RawFrames(contentBytes: raw.reduce(0) { $0 + Self.entryBytes($1.descriptor.size) })
    tailContents = index.blobs.dropFirst(raw.count).map { Self.entryBytes($0.descriptor.size) }
    let compressedFrames =
      ([indexContent, headContent] + tailContents).reduce(0) { $0 + CompressedSection.frameCount($1) }
    framesBytes = compressedFrames * StoredFrame.lineBytes
    end = RawFrames(contentBytes: Self.entryBytes(framesBytes) + TarHeader.endOfArchive.count)
  }

  /// The size of `frames.sha256`.
  public let framesBytes: Int

  /// Where a line of `frames.sha256` stands, from the beginning of the last section.
  func storedLine(_ number: Int) -> Range<Int> {
    let start = TarHeader.blockBytes + number * StoredFrame.lineBytes
    return end.storedOffset(of: start)..<end.storedOffset(of: start + StoredFrame.lineBytes)
  }

  /// The number of frames in the whole file, without the seek table.
  public var frameCount: Int {
    let contents = [indexContent, headContent, body.contentBytes, end.contentBytes] + tailContents
    return contents.reduce(1) { $0 + CompressedSection.frameCount($1) }
  }

  /// The size of the seek table.
  public var seekTableBytes: Int { SeekTable.byteCount(frames: frameCount) }

  /// The size of the whole file, given the stored sizes of the compressed sections.
  public func fileBytes(index: Int, head: Int, tail: Int) -> Int {
    index + SignatureRegion.storedBytes + head + body.storedBytes + tail + end.storedBytes + seekTableBytes
  }

  /// What the names of blobs' entries begin with.
  static let blobPrefix = "blobs/sha256/"

  /// The name of a blob's entry.
  public static func blobName(_ digest: Digest) -> String { blobPrefix + digest.hex }

  /// The bytes of a blob's whole entry in the tar stream; `size` is a size that a disk can hold.
  public static func entryBytes(_ size: Int) -> Int { TarHeader.blockBytes + size + TarHeader.padding(size) }

  /// Where the content of an entry begins.
  public static func contentOffset(ofEntryAt offset: Int) -> Int { offset + TarHeader.blockBytes }
}
