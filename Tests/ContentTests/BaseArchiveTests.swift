import BundleFormat
import Diagnostics
import Digests
import OCI
import Signing
import SystemIO
import TestSupport
import Testing

@testable import Content

/// Blobs that are read out of an older bundle.
@Suite struct BaseArchiveTests {
  private let directory: TemporaryDirectory
  private let pool = BlockingPool(threads: 2)

  init() throws { directory = try TemporaryDirectory() }

  private var trust: TrustOptions {
    var trust = TrustOptions()
    trust.allowUnsigned = true
    return trust
  }

  private func archive(_ bundle: TinyBundle) throws -> BaseArchive {
    try bundle.write(to: directory("old.tar.zst"))
    return try BaseArchive(directory("old.tar.zst"), trust, pool: pool)
  }

  @Test func anyRangeOfAnyBlobIsRead() async throws {
    // More than one frame of the compressed one, and more than one block of the raw one.
    let large = LayoutFixture.noise(seed: 2, size: 9 << 20)
    let raw = LayoutFixture.noise(seed: 1, size: 300_000)
    let archive = try archive(TinyBundle(layers: [.gzip(raw), .gzip([1]), .tar(large), .tar([2, 3])], keys: []))
    var seed = UInt64.random(in: .min ... .max)
    for blob in archive.bundle.head.verified.index.blobs.map(\.descriptor) {
      let content = [raw, [1], large, [2, 3]].first { SHA256Hasher.digest(of: $0) == blob.digest } ?? []
      var ranges = [0..<blob.size, 0..<1, blob.size - 1..<blob.size, 0..<0]
      for _ in 0..<4 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let start = Int(seed >> 33) % blob.size
        ranges.append(start..<min(blob.size, start + Int(seed >> 40 & 0xFFFFF)))
      }
      for range in ranges {
        let read = Shared<[UInt8]>([])
        try await archive.read(blob, range) { bytes in read.with { $0 += bytes } }
        #expect(read.with { $0 } == Array(content[range]), "\(range) of \(blob.size) bytes, seed \(seed)")
      }
    }
  }

  @Test func whatItDoesNotHaveIsNamed() async throws {
    let archive = try archive(TinyBundle(layers: [.gzip([1])], keys: []))
    let own = try #require(archive.bundle.head.verified.index.blobs.first?.descriptor)
    #expect(archive.has(own) && archive.content(of: own) != nil)
    // A digest with another size is another claim.
    let lie = Descriptor(mediaType: own.mediaType, digest: own.digest, size: 2)
    #expect(!archive.has(lie) && archive.content(of: lie) == nil)
    let error = await #expect(throws: SealiftError.self) { try await archive.read(lie, 0..<1) { _ in } }
    #expect(error?.code == .notFound)
  }
}

/// What stands in the file of a receipt.
@Suite struct SignedReceiptTests {
  private func receipt(_ text: String) throws -> SignedReceipt { try SignedReceipt(Array(text.utf8), path: "r.json") }

  @Test func oneLineOrTwoAreTaken() throws {
    let id = String(repeating: "a", count: 64)
    let second = #"{"signatures":[{"keyID":"\#(id)","signature":"AQI="}]}"#
    for text in ["{}", "{}\n"] {
      let one = try receipt(text)
      #expect(one.line == Array("{}".utf8) && one.signatures.isEmpty)
    }
    for text in ["{}\n\(second)", "{}\n\(second)\n"] {
      let two = try receipt(text)
      #expect(two.line == Array("{}".utf8))
      #expect(two.signatures.map(\.bytes) == [[1, 2]] && two.signatures.first?.keyID.description == id)
      #expect(SignedReceipt.line(of: two.signatures) == Array(second.utf8))
    }
  }

  @Test func aLayoutOfManyLinesIsOneReceipt() throws {
    let text = "{\n  \"a\": 1\n}"
    #expect(try receipt(text + "\n").line == Array(text.utf8))
  }

  @Test(arguments: [
    #"{"signatures":[]}"#, #"{"signatures":[{"keyID":"a","signature":"AQI="}]}"#, #"{"signatures":"#,
    "{\"signatures\":[{\"keyID\":\"\(String(repeating: "a", count: 64))\",\"signature\":\"AQI=\"}]}\n{}",
  ])
  func anyOtherSecondLineIsRefused(_ line: String) {
    let error = #expect(throws: SealiftError.self) { try receipt("{}\n" + line) }
    #expect(error?.code == .configuration)
  }
}
