import BundleFormat
import Digests
import OCI
import Signing
import SystemIO
import TestSupport
import Testing
import Zstd

/// The commands that `formats/bundle-v1.md` gives to an auditor, taken from the document and run by bash with no other
/// program in reach than the four that it names.
struct AuditorTests {
  static let programs = ["tar", "zstd", "sha256sum", "openssl"]
  static let condition = ConditionTrait.enabled(
    if: (programs + ["bash"]).allSatisfy(hasTool), "bash, tar, zstd, sha256sum or openssl is not installed")
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    try FileSystem.makeDirectory(directory("bin"))
    for program in Self.programs {
      let place = try runTool("sh", ["-c", "command -v \(program)"]).output.split(separator: "\n").first
      #expect(try runTool("ln", ["-s", String(#require(place)), directory("bin/\(program)")]).status == 0)
    }
  }

  /// The block of the document that begins with a comment of that name.
  private func commands(_ name: String) throws -> String {
    let text = String(decoding: try FileSystem.read(ExampleTests.document, limit: 1 << 20), as: UTF8.self)
    let start = try #require(text.firstRange(of: "```sh\n# auditor: \(name)\n")).upperBound
    return String(text[start..<(try #require(text[start...].firstRange(of: "```")).lowerBound)])
  }

  private func audit(_ names: String...) throws -> ToolResult {
    let script = try "set -euo pipefail\n" + names.map(commands).joined()
    let bash = try runTool("sh", ["-c", "command -v bash"]).output.dropLast()
    return try runTool(
      String(bash), ["-c", script],
      environment: [
        "PATH=\(directory("bin"))", "BUNDLE=\(directory("b.tar.zst"))", "KEY=\(directory("key.pub"))",
        "DIR=\(directory("out"))",
      ])
  }

  private func write(_ layers: [TinyBundle.Layer], _ keys: [PrivateKey]) throws -> TinyBundle {
    let bundle = TinyBundle(layers: layers, keys: keys)
    try bundle.write(to: directory("b.tar.zst"))
    try FileSystem.write(keys[0].publicKey.pem, to: directory("key.pub"))
    return bundle
  }

  private let layers = [TinyBundle.Layer.gzip(SampleBundle.bytes(5 << 20)), .tar(SampleBundle.bytes(70_000))]

  @Test("The head alone proves the signature and what is inside", condition)
  func head() throws {
    let bundle = try write(layers, [.generate(), TinyBundle.exampleKey])
    let result = try audit("head")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("Verified OK"))
    #expect(try FileSystem.read(directory("out/bundle.json"), limit: 1 << 20) == bundle.index.bytes)
  }

  @Test("An Ed25519 signature is proven too", condition)
  func headWithEd25519() throws {
    _ = try write(layers, [TinyBundle.exampleKey])
    let head = try commands("head").split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
    let bash = try runTool("sh", ["-c", "command -v bash"]).output.dropLast()
    let result = try runTool(
      String(bash), ["-c", "set -euo pipefail\n" + head + commands("head, Ed25519")],
      environment: [
        "PATH=\(directory("bin"))", "BUNDLE=\(directory("b.tar.zst"))", "KEY=\(directory("key.pub"))",
        "DIR=\(directory("out"))",
      ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("Signature Verified Successfully"))
  }

  @Test("All of a bundle is proven", condition, arguments: [1, 3])
  func content(keys: Int) throws {
    let bundle = try write(layers, (0..<keys).map { _ in try .generate() })
    let result = try audit("head", "content")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("SHA256SUMS is the signed one\n"))
    #expect(result.output.hasSuffix("no other entry is there\n"), "\(result.output)")
    let manifest = bundle.index.images[0].manifest.digest
    #expect(result.output.contains("blobs/sha256/\(manifest.hex): OK\n"))
  }

  @Test("The steps fail on another key, on changed content and on an entry too many", condition)
  func damage() throws {
    _ = try write(layers, [.generate()])
    let path = directory("b.tar.zst")
    let sound = try FileSystem.read(path, limit: 1 << 24)
    try FileSystem.write(PrivateKey.generate().publicKey.pem, to: directory("other.pub"))
    let script = try commands("head")
    let other = try runTool(
      "bash", ["-c", "set -e\n" + script],
      environment: ["BUNDLE=\(path)", "KEY=\(directory("other.pub"))", "DIR=\(directory("out2"))"])
    #expect(other.status != 0)
    for offset in [100, sound.count / 2] {
      var changed = sound
      changed[offset] ^= 1
      try FileSystem.write(changed, to: path)
      #expect(try audit("head", "content").status != 0, "byte \(offset)")
    }
    let extra = TinyBundle.tarArchive("extra", "more")
    try FileSystem.write(sound + extra.withUnsafeBytes { ZstdCompressor().frame($0) }, to: path)
    #expect(try audit("head", "content").status != 0)
  }
}
