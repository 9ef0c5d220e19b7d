import Diagnostics
import Digests
import JSON
import OCI
import Testing

@Suite struct DescriptorTests {
  private let full = Descriptor(
    mediaType: .ociManifest, digest: SHA256Hasher.digest(of: [1]), size: 12,
    platform: Platform(os: "linux", architecture: "arm", variant: "v7"), artifactType: "a/b",
    annotations: [.init("a", "x\n"), .init(Descriptor.referenceNameAnnotation, "path:tag"), .init("é", "")])

  private func read(_ bytes: [UInt8], code: SealiftError.Code = .protocol) throws -> Descriptor {
    try JSONReader.read(bytes, source: "text", code: code) { (reader) throws(SealiftError) in try reader.descriptor() }
  }

  @Test func isReadAsItWasWritten() throws {
    let plain = Descriptor(mediaType: .ociConfig, digest: SHA256Hasher.digest(of: []), size: 0)
    for descriptor in [full, plain] {
      var writer = JSONWriter()
      writer.descriptor(descriptor)
      #expect(try read(writer.bytes) == descriptor)
      // Canonical: a tree of it is written alike.
      #expect(JSONWriter.bytes(of: try JSONReader.value(writer.bytes, source: "text")) == writer.bytes)
    }
  }

  @Test func annotationsAreFoundByName() {
    #expect(full.annotation("a") == "x\n")
    #expect(full.annotation("b") == nil)
    #expect(full.referenceName == "path:tag")
  }

  @Test func annotationsAreSortedByTheirBytes() throws {
    // As text, the first would come after "z": an "a" with a mark counts as "ä".
    let names = ["a\u{308}b", "z", "ä", "\u{FFFD}", "😀"]
    let members = names.reversed().map { "\"\($0)\":\"\"" }.joined(separator: ",")
    let annotations = try JSONReader.read(Array("{\(members)}".utf8), source: "text") {
      (reader) throws(SealiftError) in try reader.annotations()
    }
    #expect(annotations.map { Array($0.name.utf8) } == names.map { Array($0.utf8) })
  }

  @Test func aBadDigestHasTheCodeAndPlaceOfItsDocument() {
    let text = #"{"mediaType":"a/b","digest":"sha512:abc","size":1}"#
    let error = #expect(throws: SealiftError.self) { try read(Array(text.utf8), code: .corrupt) }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.hasPrefix("text, at byte ") == true)
    #expect(error?.problem.contains("only sha256 is supported") == true)
  }
}
