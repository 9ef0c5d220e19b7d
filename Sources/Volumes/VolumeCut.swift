internal import Diagnostics
internal import SystemIO

/// How a bundle is cut into volumes: each has the same size, but for the last.
struct VolumeCut: Sendable {
  let volumeBytes: Int

  /// What lies in one volume, of several pieces of memory.
  struct Piece<Memory: MemoryPiece> {
    /// The volume, from 0 on.
    let volume: Int
    /// Where in it the memory begins.
    let offset: Int
    let parts: [Memory]
  }

  /// How many volumes `size` bytes need.
  func count(_ size: Int) -> Int { VolumeSize.count(of: size, in: volumeBytes) }

  /// The bytes of a bundle of `size` bytes that lie in a volume.
  func range(_ volume: Int, of size: Int) -> Range<Int> {
    let start = min(volume * volumeBytes, size)
    return start..<min(start + volumeBytes, size)
  }

  /// Deals pieces of memory that lie one behind the other from `offset` on to the volumes that they belong to.
  func pieces<Memory: MemoryPiece>(_ parts: [Memory], at offset: Int) -> [Piece<Memory>] {
    let count = parts.reduce(0) { $0 + $1.count }
    let place = offset % volumeBytes
    if place + count <= volumeBytes { return [Piece(volume: offset / volumeBytes, offset: place, parts: parts)] }
    var pieces: [Piece<Memory>] = []
    var rest = parts[...]
    var position = offset
    while !rest.isEmpty {
      let place = position % volumeBytes
      let own = take(volumeBytes - place, from: &rest)
      pieces.append(Piece(volume: position / volumeBytes, offset: place, parts: own))
      position += own.reduce(0) { $0 + $1.count }
    }
    return pieces
  }

  /// Fills pieces of memory from the volumes that hold the bytes.
  ///
  /// - Parameter file: Gives a volume, from 0 on; `nil` for one that is not there.
  /// - Returns: The number of bytes up to the first that is not there.
  func read(
    _ parts: [UnsafeMutableRawBufferPointer], at offset: Int, from file: (Int) throws(SealiftError) -> File?
  ) throws(SealiftError) -> Int {
    var done = 0
    for piece in pieces(parts, at: offset) {
      guard let file = try file(piece.volume) else { break }
      let count = try file.read(piece.parts, at: piece.offset)
      done += count
      if count < piece.parts.reduce(0, { $0 + $1.count }) { break }
    }
    return done
  }

  /// Takes memory of at most `limit` bytes, cutting the last piece where it is too long.
  private func take<Memory: MemoryPiece>(_ limit: Int, from rest: inout ArraySlice<Memory>) -> [Memory] {
    var taken: [Memory] = []
    var room = limit
    while let first = rest.first, room > 0 || first.isEmpty {
      if first.count <= room {
        taken.append(rest.removeFirst())
        room -= first.count
      } else {
        taken.append(first.piece(0..<room))
        rest[rest.startIndex] = first.piece(room..<first.count)
        room = 0
      }
    }
    return taken
  }
}

/// A piece of memory that can be cut.
protocol MemoryPiece {
  var count: Int { get }
  var isEmpty: Bool { get }
  func piece(_ range: Range<Int>) -> Self
}

extension UnsafeRawBufferPointer: MemoryPiece {
  func piece(_ range: Range<Int>) -> Self { Self(rebasing: self[range]) }
}

extension UnsafeMutableRawBufferPointer: MemoryPiece {
  func piece(_ range: Range<Int>) -> Self { Self(rebasing: self[range]) }
}
