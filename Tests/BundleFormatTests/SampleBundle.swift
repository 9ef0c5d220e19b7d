import BundleFormat
import OCI
import Signing
import TestSupport
import Testing

/// Bundles of every shape that the format has.
struct SampleBundle: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let layers: [TinyBundle.Layer]
  let release: TinyRelease?

  static let frame = 4 << 20

  static let all = [
    SampleBundle("no layers", []),
    SampleBundle("one raw layer", [.gzip(bytes(3000))]),
    SampleBundle("one plain layer", [.tar(bytes(3000))]),
    SampleBundle("empty layers", [.gzip([])]),
    SampleBundle("an empty plain layer behind a raw one", [.gzip(bytes(1)), .tar([])]),
    SampleBundle("one layer used twice", [.gzip(bytes(700)), .gzip(bytes(700))]),
    SampleBundle("a body of exactly one frame", [.gzip(bytes(frame - 512))]),
    SampleBundle("a body of one frame and a block", [.gzip(bytes(frame))]),
    SampleBundle("a header behind the end of a frame", [.gzip(bytes(frame - 512)), .gzip(bytes(5))]),
    SampleBundle("a header just before the end of a frame", [.gzip(bytes(frame - 1024)), .gzip(bytes(600))]),
    SampleBundle("a tail of exactly one frame", [.tar(bytes(frame - 512))]),
    SampleBundle("a tail of two frames", [.tar(bytes(frame)), .tar(bytes(10))]),
    SampleBundle("a release", [.gzip(bytes(700)), .tar(bytes(300))], TinyRelease()),
    SampleBundle("many and long files of the head", [.gzip(bytes(700))], .large),
    SampleBundle("block boundaries", [.gzip(bytes(128 << 10)), .gzip(bytes(128 << 10 - 512)), .gzip(bytes(511))]),
  ]

  init(_ name: String, _ layers: [TinyBundle.Layer], _ release: TinyRelease? = nil) {
    testDescription = name
    self.layers = layers
    self.release = release
  }

  /// Bytes that do not repeat at any distance that matters here, made quickly.
  static func bytes(_ count: Int) -> [UInt8] {
    var state = UInt64(count) &+ 0x9E37_79B9_7F4A_7C15
    return [UInt8](unsafeUninitializedCapacity: count) { out, filled in
      // In a debug build a loop over a range takes many times as long.
      var index = 0
      while index < count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        out[index] = UInt8(truncatingIfNeeded: state &>> 56)
        index += 1
      }
      filled = count
    }
  }

  /// Writes the bundle, signed with the example's key.
  func write(to path: String) throws -> TinyBundle {
    let bundle = try TinyBundle(layers: layers, keys: [TinyBundle.exampleKey], release: release)
    try bundle.write(to: path)
    return bundle
  }
}

extension TinyRelease {
  /// Files of every length of path, and more than one frame of them.
  fileprivate static var large: TinyRelease {
    var release = TinyRelease()
    for length in 1...95 {
      release.add(String(repeating: "K", count: min(63, 142 - length)), String(repeating: "m", count: length), "")
    }
    for number in 0..<20 { release.add("Large", "large-\(number)", String(repeating: "l", count: 240_000)) }
    return release
  }

  private mutating func add(_ kind: String, _ name: String, _ text: String) {
    templates["config/\(kind)/\(name).yaml"] = """
      apiVersion: v1
      data: "\(text)"
      kind: \(kind)
      metadata:
        name: \(name)

      """
  }
}

extension TinyBundle {
  /// The names of all entries, in file order.
  var entryNames: [String] {
    let blobs = index.metadata.map(\.digest) + index.blobs.map(\.descriptor.digest)
    return ["bundle.json"] + keys.map { "signatures/\($0.id).sig" }.sorted() + ["signatures/.padding"]
      + index.files.map(\.path) + blobs.map(BundleLayout.blobName) + ["frames.sha256"]
  }
}
