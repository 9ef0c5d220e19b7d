internal import Digests
internal import Tar
internal import Zstd

/// The frames of a bundle, cut apart by its seek table, to be changed and put together again.
public struct StoredFrames: Sendable {
  /// One frame before the seek table.
  public struct Frame: Sendable {
    /// The bytes in the file.
    public var stored: [UInt8]
    /// How many bytes it decodes to, as the seek table will say.
    public var contentBytes: Int

    /// A frame of any bytes.
    public init(stored: [UInt8], contentBytes: Int) {
      self.stored = stored
      self.contentBytes = contentBytes
    }

    /// A compressed frame.
    public static func compressed(_ content: [UInt8]) -> Frame {
      Frame(stored: content.withUnsafeBytes { ZstdCompressor().frame($0) }, contentBytes: content.count)
    }

    /// A raw frame of at most 4 MiB.
    public static func raw(_ content: [UInt8]) -> Frame {
      let layout = RawFrames(contentBytes: content.count)
      let stored = layout.pieces(0..<content.count).reduce(into: [UInt8]()) { stored, piece in
        stored += layout.preamble(at: piece.lowerBound) + content[piece]
      }
      return Frame(stored: stored, contentBytes: content.count)
    }

    /// A skippable frame.
    public static func skippable(_ content: [UInt8]) -> Frame {
      Frame(stored: [0x50, 0x2A, 0x4D, 0x18, UInt8(content.count), 0, 0, 0] + content, contentBytes: 0)
    }
  }

  /// The frames in file order.
  public var frames: [Frame] = []

  /// Cuts a whole bundle apart.
  public init(_ bundle: [UInt8]) {
    func number(_ offset: Int) -> Int {
      bundle[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let count = number(bundle.count - SeekTable.footerBytes)
    let table = bundle.count - SeekTable.byteCount(frames: count) + 8
    var offset = 0
    for entry in stride(from: table, to: table + 8 * count, by: 8) {
      let end = offset + number(entry)
      frames.append(Frame(stored: Array(bundle[offset..<end]), contentBytes: number(entry + 4)))
      offset = end
    }
  }

  /// The frames alone.
  public var joined: [UInt8] { frames.flatMap(\.stored) }

  /// The seek table that tells of the frames.
  public var table: [UInt8] {
    SeekTable(frames.map { .init(storedBytes: $0.stored.count, contentBytes: $0.contentBytes) }).bytes
  }

  /// The whole file.
  public var bytes: [UInt8] { joined + table }

  /// Makes the last frame anew: `frames.sha256` then tells of the frames at `places`.
  public mutating func seal(_ places: [Int]) {
    let lines = places.map { place in
      let size = "\(frames[place].stored.count)"
      let digits = String(repeating: "0", count: 8 - size.count) + size
      return "\(digits) \(SHA256Hasher.digest(of: frames[place].stored).hex)\n"
    }
    let text = Array(lines.joined().utf8)
    frames[frames.count - 1] = .raw(
      TarHeader.bytes(name: "frames.sha256", size: text.count) + text
        + [UInt8](repeating: 0, count: TarHeader.padding(text.count)) + TarHeader.endOfArchive)
  }
}
