import Diagnostics
import Digests

@testable import Release

extension Parser {
  /// What reads releases and their signatures.
  static let releases = [openPGP, signedTexts, updateGraphs, payloads]

  private static let openPGP = Parser("openpgp", samples: { [keyring, armored] }) { bytes in
    for packet in OpenPGPPacket.all(in: bytes) ?? [] {
      precondition(packet.range.upperBound <= bytes.count && !packet.range.isEmpty, "a packet is no part of its file")
    }
    for key in try ReleaseKey.read(bytes, name: "keys") {
      precondition(key.fingerprint.utf8.count == 40 && !key.bytes.isEmpty, "a key is none")
    }
  }

  /// A key of version 4 with a name, a subkey and signatures, in packets of old and new form.
  private static var keyring: [UInt8] {
    func packet(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
      [0xC0 | tag, 0xFF, 0, 0, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }
    let key: [UInt8] = [4, 0x60, 0, 0, 0, 1, 0x08, 0] + [UInt8](repeating: 0xA5, count: 256) + [0, 17, 1, 0, 1]
    return packet(6, key) + packet(13, Array("Example".utf8)) + packet(2, [4, 0x13, 1, 8, 0, 0]) + packet(14, key)
      + [0x88, 6, 4, 0x18, 1, 8, 0, 0]
  }

  private static var armored: [UInt8] {
    let begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 1\n\n"
    return Array("\(begin)\(Base64.encode(keyring))\n-----END PGP PUBLIC KEY BLOCK-----\n".utf8)
  }

  private static let digest = "sha256:\(String(repeating: "ab", count: 32))"

  private static let signedTexts = Parser(
    "signed-texts",
    [
      #"{"critical":{"type":"atomic container signature","image":{"docker-manifest-digest":"\#(digest)"},"#
        + #""identity":{"docker-reference":"quay.io/a/b:c"}},"optional":{"creator":"x"}}"#,
      "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0123456789ABCDEF Example\n[GNUPG:] VALIDSIG "
        + "\(String(repeating: "A", count: 40)) 2024-01-01 1704067200 0 4 0 1 8 00 \(String(repeating: "A", count: 40))",
    ]
  ) { bytes in
    _ = GPGVStatus(bytes).finding(code: 0, textBytes: 4)
    _ = try? SignedIdentity(bytes, source: "text")
  }

  private static let updateGraphs = Parser(
    "update-graphs",
    [
      #"{"version":1,"nodes":[{"version":"4.1.0","payload":"q.example/a@\#(digest)","metadata":{}},"#
        + #"{"version":"4.2.0","payload":"q.example/a@\#(digest)","metadata":{}}],"edges":[[0,1]],"#
        + #""conditionalEdges":[{"edges":[{"from":"4.1.0","to":"4.2.0"}],"risks":[{"name":"A","message":"b","#
        + #""url":"c","matchingRules":[{"type":"Always"}]}]}]}"#
    ]
  ) { bytes in
    let graph = try UpdateGraph(bytes, source: "graph")
    guard let first = graph.releases.first?.version, let last = graph.releases.last?.version else { return }
    _ = graph.path(from: first, to: last)
  }

  private static let payloads = Parser(
    "payloads",
    [
      #"{"kind":"ImageStream","metadata":{"name":"4.18.1"},"spec":{"tags":[{"name":"cli","from":"#
        + #"{"kind":"DockerImage","name":"quay.io/a/b@\#(digest)"}}]}}"#,
      #"{"kind":"cincinnati-metadata-v0","version":"4.18.1","previous":["4.17.9"],"metadata":{"url":"https://x"}}"#,
      "kind: ConfigMap\nmetadata:\n  annotations: {release.openshift.io/verification-config-map: \"\"}\n"
        + "data:\n  store-a: https://a.example/\n  verifier-public-key-a: x\n",
      "kind: ConfigMap\ndata:\n  stream: |\n    {\"architectures\":{\"x86_64\":{\"images\":{\"kubevirt\":"
        + "{\"digest-ref\":\"quay.io/a/b@\(digest)\"}}}}}\n",
    ]
  ) { bytes in
    _ = try? ImageReferences(bytes, release: "release")
    _ = try? PayloadMetadata(bytes, release: "release")
    _ = try? PayloadVerification(bytes, source: "release")
    _ = try? PayloadBootImages(bytes).kubeVirt(for: .multi, release: "release")
  }
}
