internal import Diagnostics
internal import SystemIO
internal import Zstd

/// Reads a stretch of raw frames, whose every byte that is not content has one legal value.
final class RawReader: TarStream {
  private let input: BundleInput
  private let frames: RawFrames
  private let sectionOffset: Int
  private var position: Int

  /// - Parameters:
  ///   - input: Stands just before the frame or block header of the byte at `position`, if one is there.
  ///   - sectionOffset: Where the section begins in the file.
  ///   - position: The first byte of the tar stream to read, from the beginning of the section.
  init(_ input: BundleInput, _ frames: RawFrames, sectionOffset: Int, position: Int = 0) {
    self.input = input
    self.frames = frames
    self.sectionOffset = sectionOffset
    self.position = position
  }

  /// Reads a file's body.
  ///
  /// - Parameters:
  ///   - bodyOffset: Where the body begins in the file.
  ///   - position: The first byte of the tar stream to read, from the beginning of the body.
  convenience init(_ file: any BundleMedium, _ body: RawFrames, bodyOffset: Int, position: Int) {
    let start = bodyOffset + body.storedOffset(of: position) - body.preamble(at: position).count
    self.init(BundleInput(file, from: start), body, sectionOffset: bodyOffset, position: position)
  }

  var medium: any BundleMedium { input.medium }
  var fileOffset: Int { sectionOffset + frames.storedOffset(of: position) }

  func fill(_ out: UnsafeMutableRawBufferPointer, of name: String) throws(SealiftError) {
    let end = position + out.count
    guard end <= frames.contentBytes else {
      throw .damaged(medium, entry: name, offset: fileOffset, "it goes on behind the end of its section")
    }
    let pieces = Array(frames.pieces(position..<end))
    let preambles = pieces.map { frames.preamble(at: $0.lowerBound) }
    var found = [UInt8](repeating: 0, count: preambles.reduce(0) { $0 + $1.count })
    var scratch = found.mutableSpan
    try scratch.withUnsafeMutableBytes { (found) throws(SealiftError) in
      var parts: [UnsafeMutableRawBufferPointer] = []
      var used = 0
      for (piece, preamble) in zip(pieces, preambles) {
        if !preamble.isEmpty {
          parts.append(UnsafeMutableRawBufferPointer(rebasing: found[used..<used + preamble.count]))
        }
        used += preamble.count
        parts.append(
          UnsafeMutableRawBufferPointer(rebasing: out[piece.lowerBound - position..<piece.upperBound - position]))
      }
      try input.fill(parts, of: name)
    }
    try check(found, preambles, pieces, name)
    position = end
  }

  private func check(
    _ found: [UInt8], _ expected: [[UInt8]], _ pieces: [Range<Int>], _ name: String
  ) throws(SealiftError) {
    var rest = found[...]
    for (preamble, piece) in zip(expected, pieces) {
      guard rest.starts(with: preamble) else {
        let offset = sectionOffset + frames.storedOffset(of: piece.lowerBound) - preamble.count
        throw .damaged(medium, entry: name, offset: offset, "the header of a raw block is wrong")
      }
      rest = rest.dropFirst(preamble.count)
    }
  }
}
