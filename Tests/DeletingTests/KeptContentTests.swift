import Content
import Diagnostics
import Digests
import SystemIO
import TestSupport
import Testing

@testable import Deleting

/// What a receipt says must stay.
struct KeptContentTests {
  private static let digest = SHA256Hasher.digest(of: Array("an image".utf8))

  private func kept(_ receipt: String, host: String = "r.example") throws -> KeptContent {
    let directory = try TemporaryDirectory()
    try FileSystem.write(Array(receipt.utf8), to: directory("receipt.json"))
    var kept = KeptContent()
    try kept.add(directory("receipt.json"), host: host) {
      throw SealiftError(.usage, "it was opened as a bundle", nextStep: "read it as a receipt")
    }
    return kept
  }

  private func receipt(failure: String = "null", manifests: String? = nil) -> String {
    let digest = Self.digest.description
    let manifests = manifests ?? #"[{"repository":"mirror/a","digest":"\#(digest)"}]"#
    return
      #"{"apiVersion":"sealift/receipt/v1","target":"r.example/mirror","bundle":"\#(digest)","failure":\#(failure),"#
      + #""manifests":\#(manifests),"blobs":[{"digest":"\#(digest)"}],"tags":[{"name":"mirror/b:1","digest":"\#(digest)"}]}"#
  }

  @Test("Manifests, blobs and what tags stand for stay") func keeps() throws {
    let kept = try kept(receipt())
    let places = [
      ManifestPlace(repository: "mirror/a", digest: Self.digest), .init(repository: "mirror/b", digest: Self.digest),
    ]
    #expect(kept.places.keys.sorted() == places)
    #expect(kept.tags == ["mirror/b:1": [Self.digest]])
    #expect(kept.blobs == [Self.digest])
  }

  @Test("A receipt of another registry keeps nothing here") func anotherRegistry() throws {
    let error = #expect(throws: SealiftError.self) { try kept(receipt(), host: "other.example") }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains("not of the registry other.example") == true)
  }

  @Test("A run that failed does not tell all that its images need", arguments: [#""no room""#])
  func failedRun(_ failure: String) throws {
    let error = #expect(throws: SealiftError.self) { try kept(receipt(failure: failure)) }
    #expect(error?.problem.contains("did not bring all images") == true)
  }

  @Test("A digest that is none is refused") func noDigest() {
    #expect(throws: SealiftError.self) { try kept(receipt(manifests: #"[{"repository":"a","digest":"sha256:1"}]"#)) }
  }
}
