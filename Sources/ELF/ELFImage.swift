internal import Diagnostics

/// The bytes of an ELF file for 64 bits, read at offsets that the file itself gives: each is checked.
///
/// Not `libelf`: it would be one more library to carry beside the program.
struct ELFImage {
  /// An entry of the dynamic section.
  struct Dynamic {
    let tag: Int
    let value: Int
  }

  /// The entries of the dynamic section that matter here.
  enum Tag {
    static let needed = 1
    static let strings = 5
    static let soname = 14
  }

  private struct Segment {
    let type: Int
    let offset: Int
    let address: Int
    let size: Int
  }

  private static let load = 1
  private static let dynamic = 2
  private static let interpreter = 3
  // The greatest numbers of entries that are read; libraries have a few dozens.
  private static let maximumEntries = 65_536
  private static let maximumText = 4096

  private let bytes: [UInt8]
  private let source: String
  private let isBigEndian: Bool
  private var segments: [Segment] = []

  init(_ bytes: [UInt8], source: String) throws(SealiftError) {
    self.bytes = bytes
    self.source = source
    // Class 2 is 64 bits; data 1 is little-endian, 2 big-endian.
    guard ELFFile.isOne(bytes), bytes.count >= 64, bytes[4] == 2, bytes[5] == 1 || bytes[5] == 2 else {
      throw Self.failure(source, "is no ELF file for 64 bits")
    }
    isBigEndian = bytes[5] == 2
    let table = try number(at: 32, 8)
    let entry = try number(at: 54, 2)
    let count = try number(at: 56, 2)
    for index in 0..<count {
      let place = try sum(table, index * entry)
      segments.append(
        Segment(
          type: try number(at: place, 4), offset: try number(at: sum(place, 8), 8),
          address: try number(at: sum(place, 16), 8), size: try number(at: sum(place, 32), 8)))
    }
  }

  /// The path of the dynamic linker.
  func interpreter() throws(SealiftError) -> String? {
    guard let segment = segments.first(where: { $0.type == Self.interpreter }) else { return nil }
    return try text(at: segment.offset)
  }

  /// The entries of the dynamic section, up to its end; none where there is no such section.
  func dynamicSection() throws(SealiftError) -> [Dynamic] {
    guard let segment = segments.first(where: { $0.type == Self.dynamic }) else { return [] }
    var entries: [Dynamic] = []
    for index in 0..<min(segment.size / 16, Self.maximumEntries) {
      let place = try sum(segment.offset, index * 16)
      let tag = try number(at: place, 8)
      if tag == 0 { break }
      entries.append(Dynamic(tag: tag, value: try number(at: sum(place, 8), 8)))
    }
    return entries
  }

  /// A text of the table of texts that the dynamic section names.
  func text(_ index: Int, in dynamic: [Dynamic]) throws(SealiftError) -> String {
    guard let table = dynamic.first(where: { $0.tag == Tag.strings }) else {
      throw Self.failure(source, "has no table of texts")
    }
    return try text(at: sum(offset(of: table.value), index))
  }

  /// Where in the file the byte lies that is loaded to an address.
  private func offset(of address: Int) throws(SealiftError) -> Int {
    for segment in segments where segment.type == Self.load {
      let distance = address.subtractingReportingOverflow(segment.address)
      if !distance.overflow, distance.partialValue >= 0, distance.partialValue < segment.size {
        return try sum(segment.offset, distance.partialValue)
      }
    }
    throw Self.failure(source, "names an address that it does not load")
  }

  private func text(at offset: Int) throws(SealiftError) -> String {
    guard bytes.indices.contains(offset) else { throw Self.failure(source, "ends early") }
    let text = bytes[offset...].prefix(Self.maximumText).prefix { $0 != 0 }
    guard text.count < Self.maximumText, let decoded = String(validating: text, as: UTF8.self) else {
      throw Self.failure(source, "has a name that is no text")
    }
    return decoded
  }

  private func number(at offset: Int, _ count: Int) throws(SealiftError) -> Int {
    guard offset >= 0, offset <= bytes.count - count else { throw Self.failure(source, "ends early") }
    let part = bytes[offset..<offset + count]
    let value = (isBigEndian ? Array(part) : part.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: value) else { throw Self.failure(source, "has a number that is too large") }
    return number
  }

  private func sum(_ first: Int, _ second: Int) throws(SealiftError) -> Int {
    let (sum, overflow) = first.addingReportingOverflow(second)
    guard !overflow else { throw Self.failure(source, "has an offset that is too large") }
    return sum
  }

  private static func failure(_ source: String, _ problem: String) -> SealiftError {
    SealiftError(.configuration, "\(source) \(problem)", nextStep: "install the program anew")
  }
}
