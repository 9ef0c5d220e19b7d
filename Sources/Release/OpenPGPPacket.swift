/// One packet of an OpenPGP message or key, as far as it must be understood to tell where it ends.
///
/// What it says is left to `gpgv`, which tells neither what lies around a text that it finds good nor which keys a file
/// holds.
///
/// Source: RFC 4880, section 4.2.
struct OpenPGPPacket: Equatable {
  /// What packets are called here.
  enum Tag {
    static let signature = 2
    static let onePassSignature = 4
    static let secretKey = 5
    static let publicKey = 6
    static let secretSubkey = 7
    static let compressedData = 8
    static let literalData = 11
  }

  /// The kind.
  let tag: Int
  /// Where it lies, header included.
  let range: Range<Int>
  /// Where its body lies, in as many parts as it is sent in.
  let parts: [Range<Int>]
  /// Whether it goes on up to the end, whatever stands there.
  let isOpenEnded: Bool

  /// Where its body lies; `nil` for one in several parts or of no stated length.
  var body: Range<Int>? { parts.count == 1 && !isOpenEnded && !isPartial ? parts[0] : nil }
  /// Whether its length was told part by part.
  fileprivate let isPartial: Bool

  /// The packets that `bytes` consist of.
  ///
  /// - Returns: `nil` if it is anything else, or ends within a packet.
  static func all(in bytes: [UInt8]) -> [OpenPGPPacket]? {
    var packets: [OpenPGPPacket] = []
    var cursor = Cursor(bytes: bytes)
    while !cursor.isAtEnd {
      guard let packet = cursor.packet() else { return nil }
      packets.append(packet)
    }
    return packets
  }
}

private struct Cursor {
  /// What a header says of the length.
  private enum Length {
    case whole(Int)
    /// One part of several.
    case part(Int)
    /// Everything up to the end.
    case rest
  }

  let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func packet() -> OpenPGPPacket? {
    let start = position
    guard let header = number(1), header & 0x80 != 0 else { return nil }
    let isNew = header & 0x40 != 0
    let tag = isNew ? header & 0x3F : header >> 2 & 0x0F
    guard tag != 0, let length = isNew ? newLength() : oldLength(header & 3) else { return nil }
    func packet(_ parts: [Range<Int>], isOpenEnded: Bool = false, isPartial: Bool = false) -> OpenPGPPacket {
      OpenPGPPacket(tag: tag, range: start..<position, parts: parts, isOpenEnded: isOpenEnded, isPartial: isPartial)
    }
    switch length {
    case .whole(let count): return part(count).map { packet([$0]) }
    case .rest: return part(bytes.count - position).map { packet([$0], isOpenEnded: true) }
    case .part(let count):
      return part(count).flatMap { first in parts(after: first) }.map { packet($0, isPartial: true) }
    }
  }

  private mutating func parts(after first: Range<Int>) -> [Range<Int>]? {
    var parts = [first]
    while let length = newLength() {
      switch length {
      case .part(let count):
        guard let next = part(count) else { return nil }
        parts.append(next)
      case .whole(let count): return part(count).map { parts + [$0] }
      case .rest: return nil
      }
    }
    return nil
  }

  private mutating func oldLength(_ kind: Int) -> Length? {
    kind == 3 ? .rest : number(1 << kind).map(Length.whole)
  }

  private mutating func newLength() -> Length? {
    guard let first = number(1) else { return nil }
    switch first {
    case ..<192: return .whole(first)
    case ..<224: return number(1).map { .whole((first - 192) << 8 + $0 + 192) }
    case 255: return number(4).map(Length.whole)
    default: return .part(1 << (first & 0x1F))
    }
  }

  /// A big-endian number of at most four bytes.
  private mutating func number(_ count: Int) -> Int? {
    guard count <= bytes.count - position else { return nil }
    defer { position += count }
    return bytes[position..<position + count].reduce(0) { $0 << 8 | Int($1) }
  }

  /// The next `count` bytes.
  private mutating func part(_ count: Int) -> Range<Int>? {
    guard count <= bytes.count - position else { return nil }
    defer { position += count }
    return position..<position + count
  }
}
