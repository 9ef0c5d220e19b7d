import SystemIO
import TestSupport
import Testing

/// The bundle that `formats/bundle-v1.md` shows byte by byte, through the program.
@Suite struct ExampleBundleTests {
  @Test(.enabled(if: GPGHome.isInstalled, "\(GPGHome.reason)"), arguments: ["verify", "inspect"])
  func theExampleIsProvenAndItsReleaseToo(_ command: String) throws {
    let document = Repository.path("formats/bundle-v1.md")
    let text = String(decoding: try FileSystem.read(document, limit: 1 << 20), as: UTF8.self)
    let dump = text.split(separator: "\n").filter { $0 == "*" || $0.wholeMatch(of: #/[0-9a-f]{8}  .*\|/#) != nil }
    let directory = try TemporaryDirectory()
    let path = directory("tiny.tar.zst")
    try FileSystem.write(#require(HexDump.bytes(dump)), to: path)
    let examples = Repository.path("formats/examples")
    let keys = ["--trust", "\(examples)/tiny.pub"]
    let releaseKeys = command == "verify" ? ["--release-key", "\(examples)/tiny.gpg"] : []
    let output = try Program.succeed([command, path] + keys + releaseKeys).output
    #expect(output.contains("4.18.1 amd64"))
    if command == "inspect" { #expect(output.contains("signed by \(TinyRelease.example.fingerprint)")) }
  }
}
