@testable import BundleFormat
import Digests
import Glibc
import OCI
import Signing
import SystemIO
import Tar
import TestSupport
import Testing
import Zstd

/// The tiny bundle that `formats/bundle-v1.md` shows byte by byte.
///
/// With `SEALIFT_UPDATE_FORMATS=1` in the environment the example in the document is written anew.
struct ExampleTests {
  static let document = Repository.path("formats/bundle-v1.md")
  static let zstdVersion = "1.5.4"
  static let heading = "## A tiny bundle, byte by byte\n"
  static let next = "## Changes\n"

  static func documentText() throws -> String {
    String(decoding: try FileSystem.read(document, limit: 1 << 20), as: UTF8.self)
  }

  @Test(
    "The dump in the document is what the code writes",
    .enabled(
      if: ZstdCompressor.libraryVersion == zstdVersion,
      "compressed frames differ with the version of libzstd, and the document has those of \(zstdVersion)"))
  func dumpIsCurrent() throws {
    let example = try ExampleText(TinyBundle.example).text
    let text = try Self.documentText()
    let start = try #require(text.firstRange(of: Self.heading)?.upperBound)
    let end = try #require(text.firstRange(of: Self.next)?.lowerBound)
    if Self.isUpdating {
      try FileSystem.write(Array((text[..<start] + example + text[end...]).utf8), to: Self.document)
    } else {
      #expect(text[start..<end] == example, "update it with SEALIFT_UPDATE_FORMATS=1 swift test --filter ExampleTests")
    }
  }

  @Test("The keys of the example are those in the repository")
  func keysAreCurrent() throws {
    for (path, key) in [
      ("tiny.pub", try TinyBundle.exampleKey.publicKey.pem), ("second.pub", try TinyBundle.secondKey.publicKey.pem),
      ("tiny.gpg", TinyRelease.example.key),
    ] {
      let path = Repository.path("formats/examples/\(path)")
      if Self.isUpdating { try FileSystem.write(key, to: path) }
      #expect(try FileSystem.read(path, limit: 1 << 16) == key)
    }
  }

  @Test("The dump in the document, whatever made it, reads as a whole and proven bundle")
  func dumpIsReadable() throws {
    let text = try Self.documentText()
    let section = try #require(text.firstRange(of: Self.heading).map { text[$0.upperBound...] })
    let lines = section.split(separator: "\n").filter { $0 == "*" || $0.wholeMatch(of: #/[0-9a-f]{8}  .*\|/#) != nil }
    let bytes = try #require(HexDump.bytes(lines))
    let key = try PublicKey(file: Repository.path("formats/examples/tiny.pub"))
    let directory = try TemporaryDirectory()
    try FileSystem.write(bytes, to: directory("tiny.tar.zst"))
    let front = try Verification.run(File(directory("tiny.tar.zst"), .read), TrustPolicy(keys: [key]), pipe: false)
    #expect(front.indexBytes == (try TinyBundle.example.index.bytes))
  }

  /// Whether what lies in `formats/` is to be made anew.
  static var isUpdating: Bool { getenv("SEALIFT_UPDATE_FORMATS").map { String(cString: $0) } == "1" }
}

/// The example's section of the document: each part of the file with what it is.
private struct ExampleText {
  private let bundle: TinyBundle
  private let bytes: [UInt8]
  private let layout: BundleLayout
  private let tail: [StoredFrame]
  private let head: ProvenHead

  init(_ bundle: TinyBundle) throws {
    let directory = try TemporaryDirectory()
    try bundle.write(to: directory("a"))
    self.bundle = bundle
    bytes = try FileSystem.read(directory("a"), limit: 1 << 20)
    let input = BundleInput(try File(directory("a"), .read))
    head = try input.readHead(BundleFront.read(input).verify(bundle.policy)) { _, _ in }
    layout = head.verified.layout
    let content = try #require(layout.tailContents.first)
    let reader = CompressedReader(
      BundleInput(try File(directory("a"), .read), from: head.tailOffset), contentBytes: content)
    _ = try reader.bytes(content, of: "the tail")
    tail = reader.frames
  }

  var text: String {
    let index = 0..<head.verified.frames.totalStoredBytes
    let region = index.upperBound..<index.upperBound + SignatureRegion.storedBytes
    let body = head.bodyOffset..<head.tailOffset
    let tail = body.upperBound..<body.upperBound + tail.totalStoredBytes
    let end = tail.upperBound..<tail.upperBound + layout.end.storedBytes
    let parts: [(String, Range<Int>, String)] = [
      ("1. Index", index, "One compressed frame. It decodes to \(layout.indexContent) bytes: the entry `bundle.json`."),
      (
        "2. Signature region", region,
        """
        One raw frame with a checksum: its header (descriptor `a4`, 65,536 bytes), the header of its one block
        (65,536 << 3 | 1), the entry of the signature, the padding entry, the checksum.
        """
      ),
      (
        "3. Head", region.upperBound..<body.lowerBound,
        """
        One compressed frame. It decodes to \(layout.headContent) bytes: `SHA256SUMS`, `oci-layout`, `index.json`, the
        templates of two cluster manifests, a release's signature, whose name is cut at its last slash, the key of that
        signature, the image's manifest and its config.
        """
      ),
      ("4. Body", body, "One raw frame with one block: the entry of the raw layer."),
      (
        "5. Tail", tail,
        "One compressed frame. It decodes to \(layout.tailContents[0]) bytes: the entry of the plain layer."
      ),
      ("6. End", end, "One raw frame with one block: `frames.sha256`, then the end of the archive."),
      ("7. Seek table", end.upperBound..<bytes.count, "\(layout.frameCount) frames."),
    ]
    return introduction + parts.map { part($0.0, $0.1, $0.2) }.joined()
  }

  private var introduction: String {
    let json = String(decoding: bundle.index.bytes, as: UTF8.self)
    return """

      An image of two layers, one of them plain, that stands for a release; the bundle is signed by the Ed25519 key whose
      public half is `formats/examples/tiny.pub`, and the release by the OpenPGP key `formats/examples/tiny.gpg`. The raw
      layer is a carried file too, and the tool is not there. The compressed frames are those of libzstd \
      \(ExampleTests.zstdVersion), level \(ZstdCompressor.level).
      `*` stands for lines that are the same as the one above. A test makes this section anew and compares; another
      reads the dump.

      `bundle.json`, \(bundle.index.bytes.count) bytes, in one line here broken behind each comma:

      ```json
      \(json.replacing(",\"", with: ",\n\""))
      ```


      """
  }

  private func part(_ title: String, _ range: Range<Int>, _ note: String) -> String {
    """
    ### \(title): \(range.count) bytes at \(range.lowerBound)

    \(note)

    ```text
    \(HexDump.lines(bytes[range], at: range.lowerBound).joined(separator: "\n"))
    ```


    """
  }
}
