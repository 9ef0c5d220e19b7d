internal import Digests
internal import Tar
internal import Zstd

/// Writes a section of the tar stream as compressed frames of 4 MiB content each; only the last may be shorter.
///
/// Threads: one at a time.
public final class CompressedSection {
  private let compressor = ZstdCompressor()
  private let write: ([UInt8]) throws -> Void
  private var pending: [UInt8] = []

  /// The frames written so far.
  public private(set) var frames: [StoredFrame] = []

  /// - Parameter write: Takes each frame's bytes, in order.
  public init(_ write: @escaping ([UInt8]) throws -> Void) { self.write = write }

  /// How many frames a section of `contentBytes` has.
  static func frameCount(_ contentBytes: Int) -> Int {
    (contentBytes + ZstdFrame.maximumContent - 1) / ZstdFrame.maximumContent
  }

  /// Adds a whole entry.
  public func entry(name: String, _ content: [UInt8]) throws {
    try content.withUnsafeBytes { content in
      try header(name: name, size: content.count)
      try append(content)
      try padding(size: content.count)
    }
  }

  /// Adds the header of an entry.
  public func header(name: String, size: Int) throws {
    try TarHeader.bytes(name: name, size: size).withUnsafeBytes { try append($0) }
  }

  /// Adds the zeros after an entry's content.
  public func padding(size: Int) throws {
    try [UInt8](repeating: 0, count: TarHeader.padding(size)).withUnsafeBytes { try append($0) }
  }

  /// Adds bytes.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(ZstdFrame.maximumContent - pending.count)
      pending.append(contentsOf: piece)
      rest = rest.dropFirst(piece.count)
      if pending.count == ZstdFrame.maximumContent { try flush() }
    }
  }

  /// Ends the section.
  public func finish() throws {
    if !pending.isEmpty { try flush() }
  }

  private func flush() throws {
    let stored = pending.withUnsafeBytes { compressor.frame($0) }
    let digest = SHA256Hasher.digest(of: stored)
    frames.append(StoredFrame(storedBytes: stored.count, contentBytes: pending.count, digest: digest))
    pending.removeAll(keepingCapacity: true)
    try write(stored)
  }
}
