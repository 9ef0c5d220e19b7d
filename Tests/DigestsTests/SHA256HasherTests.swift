import Digests
import SystemIO
import TestSupport
import Testing

@Suite struct SHA256HasherTests {
  @Test(
    .enabled(if: hasTool("sha256sum") && hasTool("openssl"), "needs sha256sum and openssl"),
    arguments: [0, 1, 55, 56, 63, 64, 65, 1000, 1 << 20])
  func agreesWithOtherPrograms(count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let directory = try TemporaryDirectory()
    try FileSystem.write(bytes, to: directory("content"))
    let digest = SHA256Hasher.digest(of: bytes)
    #expect(try runTool("sha256sum", [directory("content")]).output.hasPrefix(digest.hex + " "))
    #expect(try runTool("openssl", ["dgst", "-sha256", "-r", directory("content")]).output.hasPrefix(digest.hex + " "))
  }

  @Test(arguments: [1, 3, 64, 100, 999])
  func piecesGiveTheDigestOfTheWhole(step: Int) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let hasher = SHA256Hasher()
    bytes.withUnsafeBytes { whole in
      for start in stride(from: 0, to: bytes.count, by: step) {
        hasher.update(UnsafeRawBufferPointer(rebasing: whole[start..<min(start + step, bytes.count)]))
      }
    }
    #expect(hasher.finalize() == SHA256Hasher.digest(of: bytes))
  }

  @Test func aHasherStartsAgainAfterItsEndAndAfterReset() {
    let hasher = SHA256Hasher()
    [UInt8](1...9).withUnsafeBytes { hasher.update($0) }
    _ = hasher.finalize()
    #expect(hasher.finalize() == SHA256Hasher.digest(of: []))
    [UInt8](1...9).withUnsafeBytes { hasher.update($0) }
    hasher.reset()
    #expect(hasher.finalize() == SHA256Hasher.digest(of: []))
  }
}
