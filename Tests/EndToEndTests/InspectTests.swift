import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// What can be learned of a bundle from its beginning.
@Suite struct InspectTests {
  private let directory: TemporaryDirectory
  private let key: SigningKey
  private let bundle: String

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ecdsa, in: directory, name: "signer")
    bundle = directory("a.tar.zst")
    // A name that would hide the rest of a line, colour it, and turn it round.
    let layout = try LayoutFixture(directory("\u{1B}[2K\u{1B}]8;;x\u{7}\u{202E}layout\u{9B}1m"))
    try layout.image([layout.layer(seed: 1, size: 3 << 20)], name: "team/app:v1")
    try Program.succeed(["pack", "--image", "oci:\(layout.path)", "--key", key.privatePath, "-o", bundle])
  }

  @Test func onlyTheBeginningIsRead() throws {
    let expected = try Program.succeed(["inspect", bundle, "--json", "--trust", key.publicPath]).output
    let file = try File(bundle, .update)
    let whole = try file.size()
    try file.truncate(to: 256 << 10)
    let output = try Program.succeed(["inspect", bundle, "--json", "--trust", key.publicPath]).output
    #expect(output == expected.replacing("\"fileBytes\":\(whole)", with: "\"fileBytes\":\(256 << 10)"))
  }

  @Test func whatIsNoUpdateNeedsNoPlaceForFiles() throws {
    try Program.succeed(["inspect", bundle], environment: ["TMPDIR": directory("nowhere")])
  }

  @Test func aPipeIsLeftAfterTheBeginning() throws {
    // The other end stays open, and no more comes.
    let halting = "exec \"$@\" < <(head -c 262144 \"$0\"; exec tail --pid=$$ -f /dev/null)"
    #expect(try Run(["inspect", "-"], under: ["bash", "-c", halting, bundle]).result().status == 0)
    let endless = ["bash", "-c", "exec \"$@\" < <(exec cat \"$0\" /dev/zero)", bundle]
    #expect(try Run(["inspect", "-"], under: endless).result().status == 0)
  }

  @Test func textFromOutsideCannotSteerTheTerminal() throws {
    for arguments in [["inspect", bundle], ["inspect", bundle, "--json"], ["verify", bundle, "--json"]] {
      let result = try Program.succeed(arguments + ["--trust", key.publicPath])
      for scalar in (result.output + result.errors).unicodeScalars where scalar != "\n" {
        #expect(scalar.value >= 0x20 && scalar.value != 0x7F && scalar.value != 0x9B && scalar.value != 0x202E)
      }
    }
    #expect(try Program.succeed(["inspect", bundle]).output.contains("\\u{1B}[2K"))
    let source = try inspected(bundle)["images"]?.elements?.first?["source"]?.text
    #expect(source?.contains("\u{1B}[2K\u{1B}]8;;x\u{7}\u{202E}layout") == true)
  }

  @Test func theDocumentSaysWhatIsInside() throws {
    let found = try inspected(bundle, "--trust", key.publicPath)
    #expect(found["trusted"] == .boolean(true))
    #expect(found["signatures"]?.elements?.map { $0["state"]?.text } == ["trusted"])
    #expect(found["fileBytes"]?.integer == (try File(bundle, .read).size()))
    #expect(found["created"]?.text == "2023-11-14T22:13:20Z")
    let image = try #require(found["images"]?.elements?.first)
    #expect(image["destinations"]?.elements?.compactMap(\.text) == ["team/app:v1"])
    #expect(image["platforms"]?.elements?.compactMap(\.text) == ["linux/amd64"])
    #expect(image["reason"]?.text == "requested")
    #expect(try inspected(bundle)["trusted"] == .null)
  }
}
