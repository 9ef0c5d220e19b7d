import Diagnostics
import Parity
import SystemIO
import TestSupport
import Testing

@testable import Volumes

@Suite struct VolumeNameTests {
  @Test(arguments: [1, 9, 10, 99, 998, 999, 1000, 3500])
  func namesOfAnyCountAreInTheOrderOfLs(count: Int) {
    let names = (1...count).map { VolumeName("a.tar.zst", $0, of: count).text }
    #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    #expect(names.first == (count < 1000 ? "a.tar.zst.001" : "a.tar.zst.0001"))
    #expect(names.compactMap { VolumeName(path: "dir.9/\($0)")?.number } == Array(1...count))
  }

  @Test(arguments: [
    "a.tar.zst", "a.tar.zst.01", "a.tar.zst.12345", "a.tar.zst.001.label.txt", ".001", "a.00x", "a.001/",
  ])
  func otherNamesAreNoVolumes(name: String) { #expect(VolumeName(path: name) == nil) }

  @Test func sizesWithANameAscendAndLeaveRoomOnTheirMedia() {
    let sizes = VolumeSize.named
    #expect(sizes.map(\.bytes) == sizes.map(\.bytes).sorted())
    // What the media hold, in sectors of 2,048 bytes; of FAT32 the greatest file.
    let media = [
      "cd": 360_000 * 2048, "fat32": Volume.largestFileOnFAT, "dvd": 2_295_104 * 2048, "dvd-dl": 4_171_712 * 2048,
      "bd": 11_826_176 * 2048, "bd-dl": 23_652_352 * 2048, "bd-xl": 47_305_728 * 2048,
    ]
    for (name, bytes) in sizes {
      #expect(bytes < media[name] ?? 0 && bytes > (media[name] ?? 0) / 100 * 98, "\(name)")
      let parity = ParityAmount.volumes(2).volumes(of: 14 * bytes, volumeBytes: bytes)
      #expect(parity.bytes < media[name] ?? 0, "\(name), parity")
    }
  }

  @Test func moreVolumesThanABundleHasAreRefused() throws {
    #expect(VolumeSize.count(of: 1, in: 4096) == 1 && VolumeSize.count(of: 4097, in: 4096) == 2)
    try VolumeSize.checkCount(of: 3500 * 4096, in: 4096)
    let error = #expect(throws: SealiftError.self) { try VolumeSize.checkCount(of: 3500 * 4096 + 1, in: 4096) }
    #expect(error?.problem == "the bundle needs 3501 volumes of 4 KiB, and 3500 is the most that one has")
  }

  @Test func anyMemoryIsDealtToTheVolumesThatItBelongsTo() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let cut = VolumeCut(volumeBytes: .random(in: 1...50, using: &random))
      let sizes = (0..<Int.random(in: 0...6, using: &random)).map { _ in Int.random(in: 0...60, using: &random) }
      let offset = Int.random(in: 0...200, using: &random)
      let memory = Array(UInt8(0)...255) + Array(UInt8(0)...255)
      memory.withUnsafeBytes { memory in
        var place = 0
        let parts = sizes.map { size in
          defer { place += size }
          return UnsafeRawBufferPointer(rebasing: memory[place..<place + size])
        }
        var position = offset
        for piece in cut.pieces(parts, at: offset) {
          #expect(piece.volume * cut.volumeBytes + piece.offset == position, "seed \(seed)")
          let bytes = piece.parts.reduce(0) { $0 + $1.count }
          #expect(piece.offset + bytes <= cut.volumeBytes, "seed \(seed)")
          position += bytes
        }
        #expect(position == offset + place, "seed \(seed)")
        #expect(cut.pieces(parts, at: offset).flatMap { $0.parts.flatMap(Array.init) } == Array(memory[..<place]))
      }
    }
  }
}
