@testable import BundleFormat
import Diagnostics
import OCI
import TestSupport
import Testing

/// What the work of proving manifests is bounded by.
struct ClosureTests {
  @Test("Manifests with more values than a reader counts are refused, together")
  func values() throws {
    var draft = BundleDraft()
    let layer = draft.addBlob(Array("layer".utf8))
    let config = draft.addMetadata(.ociConfig, Array("{}".utf8))
    let image = draft.addManifest(config: config, layers: [layer])
    let text = String(decoding: try #require(draft.contents[image.digest]), as: UTF8.self)
    let numbers = String(repeating: "0,", count: 1 << 20) + "0"
    let manifest = try Manifest(
      Array(text.replacing(/^\{/, with: #"{"numbers":[\#(numbers)],"#).utf8), mediaType: .ociManifest, source: "it")
    // The members of the manifest, of its config and of its layer, one layer, and the numbers.
    #expect(manifest.valueCount == 5 + 3 + 3 + 1 + (1 << 20) + 1)

    var closure = Closure(draft.index)
    let place = try #require(draft.index.metadata.firstIndex { $0.digest == image.digest })
    for _ in 0..<3 { try closure.add(manifest, at: place) }
    let error = #expect(throws: SealiftError.self) { try closure.add(manifest, at: place) }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains("its manifests hold more than \(1 << 22) values") == true)
  }
}
