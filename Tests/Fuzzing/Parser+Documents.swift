import Configuration
import Diagnostics
import ELF
import JSON
import Layers
import Signing
import SystemIO
import TestSupport
import YAML

extension Parser {
  /// What reads documents and files of no one kind.
  static let documents = [json, yaml, configuration, keys, elf, layers]

  private static let json = Parser(
    "json", [#"{"a":[1,-2,3.5e7,true,null,"\u00e4\n"],"b":{"c":{}}}"#, "[]", "\"text\"", "0"]
  ) { bytes in
    let value = try JSONReader.value(bytes, source: "json")
    let written = JSONWriter.bytes(of: value)
    let again = try JSONReader.value(written, source: "written")
    // The members have an order of their own.
    precondition(JSONWriter.bytes(of: again) == written, "what is written is another value")
  }

  private static let yaml = Parser(
    "yaml",
    [
      "a: [1, 'b', \"c\\n\"]\nd:\n- e: |\n    f\n- >-\n  g\n", "a: &x {b: 1}\nc: *x\n",
      "---\na: ~\n---\nb: 0o17\n...\n",
      "? a\n: b\n", "{}", "apiVersion: v1\nkind: List\nitems: [{kind: A}]\n",
    ]
  ) { bytes in
    _ = try? YAMLReader.documents(bytes, source: "yaml", dialect: .lenient)
    for document in try YAMLReader.documents(bytes, source: "yaml") {
      let written = YAMLWriter.bytes(of: document.value)
      let again = try YAMLReader.document(written, source: "written")
      precondition(again.value.sorted == document.value.sorted, "what is written is another value")
    }
  }

  private static let configuration = Parser(
    "configuration",
    [
      """
      apiVersion: mirror.openshift.io/v2alpha1
      kind: ImageSetConfiguration
      mirror:
        platform: {graph: true, channels: [{name: stable-4.18, minVersion: 4.18.1, maxVersion: 4.18.9}]}
        operators: [{catalog: "r.example/c:v1", packages: [{name: a, channels: [{name: b, minVersion: "1"}]}]}]
        additionalImages: [{name: "r.example/a:1", targetRepo: x/y, targetTag: z}]
        blockedImages: [{name: ".*-debug"}]
        helm: {repositories: [{name: r, url: "https://r.example", charts: [{name: c, version: 1.0.0}]}]}
        files: [{path: a/b}]
      """,
      """
      apiVersion: mirror.openshift.io/v2alpha1
      kind: DeleteImageSetConfiguration
      delete: {additionalImages: [{name: "r.example/a:1"}], operators: [{catalog: "r.example/c:v1"}]}
      """,
    ]
  ) { bytes in
    _ = try? DeletionRequest(bytes, source: "request")
    _ = try? ImageSetConfiguration(bytes, source: "configuration")
  }

  private static let keys = Parser("keys", samples: { [try TinyBundle.exampleKey.publicKey.pem] }) { bytes in
    _ = try PublicKey(pem: bytes, name: "key")
  }

  private static let elf = Parser("elf", samples: { [Array(try FileSystem.read("/bin/true", limit: 1 << 20))] }) {
    bytes in
    _ = try ELFFile(bytes, source: "program")
  }

  private static let layers = Parser(
    "layers",
    samples: {
      let tar = TinyBundle.tarArchive("configs/a", "content of a")
      return [tar, Gzip.stored(tar)]
    }
  ) { bytes in
    try bytes.withUnsafeBytes { all in
      let limits = ArchiveLimits(bytes: 1 << 20, entries: 100)
      var isRead = false
      let archive = try ArchiveReader("layer", limits: limits) {
        defer { isRead = true }
        return isRead ? nil : all
      }
      var (entries, size) = (0, 0)
      while let entry = try archive.next() {
        entries += 1
        precondition(!entry.path.split(separator: "/").contains("..") && !entry.path.hasPrefix("/"), "a path leads out")
        try archive.readContent { size += $0.count }
      }
      precondition(entries <= limits.entries && size <= limits.bytes, "a layer is larger than the largest")
    }
  }
}
