import Diagnostics
import Digests
import TestSupport
import Testing

@Suite struct DigestTests {
  private let hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

  @Test func textAndBytesRoundTrip() throws {
    let digest = try Digest("sha256:" + hex)
    #expect(digest.description == "sha256:" + hex)
    #expect(digest.hex == hex)
    #expect(digest.tag == "sha256-" + hex)
    #expect(Digest(hex: hex) == digest)
    let bytes = (0..<32).map { UInt8($0 % 8 * 0x22 + 1) }
    #expect(bytes[0..<3] == [0x01, 0x23, 0x45])
    #expect(bytes.withUnsafeBytes { Digest(bytes: $0) } == digest)
  }

  @Test func everyDigitCounts() throws {
    let digest = try Digest("sha256:" + hex)
    for index in hex.indices {
      let other = hex.replacingCharacters(at: index, with: hex[index] == "0" ? "1" : "0")
      #expect(Digest(hex: other) != digest)
      #expect(Digest(hex: other)?.hex == other)
    }
  }

  @Test(arguments: [0, 1, 31, 33, 64])
  func otherNumbersOfBytesAreNoDigest(count: Int) {
    let bytes = [UInt8](repeating: 0, count: count)
    #expect(bytes.withUnsafeBytes { Digest(bytes: $0) } == nil)
  }

  @Test(arguments: [
    "", "sha256", "sha256:", ":", "sha256:abc", String(repeating: "a", count: 64),
    "SHA256:" + String(repeating: "a", count: 64),
    "sha256:" + String(repeating: "A", count: 64), "sha256:" + String(repeating: "a", count: 63),
    "sha256:" + String(repeating: "a", count: 65), "sha256:" + String(repeating: "g", count: 64),
    "sha256:" + String(repeating: "a", count: 63) + "é", " sha256:" + String(repeating: "a", count: 64),
    "sha256:" + String(repeating: "a", count: 64) + "\n", "sha256-" + String(repeating: "a", count: 64),
  ])
  func otherTextsAreNoDigest(text: String) {
    let error = #expect(throws: SealiftError.self) { try Digest(text) }
    #expect(error?.code == .protocol)
  }

  @Test func anotherAlgorithmIsRefusedByName() {
    let error = #expect(throws: SealiftError.self) { try Digest("sha512:" + String(repeating: "a", count: 128)) }
    #expect(error?.problem.contains("uses sha512, and only sha256 is supported") == true)
  }

  @Test func hexAloneMustBeLowerCaseAndComplete() {
    #expect(Digest(hex: hex.uppercased()) == nil)
    #expect(Digest(hex: hex.dropLast()) == nil)
    #expect(Digest(hex: "sha256:" + hex) == nil)
  }

  @Test func theOrderIsThatOfTheTexts() {
    var generator = SeededGenerator(seed: 1)
    let digests = (0..<200).map { _ in
      SHA256Hasher.digest(of: [
        UInt8.random(in: 0...255, using: &generator), UInt8.random(in: 0...255, using: &generator),
      ])
    }
    #expect(digests.sorted().map(\.description) == digests.map(\.description).sorted())
  }

  @Test func digestsThatBeginAlikeDoNotSlowASet() {
    let growth = Cost.growth(to: 200_000) { count in
      let digests = (0..<count).compactMap { number -> Digest? in
        let tail = String(number, radix: 16)
        return Digest(hex: String(repeating: "0", count: 64 - tail.count) + tail)
      }
      return Cost.of { #expect(Set(digests).count == count) }
    }
    #expect(growth < Cost.linear)
  }
}

extension String {
  fileprivate func replacingCharacters(at index: Index, with character: Character) -> String {
    String(self[..<index]) + String(character) + String(self[self.index(after: index)...])
  }
}
