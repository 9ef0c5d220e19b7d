public import Digests
internal import Zstd

/// One compressed frame as it stands in the file: a flipped bit in it can decode to the same content, but not to the
/// same digest.
///
/// Source: `formats/bundle-v1.md`, "frames.sha256".
public struct StoredFrame: Sendable, Equatable {
  /// The bytes in the file.
  public let storedBytes: Int
  /// The bytes that it decodes to.
  public let contentBytes: Int
  /// The digest of the bytes in the file.
  public let digest: Digest

  /// Makes a record.
  public init(storedBytes: Int, contentBytes: Int, digest: Digest) {
    self.storedBytes = storedBytes
    self.contentBytes = contentBytes
    self.digest = digest
  }

  /// Whether it holds as much as a frame can, so that another one may follow it.
  public var isFull: Bool { contentBytes == ZstdFrame.maximumContent }

  /// Whether there can be such a frame.
  public var isPossible: Bool {
    1...ZstdFrame.maximumContent ~= contentBytes && 1...ZstdCompressor.bound(contentBytes) ~= storedBytes
  }

  /// The size of a line of `frames.sha256`: eight digits, a space, 64 hex digits, a line feed.
  ///
  /// It is fixed so that the size of the entry is known before the frames are.
  static let lineBytes = 74

  /// The line in `frames.sha256`.
  var line: String {
    let size = String(storedBytes)
    return String(repeating: "0", count: 8 - size.count) + size + " " + digest.hex + "\n"
  }

  /// Reads a line.
  ///
  /// - Returns: `nil` for any other form than the one that `line` gives.
  init?(line: ArraySlice<UInt8>, contentBytes: Int) {
    let text = String(decoding: line, as: UTF8.self)
    guard let size = Int(text.prefix(8)), size >= 0, let digest = Digest(hex: text.dropFirst(9).dropLast()) else {
      return nil
    }
    self.init(storedBytes: size, contentBytes: contentBytes, digest: digest)
    guard self.line == text else { return nil }
  }

  /// Whether a stored line differs from this frame's in so little that the line is what was damaged: another frame has
  /// wholly another digest.
  func isAlmost(_ stored: ArraySlice<UInt8>) -> Bool {
    zip(stored, line.utf8).count { $0 != $1 } < Self.lineBytes / 3
  }

  /// The entry in the seek table.
  var seekEntry: SeekTable.Entry { SeekTable.Entry(storedBytes: storedBytes, contentBytes: contentBytes) }
}

extension [StoredFrame] {
  /// The content of `frames.sha256`.
  var framesFile: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * StoredFrame.lineBytes)
    for frame in self { bytes += frame.line.utf8 }
    return bytes
  }
}

extension Collection<StoredFrame> {
  /// The bytes of all frames in the file.
  public var totalStoredBytes: Int { reduce(0) { $0 + $1.storedBytes } }

  /// The bytes that all frames decode to.
  var totalContentBytes: Int { reduce(0) { $0 + $1.contentBytes } }
}
