@testable import BundleFormat
import Diagnostics
import Digests
import OCI
import TestSupport
import Testing

/// Indexes that list too much, or all that can be listed: a stranger's file costs little.
struct IndexBoundsTests {
  /// One list of the index that has more elements than the example's.
  struct Longer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// What the elements stand behind.
    let opening: String
    let count: Int
    let element: @Sendable (Int) -> String
    /// Part of the message.
    let reason: String

    /// The bytes of the index.
    var bytes: [UInt8] {
      get throws {
        let text = String(decoding: try TinyBundle.example.index.bytes, as: UTF8.self)
        let place = opening.replacing(/"also".*/, with: "")
        let start = try #require(text.firstRange(of: place), "there is no \(place)")
        var bytes = Array((text[..<start.lowerBound] + opening).utf8)
        for number in 0..<count {
          bytes += element(number).utf8
          bytes.append(UInt8(ascii: ","))
        }
        return bytes + text[start.upperBound...].utf8
      }
    }
  }

  private static func digest(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "sha256:" + String(repeating: "0", count: 64 - digits.count) + digits
  }

  private static let texts = "its lists have more than \(BundleIndex.maximumTexts) texts"

  static let tooMany = [
    Longer(
      testDescription: "images", opening: #""images":["#, count: BundleIndex.maximumImages,
      element: {
        #"{"destination":"a","digest":"\#(digest($0))","mediaType":"","platforms":[],"reason":"requested","size":0,"#
          + #""source":"s","tags":[]}"#
      },
      reason: "a list has more than \(BundleIndex.maximumImages) elements"),
    Longer(
      testDescription: "media types", opening: #""metadata":["#, count: BundleIndex.maximumMediaTypes,
      element: { #"{"digest":"\#(digest($0))","mediaType":"\#($0)","size":0}"# },
      reason: "it has more than \(BundleIndex.maximumMediaTypes) media types"),
    Longer(
      testDescription: "tags", opening: #""tags":["#, count: BundleIndex.maximumTexts, element: { "\"\($0)\"" },
      reason: texts),
    Longer(
      testDescription: "further requests with sources", opening: #""images":[{"also":["#,
      count: BundleIndex.maximumTexts / 2,
      element: { #"{"reason":"requested","source":"\#($0)"}"# }, reason: texts),
    Longer(
      testDescription: "packages", opening: #""packages":["#, count: BundleIndex.maximumTexts / 2,
      element: { #"{"bundles":[],"channels":[],"defaultChannel":"","name":"\#($0)"}"# }, reason: texts),
  ]

  @Test("More than can be listed", arguments: tooMany)
  func tooMuch(_ longer: Longer) throws {
    let bytes = try longer.bytes
    let error = #expect(throws: SealiftError.self) { try BundleIndex(bytes) }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains(longer.reason) == true, "\(error?.problem ?? "taken")")
  }

  /// The example with as many manifests besides, each of another digest.
  private static func index(metadata count: Int) throws -> BundleIndex {
    var index = try TinyBundle.example.index
    for number in 0..<count {
      let digest = [number, 0, 0, 0].withUnsafeBytes { Digest(bytes: $0) }
      index.metadata.append(Descriptor(mediaType: .ociManifest, digest: try #require(digest), size: 2))
    }
    return index
  }

  @Test("More blobs and metadata than can be listed together")
  func tooManyBlobs() throws {
    let listed = try TinyBundle.example.index
    let room = BundleIndex.maximumBlobs - listed.metadata.count - listed.blobs.count
    #expect(try Self.index(metadata: room).placesOfBlobs().count == BundleIndex.maximumBlobs)
    let more = try Self.index(metadata: room + 1)
    let error = #expect(throws: SealiftError.self) { try more.placesOfBlobs() }
    #expect(error?.problem.contains("it has more than \(BundleIndex.maximumBlobs) blobs") == true)
  }

  @Test("Checking the most that can be listed takes little memory", .enabled(if: Memory.canReset))
  func memory() async {
    await #expect(processExitsWith: .success) {
      var before = try Memory.resetPeak()
      var index = try IndexBoundsTests.index(metadata: BundleIndex.maximumBlobs - 8)
      index.metadata.append(index.metadata[0])
      #expect(throws: SealiftError.self) { try index.check() }
      var growth = try #require(Memory.peak) - before
      // With the program itself, 25 MiB, and an index of 32 MiB that is less than 128.
      #expect(growth <= 64 << 20, "\(growth >> 20) MiB for blobs")
      index = try TinyBundle.example.index
      before = try Memory.resetPeak()
      // Each name is one of 256 bytes, if it is made.
      index.images[0].destination = String(repeating: "b", count: 250)
      index.images[0].tags = (0..<131_000).map { "\($0)" } + ["/"]
      #expect(throws: SealiftError.self) { try index.check() }
      growth = try #require(Memory.peak) - before
      #expect(growth <= 32 << 20, "\(growth >> 20) MiB for tags")
    }
  }
}
