import Diagnostics
import Digests
import Glibc
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Directories as `oc image mirror` writes and reads them, as a source and as a target.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct OcDirectoryTests {
  private let world: World

  init() throws { world = try World() }

  private func pack(_ images: String..., more: [String] = []) -> [String] {
    ["pack", "--key", world.key.privatePath, "--src-tls-verify=false", "-o", world.path("b.tar.zst")]
      + images.flatMap { ["--image", $0] } + more
  }

  /// What a bundle has: `destination digest` of each image, sorted.
  private func images(_ bundle: String) throws -> [String] {
    try (inspected(world.path(bundle))["images"]?.elements ?? []).flatMap { image in
      (image["destinations"]?.elements ?? []).map { "\($0.text ?? "") \(image["digest"]?.text ?? "")" }
    }.sorted()
  }

  @Test(arguments: [false, true]) func theWayThroughADirectoryChangesNothing(isPipe: Bool) throws {
    try world.packed("a.tar.zst")
    let mirror = world.path("mirror")
    if isPipe {
      let run = try Run(world.unpack("-", to: "file://\(mirror)"), under: piped(world.path("a.tar.zst")))
      #expect(try run.result().status == 0)
    } else {
      let output = try Program.succeed(world.unpack("a.tar.zst", to: "file://\(mirror)", "--json")).output
      #expect(output.contains("file://\(mirror)//team/app:v1"))
    }
    #expect(
      try FileSystem.target(ofLink: "\(mirror)/v2/team/app/manifests/v1") == world.app.digest.description)
    let base = try world.layout.layer(seed: 1, size: 300_000).digest
    let shared = try File("\(mirror)/v2/team/app/blobs/\(base)", .read)
    for repository in ["other", "multi"] {
      #expect(try shared.hasName("\(mirror)/v2/team/\(repository)/blobs/\(base)"))
    }

    try Program.succeed(pack("file://\(mirror)"))
    #expect(try images("b.tar.zst") == images("a.tar.zst"))
    let target = try RegistryServer()
    try Program.succeed(world.unpack("b.tar.zst", to: target.address))
    let direct = try RegistryServer()
    try Program.succeed(world.unpack("a.tar.zst", to: direct.address))
    #expect(try RegistryStorage(target).state() == RegistryStorage(direct).state())
  }

  @Test func aSecondRunSendsNothing() throws {
    try world.packed("a.tar.zst")
    let target = "file://\(world.path("mirror"))"
    var outcomes: [Set<String>] = []
    for _ in 0..<2 {
      try Program.succeed(world.unpack("a.tar.zst", to: target, "--receipt", world.path("receipt.json")))
      let receipt = try JSONReader.value(world.bytes("receipt.json"), source: "the receipt")
      outcomes.append(
        Set(
          ["blobs", "manifests", "tags"].flatMap { receipt[$0]?.elements?.compactMap { $0["outcome"]?.text } ?? [] }))
    }
    #expect(outcomes[0].contains("moved") && outcomes[1] == ["present"])
  }

  @Test func aDirectoryOfOcIsPacked() throws {
    let mirror = MirrorFixture(world.path("mirror"))
    for tag in ["4.16.0-x86_64", "4.16.0-x86_64-cli", "4.17.0-x86_64"] {
      try mirror.add(world.app, from: world.layout, to: "openshift/release", tag: tag)
    }
    let repository = "file://\(mirror.path)//openshift/release"
    for (image, more, expected) in [
      ("\(repository):4.16.0-x86_64*", [], ["4.16.0-x86_64", "4.16.0-x86_64-cli"]),
      ("\(repository):4.17.0-x86_64", [], ["4.17.0-x86_64"]),
      ("\(repository)@\(world.app.digest)", [], [world.app.digest.tag]),
      ("file://\(mirror.path)", ["--no-referrers"], ["4.16.0-x86_64", "4.16.0-x86_64-cli", "4.17.0-x86_64"]),
    ] {
      try Program.succeed(pack(image, more: more))
      #expect(try images("b.tar.zst") == expected.map { "openshift/release:\($0) \(world.app.digest)" })
      try Program.succeed(["verify", world.path("b.tar.zst"), "--trust", world.key.publicPath])
    }
  }

  @Test func theConfigurationNamesADirectory() throws {
    let mirror = MirrorFixture(world.path("mirror"))
    for tag in ["v1", "v2"] { try mirror.add(world.app, from: world.layout, to: "team/app", tag: tag) }
    func run(_ name: String, _ more: String) throws -> ToolResult {
      let text = """
        apiVersion: mirror.openshift.io/v2alpha1
        kind: ImageSetConfiguration
        mirror:
          additionalImages:
          - name: \(name)
            \(more)

        """
      let file = world.path("signer.yaml")
      try FileSystem.write(Array(text.utf8), to: file)
      return try Program.run(pack(more: ["-c", file]))
    }
    let directory = "file://\(mirror.path)"
    expectFailure(
      try run(directory, "targetTag: v9"), .configuration, "targetTag names one image", "has 2",
      next: "\(directory)//REPOSITORY:TAG")
    expectFailure(try run("\(directory)//Team", ""), .configuration, "signer.yaml:5:", "names no valid repository")
    #expect(try run("\(directory)//team/app:v2", "targetTag: v9").status == 0)
    #expect(try images("b.tar.zst") == ["team/app:v9 \(world.app.digest)"])
  }

  @Test func aDamagedLayerIsFound() throws {
    let mirror = MirrorFixture(world.path("mirror"))
    try mirror.add(world.app, from: world.layout, to: "team/app", tag: "v1")
    let layer = try world.layout.layer(seed: 2, size: 100_001)
    try File(mirror.blob(layer.digest, in: "team/app"), .update).write([0x55], at: 100_000)
    expectFailure(try Program.run(pack("file://\(mirror.path)")), .protocol, layer.digest.description)
    #expect(!FileSystem.exists(world.path("b.tar.zst")))
    try FileSystem.remove(mirror.blob(layer.digest, in: "team/app"))
    expectFailure(try Program.run(pack("file://\(mirror.path)")), .notFound, layer.digest.description)
  }

  @Test func releaseSignaturesLieBesideTheImages() throws {
    let release = TinyRelease()
    let bundle = TinyBundle(
      layers: [.gzip([1, 2, 3])], keys: [try TinyBundle.exampleKey], release: release)
    try bundle.write(to: world.path("a.tar.zst"))
    let payload = try Digest(
      #require(try inspected(world.path("a.tar.zst"), "--allow-unsigned")["images"]?.elements?.first?["digest"]?.text))
    let mirror = world.path("mirror")
    // The second time it is there already, and stays beside what else is there.
    for _ in 0..<2 {
      // Without gpgv the signature, which is none, goes unproven.
      try Program.succeed(
        ["unpack", world.path("a.tar.zst"), "file://\(mirror)", "--allow-unsigned"],
        environment: ["PATH": "/nonexistent"])
      let name = "signature-sha256-\(payload.hex.prefix(16)).json"
      let status = try File("\(mirror)/config/\(name)", .read).status()
      #expect(status.st_mode & 0o777 == 0o640)
      let file = try JSONReader.value(FileSystem.read("\(mirror)/config/\(name)", limit: 1 << 20), source: name)
      #expect(file["metadata"]?["name"]?.text == payload.tag)
      #expect(file["binaryData"]?["\(payload.tag)-1"]?.text == release.signature.map { Base64.encode($0) })
      try FileSystem.write([1], to: "\(mirror)/config/other.json")
      #expect(try FileSystem.list("\(mirror)/config") == ["other.json", name])
    }
  }

  @Test func releaseSignaturesTravelWithTheImagesBesideThem() throws {
    let mirror = MirrorFixture(world.path("mirror"))
    try mirror.add(world.app, from: world.layout, to: "openshift/release", tag: "4.16.0-x86_64")
    let config = world.path("mirror/config")
    try FileSystem.makeDirectory(config)
    let other = "sha256-" + String(repeating: "0", count: 64)
    func object(_ name: String, label: String = "release.openshift.io/verification-signatures") -> String {
      #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"\#(name)","namespace":"openshift-config-managed","#
        + #""labels":{"\#(label)":""}},"binaryData":{"\#(name)-1":"aGVsbG8="}}"#
    }
    let tag = world.app.digest.tag
    for (name, text) in [
      ("signature-sha256-1.json", object(tag) + "\n"), ("signature-sha256-2.json", object(other)),
      ("signature-sha256-3.json", "{"), ("readme.json", "{"),
    ] { try FileSystem.write(Array(text.utf8), to: "\(config)/\(name)") }
    let notes = try Program.succeed(pack("file://\(mirror.path)")).errors
    #expect(notes.contains("signature-sha256-2.json"), "\(notes)")
    #expect(notes.contains("a release signature is not packed: file://\(config)/signature-sha256-3.json"), "\(notes)")
    // What it is about is no payload, which has no keys to prove it by.
    #expect(notes.contains("signature-sha256-1.json") && notes.contains("is packed unproven"), "\(notes)")
    #expect(!notes.contains("readme"), "\(notes)")
    let manifests = world.path("manifests")
    try Program.succeed(
      world.unpack("b.tar.zst", to: "registry.example", "--manifests", manifests, "--manifests-only"))
    let found = try runTool("grep", ["-rl", "\(tag)-1", manifests]).output.split(separator: "\n")
    #expect(found.count == 1 && found.first?.contains("/ConfigMap/") == true, "\(found)")
    #expect(try runTool("grep", ["-rl", other, manifests]).output.isEmpty)
    // What no cluster would take is left.
    try FileSystem.write(Array(object(tag, label: "mine").utf8), to: "\(config)/signature-sha256-1.json")
    try FileSystem.remove(world.path("b.tar.zst"))
    #expect(try Program.succeed(pack("file://\(mirror.path)")).errors.contains("no cluster would take it"))
  }

  @Test func deepPathsAreJoined() throws {
    try world.packed("a.tar.zst")
    let mirror = world.path("mirror")
    try Program.succeed(world.unpack("a.tar.zst", to: "file://\(mirror)", "--max-nested-paths", "1"))
    #expect(try FileSystem.list("\(mirror)/v2") == ["team-app", "team-multi", "team-other"])
  }

  @Test func nothingShowsOfABundleThatIsDamaged() throws {
    try world.packed("a.tar.zst")
    let size = try world.bytes("a.tar.zst").count
    try File(world.path("a.tar.zst"), .update).write([0x55, 0xAA], at: size / 2)
    let mirror = world.path("mirror")
    expectFailure(try Program.run(world.unpack("a.tar.zst", to: "file://\(mirror)")), .corrupt)
    for repository in ["app", "other", "multi"] where FileSystem.exists("\(mirror)/v2/team/\(repository)") {
      let names = try FileSystem.list("\(mirror)/v2/team/\(repository)/manifests")
      #expect(names.allSatisfy { $0.hasPrefix("sha256:") })
    }
  }

  @Test(arguments: [("file://", "names no directory"), ("file://d//team", "names a repository")])
  func targetsOfOtherFormsAreRefused(target: String, problem: String) throws {
    try world.packed("a.tar.zst")
    expectFailure(try Program.run(world.unpack("a.tar.zst", to: target)), .usage, problem, next: "file://")
  }
}
