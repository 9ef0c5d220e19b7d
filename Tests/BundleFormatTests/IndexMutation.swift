import BundleFormat
import Digests
import OCI
import TestSupport
import Testing

/// One change to the index of the example that makes it illegal, with the reason that a reader must give.
struct IndexMutation: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// The changed bytes.
  let bytes: [UInt8]
  /// Part of the message.
  let reason: String
  /// Whether the schema sees it, too: rules between members are beyond a schema.
  let isInSchema: Bool

  /// - Parameters:
  ///   - old: Text that stands in the index; its first occurrence is replaced.
  init(_ name: String, _ old: String, _ new: String, _ reason: String, schema: Bool = true) throws {
    testDescription = name
    let text = String(decoding: try TinyBundle.example.index.bytes, as: UTF8.self)
    let range = try #require(text.firstRange(of: old), "\(name): '\(old)' is not in the index")
    bytes = Array(text.replacingCharacters(in: range, with: new).utf8)
    self.reason = reason
    isInSchema = schema
  }

  static var all: [IndexMutation] {
    get throws { try values + structure + json }
  }

  private static var values: [IndexMutation] {
    get throws {
      let nested = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
      return try [
        .init("an unknown major version", "sealift/v1", "sealift/v2", "'sealift/v2'"),
        .init("an unknown encoding", #""encoding":"raw""#, #""encoding":"lz4""#, "'lz4'"),
        .init("a digest of another algorithm", "sha256:", "sha512:", "sha512"),
        .init("a digest in upper case", "sha256:763d", "sha256:763D", "is not a digest"),
        .init("a negative size", #""size":2071"#, #""size":-1"#, "a size is negative"),
        .init("a size with a fraction", #""size":2071"#, #""size":2071.5"#, "not a whole number"),
        .init("a size beyond 64 bits", #""size":2071"#, #""size":18446744073709551616"#, "not a whole number"),
        .init("a size that no disk holds", #""size":2071"#, #""size":9223372036854775807"#, "more than any disk holds"),
        .init("a huge file of the head", #""size":730"#, #""size":9223372036854775807"#, "too large for the head"),
        .init("a huge manifest", #""size":552}"#, #""size":4194305}"#, "too large for the head"),
        .init("a wrong offset", #""offset":512"#, #""offset":1024"#, "has a wrong offset", schema: false),
        .init("a raw blob without an offset", #""offset":512,"#, "", "only a raw blob has an offset"),
        .init(
          "a compressed blob with an offset", #""encoding":"zstd","#, #""encoding":"zstd","offset":512,"#,
          "only a raw blob has an offset"),
        .init("a needed feature", #""producer":"#, #""requires":["parity"],"producer":"#, "'parity'"),
        .init(
          "10,000-deep nesting", #""created":"#, #""extra":\#(nested),"created":"#, "nested deeper than 32",
          schema: false),
        .init("a repository that leads elsewhere", "team/tiny\",\"digest", "../tiny\",\"digest", "'../tiny'"),
        .init("a tag with a slash", #"["1.0"]"#, #"["1/0"]"#, "'1/0' is not a tag"),
        .init("a tag twice", #"["1.0"]"#, #"["1.0","1.0"]"#, "team/tiny:1.0 is listed twice"),
      ]
    }
  }

  private static var structure: [IndexMutation] {
    get throws {
      let digests = try TinyBundle.example.index.blobs.map { $0.descriptor.digest.description }
      return try [
        .init("no version", #""apiVersion":"sealift/v1","#, "", "'apiVersion' is not the first member"),
        .init("no creation time", #""created":"2026-11-01T00:00:00Z","#, "", "it lacks one of"),
        .init("no list of images", #""images":"#, #""pictures":"#, "it lacks one of"),
        .init("a blob without a digest", #""digest":"\#(digests[0])","#, "", "lacks its digest"),
        .init("a producer without a version", #""version":"1.0.0","#, "", "lacks its name, version or zstd"),
        .init("another file", "oci-layout", "oci-layoux", "'files' does not list"),
        .init("a blob twice", digests[1], digests[0], "is listed twice", schema: false),
        .init("a wrong type", #""size":2071"#, #""size":"2071""#, "a value is expected"),
        .init(
          "an image that is not there", "59922f4d46579041cb926bc75f241072", "00000000000000000000000000000000",
          "is not among the metadata", schema: false),
      ]
    }
  }

  /// What is wrong with the text itself; a lenient reader of JSON would not see most of it.
  private static var json: [IndexMutation] {
    get throws {
      try [
        .init(
          "a name twice", #""created":"#, #""created":"2020-01-01T00:00:00Z","created":"#,
          "the name 'created' stands twice", schema: false),
        .init(
          "a name twice in an unknown object", #""created":"#, #""extra":{"a":1,"a":2},"created":"#,
          "the name 'a' stands twice", schema: false),
        .init(
          "a name twice by an escape", #""size":2071"#, #""size":2071,"\u0073ize":1"#,
          "the name 'size' stands twice", schema: false),
        .init("text behind the end", #""zstd":"1.5.4"}}"#, #""zstd":"1.5.4"}}{}"#, "after the end", schema: false),
        .init("the end is missing", #""zstd":"1.5.4"}}"#, #""zstd":"1.5.4"}"#, "'}' is expected", schema: false),
        .init("a control character", "1.0.0", "1.\u{1}.0", "control character", schema: false),
        .init("a lone surrogate", "1.0.0", #"1.\ud800"#, "lone surrogate", schema: false),
      ]
    }
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
