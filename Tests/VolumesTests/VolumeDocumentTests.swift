import BundleFormat
import Digests
import Signing
import SystemIO
import TestSupport
import Testing
import Zstd

@testable import Volumes

/// What `formats/volumes-v1.md` shows is what the code writes and reads.
///
/// With `SEALIFT_UPDATE_FORMATS=1` in the environment the example in the document is written anew.
@Suite struct VolumeDocumentTests {
  private static let document = Repository.path("formats/volumes-v1.md")
  private static let heading = "## A tiny bundle in volumes, byte by byte\n"
  private static let volumeBytes = 32 << 10

  private func text() throws -> String {
    String(decoding: try FileSystem.read(Self.document, limit: 1 << 20), as: UTF8.self)
  }

  /// The last section of the document.
  private func example() throws -> String {
    let bundle = try TinyBundle.example
    let bytes = try VolumeWorld.bytes(of: bundle)
    let list = try VolumeWorld.list(bytes, of: bundle, volumeBytes: Self.volumeBytes, name: "tiny.tar.zst")
    let signature = try list.bytes.withUnsafeBytes { try TinyBundle.exampleKey.sign($0) }
    let starts = list.entries.indices.map { number in
      let start = number * Self.volumeBytes
      return """
        `\(list.entries[number].name)`, \(list.entries[number].size) bytes, begins with byte \(start) of the bundle:

        ```text
        \(HexDump.lines(bytes[start..<start + 64], at: 0).joined(separator: "\n"))
        ```


        """
    }
    return """

      The bundle is the one that bundle-v1.md shows byte by byte, \(bytes.count) bytes, cut at 32 KiB. A test makes this
      section anew and compares; another reads the list.

      \(starts.joined())`tiny.tar.zst.volumes`, \(list.bytes.count) bytes:

      ```text
      \(HexDump.lines(list.bytes, at: 0).joined(separator: "\n"))
      ```

      `\(SignatureBeside.path(of: "tiny.tar.zst.volumes", by: try TinyBundle.exampleKey.id))`, \(signature.count) bytes, by
      the key whose public half is `formats/examples/tiny.pub`:

      ```text
      \(HexDump.lines(signature, at: 0).joined(separator: "\n"))
      ```

      """
  }

  @Test(
    "The dump in the document is what the code writes",
    .enabled(if: ZstdCompressor.libraryVersion == "1.5.4", "compressed frames differ with the version of libzstd"))
  func dumpIsCurrent() throws {
    let text = try text()
    let example = try example()
    if RunningProcess.environment("SEALIFT_UPDATE_FORMATS") == "1" {
      let start = text.firstRange(of: Self.heading)?.lowerBound ?? text.endIndex
      return try FileSystem.write(Array((text[..<start] + Self.heading + example).utf8), to: Self.document)
    }
    let start = try #require(text.firstRange(of: Self.heading)?.upperBound)
    #expect(
      text[start...] == example, "update it with SEALIFT_UPDATE_FORMATS=1 swift test --filter VolumeDocumentTests")
  }

  @Test("The list in the document, whatever made it, is read and its signature is good")
  func dumpIsReadable() throws {
    let text = try text()
    let section = try #require(text.firstRange(of: Self.heading).map { text[$0.upperBound...] })
    let blocks = section.split(separator: "```text\n").dropFirst().map { $0.split(separator: "```")[0] }
    let contents = blocks.map { HexDump.bytes($0.split(separator: "\n")) }
    let list = try #require(contents[contents.count - 2])
    let signature = try #require(contents[contents.count - 1])
    let key = try PublicKey(file: Repository.path("formats/examples/tiny.pub"))
    #expect(list.withUnsafeBytes { key.verify(signature: signature, message: $0) })
    let read = try VolumeList(list, source: "the document")
    #expect(read.entries.count == contents.count - 2)
    #expect(read.bundle == SHA256Hasher.digest(of: try TinyBundle.example.index.bytes))
  }

  @Test("The sizes in the document are those of the command line")
  func sizesAreCurrent() throws {
    let rows = try text().split(separator: "\n").compactMap {
      $0.wholeMatch(of: #/\| `([a-z0-9-]+)` \| ([0-9,]+) \|.*/#)
    }
    #expect(rows.map { String($0.1) } == VolumeSize.named.map(\.name))
    #expect(rows.map { Int($0.2.filter { $0 != "," }) } == VolumeSize.named.map(\.bytes))
  }
}
