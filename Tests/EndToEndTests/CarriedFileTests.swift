import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// `mirror.files`: from a web server and this machine through a bundle into a directory.
@Suite(.enabled(if: NginxServer.isInstalled, "nginx is not installed"))
struct CarriedFileTests {
  private let world: FileWorld

  init() throws { world = try FileWorld() }

  @Test func filesTravelWithoutAnyImage() throws {
    let bundle = world.path("a.tar.zst")
    try Program.succeed(world.pack())
    let inspected = try inspected(bundle)
    #expect(inspected["images"]?.elements?.isEmpty == true)
    let verified = try Program.succeed(["verify", bundle, "--trust", world.key.publicPath])
    // The client and the text have two names each.
    #expect(verified.output.contains("4 blobs"), "\(verified.output)")
    #expect(try File(bundle, .read).size() < 3_000_000, "the disk image is stored compressed, and nothing twice")
    let result = try Program.succeed(world.unpack("a.tar.zst", to: "new/files", "--profile", "hub"))
    #expect(result.output.contains("6 files"), "\(result.output)")
    #expect(try world.contents(of: "new/files") == world.contents)
  }

  @Test func theSameInputsGiveTheSameBytes() throws {
    try Program.succeed(world.pack("a.tar.zst"))
    try Program.succeed(world.pack("b.tar.zst"))
    let piped = try Run(world.pack("-"), output: File(world.path("c.tar.zst"), .create)).result()
    #expect(piped.status == 0, "\(piped.errors)")
    #expect(try world.bytes("a.tar.zst") == world.bytes("b.tar.zst"))
    #expect(try world.bytes("a.tar.zst") == world.bytes("c.tar.zst"))
  }

  @Test func aDryRunMovesNothing() throws {
    let result = try Program.succeed(world.pack("a.tar.zst", [], "--dry-run"))
    #expect(result.output.contains("to fetch"))
    #expect(try FileSystem.list(world.directory.path).allSatisfy { !$0.hasPrefix("a.tar") })
    let log = world.server.accessLog
    #expect(log.contains("HEAD /pub/client.tar.gz") && !log.contains("GET"), "\(log)")
    try Program.succeed(world.pack())
    let dry = try Program.succeed(world.unpack("a.tar.zst", to: "files", "--profile", "edge", "--dry-run"))
    #expect(dry.output.contains("files/disk.raw") && dry.output.contains("files/b.txt"), "\(dry.output)")
    #expect(!dry.output.contains("files/a.txt"))
    #expect(!FileSystem.exists(world.path("files")))
  }

