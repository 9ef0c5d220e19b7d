import Diagnostics
import Digests
import SystemIO
import TestSupport
import Testing

@testable import Parity

/// What `formats/parity-v1.md` shows is what the code writes, and what arithmetic from the document alone gives.
///
/// With `SEALIFT_UPDATE_FORMATS=1` in the environment the example in the document is written anew.
@Suite struct ParityDocumentTests {
  private static let document = Repository.path("formats/parity-v1.md")
  private static let heading = "## Nine bytes with parity, byte by byte\n"
  private static let bundle = Array("abcdefgh\n".utf8)
  private static let id = SHA256Hasher.digest(of: bundle)

  /// The parity volumes of nine bytes in stretches of four.
  private func volumes() async throws -> [[UInt8]] {
    let directory = try TemporaryDirectory()
    try FileSystem.write(Self.bundle, to: directory("whole"))
    let parity = try UnfinishedParity(
      .volumes(2), of: directory("a"), bundleBytes: Self.bundle.count, volumeBytes: 4)
    try await parity.write(
      File(directory("whole"), .read), id: Self.id, pool: BlockingPool(threads: 1), reporter: SilentReporter())
    return try parity.name().map { try FileSystem.read($0, limit: 1 << 20) }
  }

  private func text() throws -> String {
    String(decoding: try FileSystem.read(Self.document, limit: 1 << 20), as: UTF8.self)
  }

  /// The last section of the document.
  private func example() async throws -> String {
    let volume = try await volumes()[0]
    return """

      To show all of it, this is parity of a file that is no bundle: `abcdefgh` and a line feed, in stretches of 4 bytes, with
      2 parity volumes. Its SHA-256 stands for the id. There are three data shards, `abcd`, `efgh` and the line feed, and one
      column. A test makes this section anew and compares; another computes it from this document.

      The first parity volume, \(volume.count) bytes:

      ```text
      \(HexDump.lines(volume, at: 0).joined(separator: "\n"))
      ```

      """
  }

  @Test("The dump in the document is what the code writes")
  func dumpIsCurrent() async throws {
    let text = try text()
    let example = try await example()
    if RunningProcess.environment("SEALIFT_UPDATE_FORMATS") == "1" {
      let start = text.firstRange(of: Self.heading)?.lowerBound ?? text.endIndex
      return try FileSystem.write(Array((text[..<start] + Self.heading + example).utf8), to: Self.document)
    }
    let start = try #require(text.firstRange(of: Self.heading)?.upperBound)
    #expect(
      text[start...] == example, "update it with SEALIFT_UPDATE_FORMATS=1 swift test --filter ParityDocumentTests")
  }

  /// CRC-32 bit by bit, as RFC 1952 has it.
  private func crc(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return withUnsafeBytes(of: (crc ^ 0xFFFF_FFFF).littleEndian) { Array($0) }
  }

  @Test func theVolumesAreWhatTheDocumentAsksFor() async throws {
    let volumes = try await volumes()
    let data = [Array("abcd".utf8), Array("efgh".utf8), Array("\n".utf8)]
    let parity = (0..<2).map { row in
      (0..<4).map { place in
        (0..<3).reduce(UInt8(0)) { sum, shard in
          let byte = place < data[shard].count ? data[shard][place] : 0
          return sum ^ FieldArithmetic.product(FieldArithmetic.inverse(UInt8((3 + row) ^ shard)), byte)
        }
      }
    }
    var table = (data + parity).flatMap { crc($0) }
    table += [UInt8](repeating: 0, count: 4092 - table.count)
    table += crc(table)
    let digest = SHA256Hasher.digest(of: table).hex
    for (row, volume) in volumes.enumerated() {
      let members =
        #"{"apiVersion":"sealift-parity/v1","bundle":"\#(Self.id)","chunkSize":4096,"groups":1,"number":\#(row + 1),"#
        + #""parity":2,"size":9,"table":"\#(digest)","volumeSize":4}"#
      var header = Array(members.utf8)
      header += [UInt8](repeating: 0, count: 4092 - header.count)
      header += crc(header)
      #expect(volume == header + parity[row] + table + header)
    }
  }
}
