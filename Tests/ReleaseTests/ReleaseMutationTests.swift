import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

@testable import Release

/// Everything that is read of releases, from bytes that are nearly right: an error of ours, or a value, and never more.
@Suite(.timeLimit(.minutes(20))) struct ReleaseMutationTests {
  private static let digest = "sha256:\(String(repeating: "ab", count: 32))"

  private func read(
    _ samples: [String], _ name: String, count: Int = 3_000, _ body: ([UInt8]) throws -> Void
  ) {
    read(samples.map { Array($0.utf8) }, name, count: count, body)
  }

  private func read(
    _ samples: [[UInt8]], _ name: String, count: Int = 3_000, _ body: ([UInt8]) throws -> Void
  ) {
    let mutations = Mutations(of: samples, named: name, count: count)
    for bytes in mutations {
      do { try body(bytes) } catch is SealiftError {} catch { Issue.record("\(mutations.label): \(error): \(bytes)") }
    }
  }

  @Test func updateGraphs() {
    let graphs = [
      GraphFixture(versions: ["4.1.0", "4.2.0", "4.3.0"], upgrades: ["4.1.0>4.2.0", "4.2.0>4.3.0"]),
      GraphFixture(versions: ["4.1.0", "4.10.0"], conditional: [("A", ["4.1.0>4.10.0"]), ("B", ["4.1.0>4.10.0"])]),
    ]
    read(graphs.map(\.text), "update graphs") { bytes in
      let graph = try UpdateGraph(bytes, source: "graph")
      guard let first = graph.releases.first?.version, let last = graph.releases.last?.version else { return }
      let path = graph.path(from: first, to: last)
      #expect(path.last.map { $0.to == last } ?? (first == last))
    }
  }

  @Test func payloadFiles() {
    let tags = ["cli", "pod"].map {
      #"{"name":"\#($0)","from":{"kind":"DockerImage","name":"quay.io/a/b@\#(Self.digest)"}}"#
    }
    let stream =
      #"{"kind":"ImageStream","metadata":{"name":"4.18.1"},"spec":{"tags":[\#(tags.joined(separator: ","))]}}"#
    read([stream], "image-references") { bytes in
      let found = try ImageReferences(bytes, release: "x")
      #expect(found.components.allSatisfy { $0.image.digest != nil && ImageReference.isTag($0.name) })
    }
    let metadata = #"""
      {"kind":"cincinnati-metadata-v0","version":"4.18.1","previous":["4.17.9"],
      "metadata":{"url":"https://x.example","release.openshift.io/architecture":"multi"}}
      """#
    read([metadata], "release-metadata") { _ = try PayloadMetadata($0, release: "x") }
    let images = """
      apiVersion: v1
      kind: ConfigMap
      data:
        stream: |
          {"architectures":{"x86_64":{"images":{"kubevirt":{"digest-ref":"quay.io/a/b@\(Self.digest)"}}}}}
      """
    read([images], "boot images") { bytes in
      let found = try PayloadBootImages(bytes).kubeVirt(for: .multi, release: "x")
      #expect(found.allSatisfy { $0.image.digest != nil })
    }
  }

  @Test func verificationConfigMaps() {
    let yaml = """
      kind: ConfigMap
      metadata:
        annotations: {release.openshift.io/verification-config-map: ""}
      data:
        store-openshift: "https://b.example/signatures"
        verifier-public-key-redhat: |
          -----BEGIN PGP PUBLIC KEY BLOCK-----

          abc
          -----END PGP PUBLIC KEY BLOCK-----
      """
    let json = #"""
      {"kind":"ConfigMap","metadata":{"annotations":{"release.openshift.io/verification-config-map":""}},
      "data":{"store-a":"https://a.example/","verifier-public-key-a":"x"}}
      """#
    read([yaml, json], "verification ConfigMaps") { _ = try PayloadVerification($0, source: "x") }
  }

  @Test func signedTexts() {
    read([SignedText.text()], "signed texts") { bytes in
      let identity = try SignedIdentity(bytes, source: "x")
      #expect(!identity.reference.isEmpty)
    }
  }

  /// A key of version 4 as it lies in a file: an RSA key, a name, a subkey, each with a signature.
  private static var keyring: [UInt8] {
    func packet(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
      [0xC0 | tag]
        + (body.count < 192 ? [UInt8(body.count)] : [0xFF, 0, 0, UInt8(body.count >> 8), UInt8(body.count & 0xFF)])
        + body
    }
    let key: [UInt8] = [4, 0x60, 0, 0, 0, 1, 0x08, 0] + [UInt8](repeating: 0xA5, count: 256) + [0, 17, 1, 0, 1]
    return packet(6, key) + packet(13, Array("Example".utf8)) + packet(2, [4, 0x13, 1, 8, 0, 0]) + packet(14, key)
      + [0x88, 6, 4, 0x18, 1, 8, 0, 0]
  }

  @Test func openPGPKeys() throws {
    let binary = Self.keyring
    #expect(try ReleaseKey.read(binary, name: "x").count == 1)
    let text = Base64.encode(binary)
    let lines = stride(from: 0, to: text.utf8.count, by: 64).map { String(text.dropFirst($0).prefix(64)) }
    let armored = """
      A key
      -----BEGIN PGP PUBLIC KEY BLOCK-----
      Version: 1

      \(lines.joined(separator: "\n"))
      -----END PGP PUBLIC KEY BLOCK-----
      """
    #expect(try ReleaseKey.read(Array(armored.utf8), name: "x").count == 1)
    read([binary, binary + binary, Array(armored.utf8)], "OpenPGP keys", count: 6_000) { bytes in
      for packet in OpenPGPPacket.all(in: bytes) ?? [] {
        #expect(packet.range.upperBound <= bytes.count && !packet.range.isEmpty)
      }
      let keys = try ReleaseKey.read(bytes, name: "x")
      #expect(keys.allSatisfy { $0.fingerprint.utf8.count == 40 && !$0.bytes.isEmpty })
    }
  }

  @Test func aFileFullOfKeysOrLinesComesToAnEnd() {
    // Each with another fingerprint.
    let keys = (0..<60_000).flatMap { number -> [UInt8] in
      [0xC6, 9, 4, UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF), 0, 0, 22, 0, 0, 0]
    }
    let error = #expect(throws: SealiftError.self) { try ReleaseKey.read(keys, name: "x") }
    #expect(error?.problem == "x holds more than 100 keys")
    for line in ["a\n", "\n", "-----BEGIN PGP X-----\n", "-----BEGIN PGP PUBLIC KEY BLOCK-----\na\n"] {
      let text = Array(String(repeating: line, count: ReleaseKey.maximumFileBytes / line.utf8.count).utf8)
      let begun = Array("-----BEGIN PGP PUBLIC KEY BLOCK-----\n".utf8) + text
      for bytes in [text, Array(begun.prefix(ReleaseKey.maximumFileBytes))] {
        #expect(throws: SealiftError.self) { try ReleaseKey.read(bytes, name: "x") }
      }
    }
  }

  private static let good = [
    "[GNUPG:] NEWSIG", "[GNUPG:] PLAINTEXT 62 0 ", "[GNUPG:] PLAINTEXT_LENGTH 4",
    "[GNUPG:] GOODSIG 0123456789ABCDEF Example",
    "[GNUPG:] VALIDSIG \(String(repeating: "A", count: 40)) 2024-01-01 1704067200 0 4 0 1 8 00 "
      + String(repeating: "A", count: 40),
  ]
  private static let bad = [
    "BADSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "ERRSIG", "NO_PUBKEY", "NODATA 1", "ERROR x 1", "FAILURE x 1",
    "UNEXPECTED 0",
  ].map { "[GNUPG:] \($0) 0123456789ABCDEF" }

  @Test func statusLines() {
    read([Self.good.joined(separator: "\n"), (Self.good + Self.bad).joined(separator: "\n")], "status lines") { bytes in
      _ = GPGVStatus(bytes).finding(code: 0, textBytes: 4)
    }
  }

  @Test func onlyOneSetOfStatusLinesProvesSomething() {
    let good = GPGVStatus(Array(Self.good.joined(separator: "\n").utf8))
    #expect(good.finding(code: 0, textBytes: 4) == .good(fingerprint: String(repeating: "A", count: 40)))
    let older = GPGVStatus(Array(Self.good.filter { !$0.contains("LENGTH") }.joined(separator: "\n").utf8))
    #expect(older.finding(code: 0, textBytes: 4) == good.finding(code: 0, textBytes: 4))
    #expect(good.finding(code: 0, textBytes: 5) != good.finding(code: 0, textBytes: 4))
    for code in [1, 2, 139] { #expect(good.finding(code: code, textBytes: 4) != good.finding(code: 0, textBytes: 4)) }
    // One line less, but for the length, which older versions do not tell; one line twice; one bad line more.
    var others = Self.good.indices.filter { $0 != 2 }.map { index in
      Self.good.enumerated().filter { $0.offset != index }.map(\.element)
    }
    others += Self.good.indices.filter { $0 != 2 }.map { Self.good + [Self.good[$0]] }
    others += Self.bad.flatMap { bad in Self.good.indices.map { Self.good[..<$0] + [bad] + Self.good[$0...] } }
    for lines in others {
      let finding = GPGVStatus(Array(lines.joined(separator: "\n").utf8)).finding(code: 0, textBytes: 4)
      guard case .wrong = finding else {
        Issue.record("\(lines) prove something")
        continue
      }
    }
  }
}
