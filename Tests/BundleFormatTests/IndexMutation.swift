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

  /// Those that are no mere variations of one name.
  static var kinds: [IndexMutation] {
    get throws {
      try all.filter { mutation in
        !["the path ", "the name ", "the profile ", "the tool "].contains(where: mutation.testDescription.hasPrefix)
      }
    }
  }

  static var all: [IndexMutation] {
    get throws { try values + structure + headFiles + releases + catalogs + carriedFiles + manifests + tools + json }
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
        .init(
          "a huge file of the head", #""SHA256SUMS","size":"#, #""SHA256SUMS","size":99999999"#,
          "too large for the head"),
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
        .init("another file", "oci-layout", "oci-layoux", "'files' does not begin with"),
        .init("a blob twice", digests[1], digests[0], "is listed twice", schema: false),
        .init("a wrong type", #""size":2071"#, #""size":"2071""#, "a value is expected"),
        .init(
          "an image that is not there", #"tiny","digest":"sha256:59922f"#, #"tiny","digest":"sha256:000000"#,
          "is not among the metadata", schema: false),
      ]
    }
  }

  private static let config = "config/ImageDigestMirrorSet/idms-release-0.yaml"

  /// Files of the head beyond the three that every head has.
  private static var headFiles: [IndexMutation] {
    get throws {
      let long = "config/K/" + String(repeating: "n", count: 101)
      let longer = "config/" + String(repeating: "K", count: 90) + "/" + String(repeating: "n", count: 58)
      let paths = [
        "config/../idms.yaml", "/config/K/idms.yaml", "config//idms.yaml", "config/K/", "config/K", "config/K/L/idms",
        "config/./idms.yaml", "config/K/.hidden", "config/K/-r", "config/K/a b", #"config/K/a\\b"#, "config/K/\u{e4}",
        #"config/K/a\u0000b"#, #"config/K/a\nb"#, "configs/K/idms.yaml", "Config/K/idms.yaml", "blobs/sha256/idms",
        "bundle.json", "signatures/K/x.sig", "release-signature/K/x", long, longer,
      ]
      let changed = try paths.map { path in
        try IndexMutation("the path \(path)", config, path, "is not a path for a file of the head")
      }
      let key = "release-signatures/keys/\(TinyRelease.example.fingerprint).gpg"
      let size = #"-release-0.yaml","size":"#
      return try changed + [
        .init("a file in another place", config, "release-signatures/z/z", "does not come after", schema: false),
        .init("a path twice", config, key, "does not come after", schema: false),
        .init("a fixed path twice", config, "index.json", "is not a path for a file of the head"),
        .init("a huge manifest of the cluster", size, size + "99999", "too large for the head"),
      ]
    }
  }

  private static var releases: [IndexMutation] {
    get throws {
      let index = try TinyBundle.example.index
      let digest = index.images[0].manifest.digest.description
      let other = index.metadata[1].digest.description
      let entry = try elements(of: "releases", before: "tools")
      let source = #""source":"registry.example/team/tiny@\#(digest)""#
      let path = try #require(index.releases.first?.signatures.first?.path)
      let own = index.images[0].source
      let images = #""images":[{"#
      func further(_ requests: String) -> String { #"\#(images)"also":[\#(requests)],"# }
      return try [
        .init("no list of releases", #""releases":"#, #""versions":"#, "it lacks one of"),
        .init("a release without a version", #","version":"4.18.1"}]"#, "}]", "a release lacks its"),
        .init("a release without signatures", #""signatures":["#, #""marks":["#, "a release lacks its"),
        .init("a version of two numbers", #""4.18.1""#, #""4.18""#, "'4.18' is not the version"),
        .init("a version with a line break", #""4.18.1""#, #""4.18.1-a\nb""#, "is not the version"),
        .init("an unknown architecture", #":"amd64""#, #":"x86_64""#, "'x86_64' is not the architecture"),
        .init(
          "a release that is not there", #""digest":"\#(digest)","signatures""#,
          #""digest":"\#(other)","signatures""#, "is not among the images", schema: false),
        .init("a release without a source", source, #""source":"""#, "has no source"),
        .init("a release twice", entry, "\(entry),\(entry)", "4.18.1 amd64 is listed twice", schema: false),
        .init("a fingerprint in lower case", #""key":"E67E6D"#, #""key":"e67e6d"#, "not the fingerprint"),
        .init("a short fingerprint", #""key":"E67E6D"#, #""key":""#, "not the fingerprint"),
        .init("a key that is not there", #""key":"E"#, #""key":"F"#, "which is not in 'files'", schema: false),
        .init(
          "a signature that is not there", #"/signature-1"}]"#, #"/signature-2"}]"#, "which is not in 'files'",
          schema: false),
        .init("a manifest as a signature", #""path":"\#(path)"}]"#, #""path":"\#(config)"}]"#, "not a path for"),
        .init("an empty further reason", images, further(#"{"reason":""}"#), "has an empty source or reason"),
        .init(
          "an empty further source", images, further(#"{"reason":"requested","source":""}"#),
          "has an empty source or reason"),
        .init("a further request without a reason", images, further(#"{"source":"a.b/c:d"}"#), "lacks its reason"),
        .init("a further reason that is only text", images, further(#""catalog""#), "is expected"),
        .init(
          "a further request twice", images,
          further(#"{"reason":"catalog","source":"a.b/c:d"},{"reason":"catalog","source":"a.b/c:d"}"#),
          "a further request for image"),
        .init(
          "a further request that is the first", images, further(#"{"reason":"\#(index.images[0].reason)"}"#),
          "a further request for image", schema: false),
        .init(
          "the image's own source again", images, further(#"{"reason":"catalog","source":"\#(own)"}"#),
          "names the image's own source", schema: false),
        .init("an empty base", #""images":[{"#, #""images":[{"base":"","#, "is not a reference by digest"),
      ]
    }
  }

  private static var catalogs: [IndexMutation] {
    get throws {
      let index = try TinyBundle.example.index
      let digest = index.images[0].manifest.digest.description
      let other = index.metadata[1].digest.description
      let entry = try elements(of: "catalogs", before: "created")
      let bundles = #""bundles":["tiny.v1.0.0","tiny.v1.1.0"]"#
      return try [
        .init("no list of catalogs", #""catalogs":"#, #""catalogues":"#, "it lacks one of"),
        .init("a catalog without packages", #""packages":["#, #""parts":["#, "a catalog lacks its"),
        .init("a package without bundles", #""bundles":["#, #""bunches":["#, "a package lacks its"),
        .init("a catalog that is neither pruned nor not", #""pruned":false"#, #""pruned":"no""#, "true or false"),
        .init("a catalog twice", entry, "\(entry),\(entry)", "is listed twice", schema: false),
        .init(
          "a catalog that is not there", #""catalogs":[{"digest":"\#(digest)""#, #""catalogs":[{"digest":"\#(other)""#,
          "is not among the images", schema: false),
        .init("bundles in another order", bundles, #""bundles":["z","y"]"#, "are not in order", schema: false),
        .init("a bundle twice", bundles, #""bundles":["y","y"]"#, "are not in order"),
        .init("a bundle without a name", bundles, #""bundles":[""]"#, "is empty"),
        .init(
          "a default channel that is not there", #""defaultChannel":"stable""#, #""defaultChannel":"slow""#,
          "has no channel 'slow'", schema: false),
        .init(
          "a catalog without a source", #""pruned":false,"source":"registry.example/team/tiny:1.0""#,
          #""pruned":false,"source":"""#, "has no source"),
      ]
    }
  }

  private static var carriedFiles: [IndexMutation] {
    get throws {
      let index = try TinyBundle.example.index
      let file = try #require(index.carriedFiles.first)
      let entry = try elements(of: "carriedFiles", before: "catalogs")
      let digest = #""digest":"\#(file.digest)","name""#
      let names = [
        "", ".", "..", "../x", "/x", "a/b", ".hidden", "-rf", "_x", "a b", "a:b", #"a\\b"#, "\u{e4}", #"a\u0000b"#,
        #"a\nb"#,
        String(repeating: "n", count: 201),
      ]
      let profiles = ["", "-hub", "hub-", "Hub", "h.b", "h b", "h/b", "\u{e4}", String(repeating: "n", count: 64)]
      return try names.map { try .init("the name '\($0)'", file.name, $0, "is not a name for a carried file") }
        + profiles.map {
          try .init("the profile '\($0)'", #"["hub"]"#, #"["\#($0)"]"#, "is not a profile's name")
        } + [
          .init("no list of carried files", #""carriedFiles":"#, #""carriedfiles":"#, "it lacks one of"),
          .init("a carried file without profiles", #""profiles":["hub"],"#, "", "a carried file lacks its"),
          .init("a carried file without a source", #""source":"\#(file.source)""#, #""source":"""#, "has no source"),
          .init(
            "a carried file that is not there", digest,
            #""digest":"sha256:\#(String(repeating: "0", count: 64))","name""#, "is not among the blobs", schema: false),
          .init("a carried file twice", entry, "\(entry),\(entry)", "are not in order", schema: false),
          .init("a profile twice", #"["hub"]"#, #"["hub","hub"]"#, "are not in order"),
          .init("profiles in another order", #"["hub"]"#, #"["hub","edge"]"#, "are not in order", schema: false),
          .init(
            "too many carried files", entry, Array(repeating: entry, count: 4097).joined(separator: ","),
            "more than 4096"),
        ]
    }
  }

  private static var manifests: [IndexMutation] {
    get throws {
      let index = try TinyBundle.example.index
      let manifest = try #require(index.carriedObjects.first)
      let signature = try #require(index.releases.first?.signatures.first?.path)
      let entry = try elements(of: "manifests", before: "metadata")
      let path = #""path":"\#(manifest.path)","profiles""#
      return try [
        .init("no list of manifests", #""manifests":["#, #""manifest":["#, "it lacks one of"),
        .init("a manifest without profiles", #""profiles":["edge","hub"],"#, "", "a cluster manifest lacks its"),
        .init("a manifest without a source", #""source":"\#(manifest.source)""#, #""source":"""#, "has no source"),
        .init(
          "a manifest that is not there", path, #""path":"config/ConfigMap/other.yaml","profiles""#,
          "is not one of the cluster manifests", schema: false),
        .init(
          "a signature as a manifest", path, #""path":"\#(signature)","profiles""#,
          "is not one of the cluster manifests"),
        .init("a fixed file as a manifest", path, #""path":"index.json","profiles""#, "is not one of the cluster"),
        .init("a manifest twice", entry, "\(entry),\(entry)", "are not in order", schema: false),
        .init("a manifest's profiles in another order", #"["edge","hub"]"#, #"["hub","edge"]"#, "order", schema: false),
        .init("a manifest's profile in upper case", #"["edge","hub"]"#, #"["edge","Hub"]"#, "not a profile's name"),
      ]
    }
  }

  private static var tools: [IndexMutation] {
    get throws {
      let entry = try elements(of: "tools", before: nil)
      let paths = [
        "", "/bin/tiny", "bin/", "bin//tiny", "../tiny", "bin/../tiny", "a/b/c/d", ".hidden", "-rf", "bin/-rf", "a b",
        #"a\\b"#, #"a\u0000b"#, String(repeating: "n", count: 201),
      ]
      return try paths.map { try .init("the tool '\($0)'", "bin/tiny", $0, "is not a path for a tool") } + [
        .init("no list of tools", #""tools":"#, #""tooling":"#, "it lacks one of"),
        .init("a tool without a size", #","size":18}]}"#, "}]}", "a tool lacks its"),
        .init("a huge tool", #""size":18}]}"#, #""size":1073741825}]}"#, "too large for a tool"),
        .init("a tool twice", entry, "\(entry),\(entry)", "are not in order", schema: false),
        .init(
          "a tool in a tool", entry, "\(entry),\(entry.replacing("bin/tiny", with: "bin/tiny/x"))",
          "lies in a tool", schema: false),
        .init("too many tools", entry, Array(repeating: entry, count: 257).joined(separator: ","), "more than 256"),
      ]
    }
  }

  /// The text between the brackets of a list of the index.
  private static func elements(of list: String, before next: String?) throws -> String {
    let text = String(decoding: try TinyBundle.example.index.bytes, as: UTF8.self)
    let start = try #require(text.firstRange(of: "\"\(list)\":[")).upperBound
    let end = try #require(text[start...].firstRange(of: next.map { "],\"\($0)\"" } ?? "]}")).lowerBound
    return String(text[start..<end])
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
        .init("text behind the end", #""size":18}]}"#, #""size":18}]}{}"#, "after the end", schema: false),
        .init("the end is missing", #""size":18}]}"#, #""size":18}]"#, "'}' is expected", schema: false),
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
