import Testing
import Zstd

struct SeekTableTests {
  static let entries = [
    SeekTable.Entry(storedBytes: 1, contentBytes: 2), SeekTable.Entry(storedBytes: 4_194_409, contentBytes: 4 << 20),
  ]

  @Test("The table has the bytes of the seekable format")
  func bytes() {
    #expect(
      SeekTable(Self.entries).bytes == [
        0x5E, 0x2A, 0x4D, 0x18, 25, 0, 0, 0,
        1, 0, 0, 0, 2, 0, 0, 0,
        0x69, 0, 0x40, 0, 0, 0, 0x40, 0,
        2, 0, 0, 0, 0, 0xB1, 0xEA, 0x92, 0x8F,
      ])
    #expect(SeekTable.byteCount(frames: 2) == SeekTable(Self.entries).bytes.count)
    #expect(SeekTable(Self.entries).bytes.suffix(4) == SeekTable.lastBytes[...])
  }

  @Test("A table is read back")
  func roundTrip() {
    let table = SeekTable(Self.entries)
    #expect(SeekTable(table.bytes, frames: 2) == table)
    #expect(SeekTable(SeekTable().bytes, frames: 0) == SeekTable())
  }

  @Test("A changed bit outside the sizes, another count and another length are refused")
  func refused() {
    let bytes = SeekTable(Self.entries).bytes
    for index in bytes.indices where !(8..<24).contains(index) {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << UInt8(bit)
        #expect(SeekTable(changed, frames: 2) == nil, "byte \(index), bit \(bit)")
      }
    }
    #expect(SeekTable(bytes, frames: 1) == nil)
    #expect(SeekTable(Array(bytes.dropLast()), frames: 2) == nil)
    #expect(SeekTable(bytes + [0], frames: 2) == nil)
  }
}