  @Test(arguments: [true, false]) func filesGoBesideImagesInOnePass(isPipe: Bool) throws {
    let layout = try LayoutFixture(world.path("layout"))
    let image = try layout.image([layout.layer(seed: 7, size: 300_000)], name: "team/app:v1")
    try FileSystem.write(layout.bytes(of: image), to: world.path("www/manifest.json"))
    let entries = world.entries + ["{path: \(world.path("www/manifest.json"))}"]
    try Program.succeed(world.pack("a.tar.zst", entries) + ["--image", "oci:\(layout.path):team/app:v1"])
    let arguments = [
      "unpack", isPipe ? "-" : world.path("a.tar.zst"), "oci:\(world.path("out"))", "--files", world.path("files"),
      "--profile", "hub", "--trust", world.key.publicPath, "--receipt", world.path("receipt.json"),
    ]
    let run = try Run(arguments, under: isPipe ? piped(world.path("a.tar.zst")) : [])
    let result = try run.result()
    try #require(result.status == 0, "\(result.errors)")
    var expected = world.contents
    // The content of this one lies in the head, as the image's manifest.
    expected["manifest.json"] = try layout.bytes(of: image)
    #expect(try world.contents(of: "files") == expected)
    #expect(FileSystem.exists(world.path("out/blobs/sha256/\(image.digest.hex)")))
    let receipt = try JSONReader.value(world.bytes("receipt.json"), source: "receipt")
    #expect(fileOutcomes(receipt) == expected.mapValues { _ in "moved" })
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("receipt.schema.json").verdicts([world.bytes("receipt.json")]) == ["ok"])
    }
  }

  @Test(arguments: [true, false]) func whatIsThereStaysAndTheRestIsReplaced(isPipe: Bool) throws {
    try Program.succeed(world.pack())
    try Program.succeed(world.unpack("a.tar.zst", to: "files", "--profile", "hub"))
    let other = world.path("other")
    try FileSystem.write(Array("untouched".utf8), to: other)
    try FileSystem.write(Array("plaim\n".utf8), to: world.path("files/a.txt"))
    try FileSystem.remove(world.path("files/client.tar.gz"))
    try FileSystem.replace(world.path("files/b.txt"), withLinkTo: other)
    try FileSystem.write(Array("mine".utf8), to: world.path("files/mine"))
    // As a killed run leaves it, and as one does that is still at work.
    try FileSystem.write([1], to: world.path("files/.sealift-file-1"))
    let busy = try File(world.path("files/.sealift-file-2"), .create)
    #expect(try busy.lock())
    let run = try Run(
      world.unpack(isPipe ? "-" : "a.tar.zst", to: "files", "--profile", "hub", "--json", "--receipt", world.path("r")),
      under: isPipe ? piped(world.path("a.tar.zst")) : [])
    let result = try run.result()
    try #require(result.status == 0, "\(result.errors)")
    var expected = world.contents
    expected["mine"] = Array("mine".utf8)
    expected[".sealift-file-2"] = []
    #expect(try world.contents(of: "files") == expected)
    #expect(try FileSystem.kind(of: world.path("files/b.txt")) == .file)
    #expect(try world.bytes("other") == Array("untouched".utf8))
    let document = try JSONReader.value(Array(result.output.utf8), source: "output")
    #expect(
      fileOutcomes(document) == [
        "a.txt": "moved", "b.txt": "moved", "client.tar.gz": "moved", "disk.raw": "present", "empty.bin": "present",
        "old.tar.gz": "present",
      ])
    #expect(document["receipt"]?["target"]?.text == nil)
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("receipt.schema.json").verdicts([world.bytes("r")]) == ["ok"])
    }
  }

  @Test func aProfileGetsItsOwnFilesAndThoseOfEveryone() throws {
    try Program.succeed(world.pack())
    try Program.succeed(world.unpack("a.tar.zst", to: "edge", "--profile", "edge"))
    #expect(
      try FileSystem.list(world.path("edge")) == ["b.txt", "client.tar.gz", "disk.raw", "empty.bin", "old.tar.gz"])
    expectFailure(try Program.run(world.unpack()), .usage, "edge, hub", next: "--profile edge")
    expectFailure(try Program.run(world.unpack("a.tar.zst", to: "files", "--profile", "x")), .usage, "no profile 'x'")
    #expect(!FileSystem.exists(world.path("files")))
  }

  @Test func filesThatAreNotAskedForAreNamed() throws {
    try Program.succeed(world.pack("a.tar.zst", ["{path: \(world.path("a.txt"))}"]))
    let target = ["unpack", world.path("a.tar.zst"), "oci:\(world.path("out"))", "--trust", world.key.publicPath]
    let result = try Program.succeed(target)
    #expect(result.output.contains("1 file inside, 6 B, not written: pass --files DIR"), "\(result.output)")
    let nowhere = ["unpack", world.path("a.tar.zst"), "--trust", world.key.publicPath]
    expectFailure(try Program.run(nowhere), .usage, "no target is named", next: "--files DIR")
    let more = ["--manifests", world.path("m")]
    expectFailure(try Program.run(world.unpack() + more), .usage, "no target is named")
    let only = ["registry.example", "--manifests-only"] + more
    expectFailure(try Program.run(world.unpack() + only), .usage, "--manifests-only", "--files")
    let one = ["registry.example", "--manifests", world.path("./files/")]
    expectFailure(try Program.run(world.unpack() + one), .usage, "--files and --manifests name one directory")
    #expect(!FileSystem.exists(world.path("files")))
  }
}
