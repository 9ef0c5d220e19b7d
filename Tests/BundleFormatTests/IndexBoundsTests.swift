@testable import BundleFormat
import Diagnostics
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
      testDescription: "blobs and metadata together", opening: #""blobs":["#, count: BundleIndex.maximumBlobs - 2,
      element: { #"{"digest":"\#(digest($0))","encoding":"zstd","mediaType":"","size":0}"# },
      reason: "it has more than \(BundleIndex.maximumBlobs) blobs"),
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

  /// All that can be listed of a kind, and the last element is wrong.
  static let most = [
    Longer(
      testDescription: "a digest twice at the end", opening: #""metadata":["#, count: BundleIndex.maximumBlobs - 8,
      element: { number in
        let digest = digest(number == BundleIndex.maximumBlobs - 9 ? 0 : number)
        return #"{"digest":"\#(digest)","mediaType":"application/vnd.oci.image.manifest.v1+json","size":2}"#
      }, reason: "is listed twice"),
    Longer(
      testDescription: "many names that are long", opening: #""tags":["#, count: 131_000,
      element: { number in
        let name = "\(number)"
        return "\"\(String(repeating: "x", count: 120 - name.count))\(number == 130_999 ? "/" : name)\""
      }, reason: "is not a tag"),
  ]

  @Test("The most that can be listed takes little memory", .enabled(if: Memory.canReset))
  func memory() async {
    await #expect(processExitsWith: .success) {
      for longer in IndexBoundsTests.most {
        let bytes = try longer.bytes
        let before = try Memory.resetPeak()
        let error = #expect(throws: SealiftError.self) { try BundleIndex(bytes) }
        #expect(error?.problem.contains(longer.reason) == true, "\(error?.problem ?? "taken")")
        let growth = try #require(Memory.peak) - before
        // With the program itself, 25 MiB, and an index of 32 MiB that is less than 128.
        #expect(growth <= 48 << 20, "\(longer.testDescription): \(growth >> 20) MiB")
      }
    }
  }
}
