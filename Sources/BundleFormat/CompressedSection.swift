internal import Digests
internal import SystemIO
internal import Tar
internal import Zstd

/// Writes a section of the tar stream as compressed frames of 4 MiB content each; only the last may be shorter.
///
/// Threads: one at a time.
final class CompressedSection {
  private let compressor: FrameCompressor
  private let write: ([UInt8], StoredFrame) throws -> Void
  private var pending: [UInt8] = []
  private var sizes: [Int] = []

  /// The frames written so far.
  private(set) var frames: [StoredFrame]

  /// - Parameters:
  ///   - pool: Threads that compress, and do nothing else.
  ///   - frames: What an earlier run wrote of this section, all of it full frames.
  ///   - write: Takes each frame's bytes, in order.
  init(
    _ pool: BlockingPool, after frames: [StoredFrame] = [], _ write: @escaping ([UInt8], StoredFrame) throws -> Void
  ) {
    compressor = FrameCompressor(pool)
    self.frames = frames
    self.write = write
  }

  /// How many frames a section of `contentBytes` has.
  static func frameCount(_ contentBytes: Int) -> Int {
    (contentBytes + ZstdFrame.maximumContent - 1) / ZstdFrame.maximumContent
  }

  /// Adds a whole entry.
  func entry(name: String, _ content: [UInt8]) throws {
    try content.withUnsafeBytes { content in
      try header(name: name, size: content.count)
      try append(content)
      try padding(size: content.count)
    }
  }

  /// Adds the header of an entry.
  func header(name: String, size: Int) throws {
    try TarHeader.bytes(name: name, size: size).withUnsafeBytes { try append($0) }
  }

  /// Adds the zeros after an entry's content.
  func padding(size: Int) throws {
    try [UInt8](repeating: 0, count: TarHeader.padding(size)).withUnsafeBytes { try append($0) }
  }

  /// Adds bytes.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(ZstdFrame.maximumContent - pending.count)
      pending.append(contentsOf: piece)
      rest = rest.dropFirst(piece.count)
      if pending.count == ZstdFrame.maximumContent { try flush() }
    }
  }

  /// Ends the section.
  func finish() throws {
    if !pending.isEmpty { try flush() }
    while try writeNext() {}
  }

  private func flush() throws {
    if compressor.isBusy { _ = try writeNext() }
    sizes.append(pending.count)
    compressor.submit(pending)
    pending = []
    pending.reserveCapacity(ZstdFrame.maximumContent)
  }

  private func writeNext() throws -> Bool {
    guard let stored = compressor.next() else { return false }
    let digest = SHA256Hasher.digest(of: stored)
    let frame = StoredFrame(storedBytes: stored.count, contentBytes: sizes.removeFirst(), digest: digest)
    try write(stored, frame)
    frames.append(frame)
    return true
  }
}
