import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// What goes into a bundle, and under which names.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct PackContentTests {
  private let world: World

  init() throws { world = try World() }

  /// The arguments that pack what a configuration file asks for.
  private func pack(configuration mirror: String, _ more: String...) throws -> [String] {
    let text = "apiVersion: mirror.openshift.io/v2alpha1\nkind: ImageSetConfiguration\nmirror:\n\(mirror)\n"
    let file = world.path("signer.yaml")
    try FileSystem.write(Array(text.utf8), to: file)
    return [
      "pack", "-c", file, "--key", world.key.privatePath, "--src-tls-verify=false", "-o", world.path("a.tar.zst"),
    ] + more
  }

  private func pack(images: String...) -> [String] {
    ["pack", "--key", world.key.privatePath, "--src-tls-verify=false", "-o", world.path("a.tar.zst")]
      + images.flatMap { ["--image", $0] }
  }

  private func destinations(_ bundle: String = "a.tar.zst") throws -> [String] {
    try inspected(world.path(bundle))["images"]?.elements?.flatMap { image in
      image["destinations"]?.elements?.compactMap(\.text) ?? []
    } ?? []
  }

  @Test func aPipeGetsTheBytesOfTheFile() throws {
    let expected = try world.bytes(world.packed())
    for parallel in ["1", "7"] {
      let file = try File(world.path("piped.tar.zst"), .replace)
      // Through `cat`, so that it is a pipe.
      let pipe = ["bash", "-o", "pipefail", "-c", "\"$@\" | cat", "bash"]
      let run = try Run(world.pack("-", "--parallel", parallel), output: file, under: pipe)
      #expect(try run.result().status == 0)
      #expect(try world.bytes("piped.tar.zst") == expected)
    }
  }

  @Test func aDryRunMovesNothing() throws {
    let size = try world.bytes(world.packed()).count
    try FileSystem.remove(world.path("bundle.tar.zst"))
    let before = world.relay.bytes(.toClient)
    let output = try Program.succeed(world.pack("a.tar.zst", "--dry-run", "--json")).output
    #expect(world.relay.bytes(.toClient) - before < 60_000)
    #expect(try world.files() == [])
    let plan = try JSONReader.value(Array(output.utf8), source: "the plan")
    #expect(plan["dryRun"] == .boolean(true))
    #expect(plan["fileBytesExact"] == .boolean(false))
    #expect((plan["fileBytes"]?.integer ?? 0) >= size)
    #expect(plan["images"]?.elements?.count == 5)
    // A manifest for each image at least.
    #expect(try #require(plan["requests"]?.integer) >= 5)
  }

  @Test func theSizeOfLayersThatAreCompressedIsKnownToTheByte() throws {
    let arguments = pack(images: "\(world.relay.address)/team/app:v1")
    let plan = try JSONReader.value(
      Array(try Program.succeed(arguments + ["--dry-run", "--json"]).output.utf8), source: "the plan")
    try Program.succeed(arguments)
    #expect(plan["fileBytesExact"] == .boolean(true))
    #expect(plan["fileBytes"]?.integer == (try world.bytes("a.tar.zst").count))
  }

  @Test func signaturesAndReferrersTravelAlong() throws {
    try world.packed("a.tar.zst")
    let images = try inspected(world.path("a.tar.zst"))["images"]?.elements ?? []
    let digests = images.compactMap { $0["digest"]?.text }
    #expect(digests.contains(world.signature.digest.description))
    #expect(digests.contains(world.referrer.digest.description))
    #expect(try destinations().contains("team/app:\(world.app.digest.tag).sig"))
    try Program.succeed(world.pack("b.tar.zst", "--no-referrers"))
    #expect(try destinations("b.tar.zst") == World.names)
  }

  @Test func anImageByDigestIsTaggedByIt() throws {
    try Program.succeed(pack(images: "\(world.relay.address)/team/app@\(world.app.digest)") + ["--no-referrers"])
    #expect(try destinations() == ["team/app:\(world.app.digest.tag)"])
  }

  @Test func aTagOfThatFormIsNoReferrerWhereItIsAnImage() throws {
    // As an earlier mirror of the image by digest has left it.
    let storage = RegistryStorage(world.source)
    try storage.add(world.app, from: world.layout, to: "team/copy", tag: "v1")
    try storage.add(world.app, from: world.layout, to: "team/copy", tag: world.app.digest.tag)
    try Program.succeed(pack(images: "\(world.relay.address)/team/copy:v1"))
    #expect(try destinations() == ["team/copy:v1"])
  }

  @Test func theConfigurationNamesDestinationsAndBlocks() throws {
    let host = world.relay.address
    let result = try Program.succeed(
      pack(
        configuration: """
            additionalImages:
            - name: \(host)/team/app:v1
              targetRepo: other/place
              targetTag: v9
            - name: \(host)/team/other:v1
            - name: oci:\(world.layout.path):team/multi:v2
              targetRepo: third/place
            blockedImages:
            - name: .*/team/other.*
          """, "--no-referrers"))
    #expect(result.errors.contains("note: \(host)/team/other:v1 is left out: line 12 blocks '.*/team/other.*'"))
    #expect(try destinations() == ["other/place:v9", "third/place:v2"])
  }

  @Test func layoutsGiveAllTheirImages() throws {
    let layout = try LayoutFixture(world.path("layout") + "/inner")
    let named = try layout.image([layout.layer(seed: 20, size: 10)], name: "v5")
    let nameless = try layout.image([layout.layer(seed: 21, size: 10)])
    try layout.list(nameless)
    try Program.succeed(pack(images: "oci:\(layout.path)"))
    #expect(try destinations() == ["inner:v5", "inner:\(nameless.digest.tag)"])
    try Program.succeed(pack(images: "oci:\(layout.path):v5"))
    #expect(
      try inspected(world.path("a.tar.zst"))["images"]?.elements?.first?["digest"]?.text == named.digest.description)
    expectFailure(try Program.run(pack(images: "oci:\(layout.path):v6")), .notFound, "v6")
  }

  @Test func twoImagesForOneDestinationAreNamed() throws {
    let host = world.relay.address
    let result = try Program.run(
      pack(
        configuration: """
            additionalImages:
            - name: \(host)/team/app:v1
            - name: \(host)/team/other:v1
              targetRepo: team/app
          """))
    expectFailure(
      result, .configuration, "\(host)/team/app:v1", "\(host)/team/other:v1", "team/app:v1", next: "targetRepo")
    #expect(try world.files() == [])
  }

  @Test(arguments: [true, false]) func foreignLayersAreLeftOutOnlyIfThatIsWanted(isWanted: Bool) throws {
    let type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    var foreign = try world.layout.blob([1, 2, 3], type)
    foreign.hasURLs = true
    try FileSystem.remove("\(world.layout.path)/blobs/sha256/\(foreign.digest.hex)")
    try world.layout.image([foreign, world.layout.layer(seed: 30, size: 99)], name: "team/windows:v1", docker: true)
    let arguments = pack(images: "oci:\(world.layout.path):team/windows:v1")
    if isWanted {
      let result = try Program.succeed(arguments + ["--skip-foreign-layers"])
      #expect(
        result.errors.contains("warning: oci:\(world.layout.path):team/windows:v1: the foreign layer \(foreign.digest)")
      )
      try Program.succeed(["verify", world.path("a.tar.zst"), "--trust", world.key.publicPath])
    } else {
      expectFailure(try Program.run(arguments), .notFound, foreign.digest.description, next: "--skip-foreign-layers")
      #expect(try world.files() == [])
    }
  }

  @Test func whatIsMissingIsNamed() throws {
    let host = world.relay.address
    let tag = try Program.run(pack(images: "\(host)/team/app:v1", "\(host)/team/app:none"))
    expectFailure(tag, .notFound, "\(host)/team/app:none")
    #expect(try world.files() == [])
    let layer = try world.layout.layer(seed: 3, size: 70_000)
    try FileSystem.remove(RegistryStorage(world.source).path(of: layer.digest))
    let blob = try Program.run(world.pack("a.tar.zst"))
    expectFailure(blob, .notFound, layer.digest.description)
    #expect(!FileSystem.exists(world.path("a.tar.zst")))
  }

  @Test func aBlobThatTheSourceHasDamagedIsFound() throws {
    let layer = try world.layout.layer(seed: 3, size: 70_000)
    try File(RegistryStorage(world.source).path(of: layer.digest), .update).write([0x55], at: 69_999)
    let result = try Program.run(world.pack("a.tar.zst"))
    expectFailure(result, .protocol, layer.digest.description)
    #expect(!FileSystem.exists(world.path("a.tar.zst")))
  }

  @Test func nobodyPacksUnsignedByAccident() throws {
    var arguments = world.pack("a.tar.zst")
    let key = try #require(arguments.firstIndex(of: "--key"))
    arguments.removeSubrange(key...key + 1)
    expectFailure(try Program.run(arguments), .usage, "no key", next: "keygen")
    #expect(try world.files() == [])
    try Program.succeed(arguments + ["--unsigned"])
    expectFailure(
      try Program.run(["verify", world.path("a.tar.zst"), "--trust", world.key.publicPath]), .untrusted, "no signature")
  }
}
