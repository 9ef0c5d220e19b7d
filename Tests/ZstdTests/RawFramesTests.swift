import TestSupport
import Testing
import SystemIO
import Zstd

struct RawFramesTests {
  static let full = 4 << 20
  static let block = 128 << 10
  static let boundaries = [
    0, 1, 511, 512, block - 1, block, block + 1, full - 1, full, full + 1, 2 * full, 2 * full + block + 7,
  ]

  /// The stored form, made without the arithmetic under test: frame by frame, block by block.
  static func stored(_ content: [UInt8]) -> [UInt8] {
    var stored: [UInt8] = []
    for start in stride(from: 0, to: content.count, by: full) {
      let frame = content[start..<min(start + full, content.count)]
      stored += [0x28, 0xB5, 0x2F, 0xFD, 0xA0]
      stored += (0..<4).map { UInt8(frame.count >> ($0 * 8) & 0xFF) }
      for blockStart in stride(from: frame.startIndex, to: frame.endIndex, by: block) {
        let piece = frame[blockStart..<min(blockStart + block, frame.endIndex)]
        let header = piece.count << 3 | (piece.endIndex == frame.endIndex ? 1 : 0)
        stored += (0..<3).map { UInt8(header >> ($0 * 8) & 0xFF) } + piece
      }
    }
    return stored
  }

  @Test("The stored size is that of the stored form", arguments: boundaries)
  func size(_ count: Int) {
    let stored = Self.stored([UInt8](repeating: 7, count: count))
    #expect(RawFrames(contentBytes: count).storedBytes == stored.count)
    #expect(RawFrames(contentBytes: count).frames.reduce(0, +) == count)
  }

  @Test("Every position is where the stored form has it, and what stands before it is the preamble")
  func positions() {
    let count = Self.full + 2 * Self.block + 5
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    let stored = Self.stored(content)
    let frames = RawFrames(contentBytes: count)
    let edges = [0, Self.block, Self.full, Self.full + Self.block, Self.full + 2 * Self.block, count]
    let near = edges.flatMap { edge in (edge - 3...edge + 3).filter { (0..<count).contains($0) } }
    for position in near + Array(stride(from: 0, to: count, by: 997)) {
      let offset = frames.storedOffset(of: position)
      let preamble = frames.preamble(at: position)
      #expect(stored[offset] == content[position], "position \(position)")
      #expect(Array(stored[offset - preamble.count..<offset]) == preamble, "position \(position)")
    }
    #expect(frames.storedOffset(of: count) == stored.count)
  }

  @Test("The stored offset can be turned back into the position")
  func inverse() {
    let frames = RawFrames(contentBytes: 3 * Self.full)
    for position in stride(from: 0, to: 3 * Self.full, by: 4099) {
      let offset = frames.storedOffset(of: position)
      let inFrame = offset % 4_194_409 - 9
      let inverse = offset / 4_194_409 * Self.full + inFrame - 3 * (inFrame / (Self.block + 3) + 1)
      #expect(inverse == position)
    }
  }

  @Test("The example of the document holds")
  func documentedExample() {
    #expect(70_000 + RawFrames(contentBytes: 8 << 20).storedOffset(of: 5_000_000) == 5_070_135)
    #expect(RawFrames(contentBytes: Self.full).storedBytes == 4_194_409)
  }

  @Test("Pieces cover a range without gaps and never cross a block")
  func pieces() {
    let frames = RawFrames(contentBytes: 2 * Self.full)
    for range in [0..<0, 5..<6, 0..<Self.block, Self.block - 1..<Self.block + 1, 100..<Self.full + Self.block + 9] {
      let pieces = Array(frames.pieces(range))
      #expect(pieces.reduce(range.lowerBound) { $1.lowerBound == $0 ? $1.upperBound : -1 } == range.upperBound)
      #expect(pieces.allSatisfy { $0.lowerBound / Self.block == ($0.upperBound - 1) / Self.block })
    }
  }

  @Test("zstd decodes raw frames to their content", .enabled(if: hasTool("zstd"), "zstd is not installed"))
  func tool() throws {
    let content = (0..<Self.full + Self.block + 17).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let frames = RawFrames(contentBytes: content.count)
    let directory = try TemporaryDirectory()
    let file = try File(directory("raw.zst"), .create)
    for piece in frames.pieces(0..<content.count) {
      let preamble = frames.preamble(at: piece.lowerBound)
      try file.write(preamble + content[piece], at: frames.storedOffset(of: piece.lowerBound) - preamble.count)
    }
    #expect(try file.size() == frames.storedBytes)
    let result = try runTool("zstd", ["-d", "-q", directory("raw.zst"), "-o", directory("raw")])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try FileSystem.read(directory("raw"), limit: 1 << 24) == content)
  }
}
