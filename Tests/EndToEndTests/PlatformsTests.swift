import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Lists of images of which only some platforms are wanted.
struct PlatformsTests {
  private let directory: TemporaryDirectory
  private let layout: LayoutFixture
  private let source: RegistryDouble
  private let amd: Descriptor
  private let arm: Descriptor
  private let armLayer: Descriptor
  /// What build tools attached to `amd` and to `arm`.
  private let attestations: [Descriptor]
  /// `team/multi:1`, of all of these.
  private let multi: Descriptor
  /// Refers to `arm`.
  private let sbom: Descriptor

  init() throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
    source = try RegistryDouble()
    armLayer = try layout.layer(seed: 2, size: 700)
    amd = try layout.image([layout.layer(seed: 1, size: 500)])
    arm = try layout.image([armLayer], architecture: "arm64")
    sbom = try layout.image([layout.layer(seed: 3, size: 50)], subject: arm)
    var attached: [Descriptor] = []
    for (number, image) in [amd, arm].enumerated() {
      var descriptor = try layout.image([layout.layer(seed: 10 + UInt64(number), size: 40)], architecture: "unknown")
      descriptor.platform = Platform(os: "unknown", architecture: "unknown")
      descriptor.annotations = [
        .init("vnd.docker.reference.digest", image.digest.description),
        .init("vnd.docker.reference.type", "attestation-manifest"),
      ]
      attached.append(descriptor)
    }
    attestations = attached
    multi = try layout.index(
      [Self.of(amd, "amd64"), Self.of(arm, "arm64", variant: "v8")] + attestations)
    try source.add(multi, from: layout, to: "team/multi", tag: "1")
    try source.add(sbom, from: layout, to: "team/multi")
    try source.add(arm, from: layout, to: "team/arm", tag: "1")
  }

  private static func of(_ image: Descriptor, _ architecture: String, variant: String? = nil) -> Descriptor {
    var descriptor = image
    descriptor.platform = Platform(os: "linux", architecture: architecture, variant: variant)
    return descriptor
  }

  private func pack(_ mirror: String, _ more: String...) throws -> ToolResult {
    let text = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror: \(mirror)\n"
    try FileSystem.write(Array(text.utf8), to: directory("c.yaml"))
    if FileSystem.exists(directory("a.tar.zst")) { try FileSystem.remove(directory("a.tar.zst")) }
    return try Program.run(
      ["pack", "-c", directory("c.yaml"), "--unsigned", "--src-tls-verify=false", "-o", directory("a.tar.zst")] + more)
  }

  private func image(_ name: String, _ platforms: [String]) -> String {
    let list = platforms.map { "{os: linux, architecture: \($0)}" }.joined(separator: ", ")
    return "{additionalImages: [{name: '\(source.address)/\(name)', platforms: [\(list)]}]}"
  }

  private func unpack(to target: String, _ more: String...) -> [String] {
    [
      "unpack", directory("a.tar.zst"), target, "--allow-unsigned", "--dest-tls-verify=false", "--retries", "0",
      "--receipt", directory("receipt.json"),
    ] + more
  }

  private func inspected() throws -> [JSONValue] {
    let result = try Program.succeed(["inspect", directory("a.tar.zst"), "--json"])
    return try JSONReader.value(Array(result.output.utf8), source: "the report")["images"]?.elements ?? []
  }

  @Test func aListIsCarriedInPartAndKeepsItsDigest() throws {
    for name in ["team/multi:1", "team/multi@\(multi.digest)"] {
      let packed = try pack(image(name, ["amd64"]))
      #expect(packed.status == 0, "\(packed.errors)")
      let images = try inspected()
      #expect(images.count == 1, "what refers to an image that is left out is left out with it")
      #expect(images.first?["digest"]?.text == multi.digest.description)
      #expect(images.first?["platforms"]?.elements?.compactMap(\.text) == ["linux/amd64"])
      let absent = images.first?["absent"]?.elements?.compactMap(\.text)
      #expect(absent == [arm, attestations[1]].map(\.digest.description).sorted())
      #expect(try Program.succeed(["inspect", directory("a.tar.zst")]).output.contains("(without 2 more)"))
      let target = try RegistryDouble()
      try Program.succeed(unpack(to: target.address))
      #expect(target.content.manifests["team/multi@\(multi.digest)"] != nil)
      #expect(target.content.manifests["team/multi@\(attestations[0].digest)"] != nil)
      #expect(target.content.manifests["team/multi@\(arm.digest)"] == nil)
      #expect(!target.content.blobs.keys.contains { $0.hasSuffix("\(armLayer.digest)") })
    }
  }

  @Test func whatIsAskedForElsewhereIsThere() throws {
    // By itself in another repository, and by another entry for the same list.
    let address = source.address
    let packed = try pack(
      "{additionalImages: [{name: '\(address)/team/multi:1', platforms: [{os: linux, architecture: amd64}]}, "
        + "{name: '\(address)/team/arm:1'}]}")
    #expect(packed.status == 0, "\(packed.errors)")
    let target = try RegistryDouble()
    try Program.succeed(unpack(to: target.address))
    #expect(target.content.manifests["team/arm@\(arm.digest)"] != nil)
    #expect(target.content.manifests["team/multi@\(arm.digest)"] == nil)
    #expect(
      try pack(
        "{additionalImages: [{name: '\(address)/team/multi:1', platforms: [{os: linux, architecture: amd64}]}, "
          + "{name: '\(address)/team/multi@\(multi.digest)', targetTag: two}]}"
      ).status == 0)
    #expect(try inspected().first?["absent"]?.elements?.count == 0)
  }

  @Test func platformsThatThereAreNot() throws {
    let some = try pack(image("team/multi:1", ["amd64", "s390x"]))
    #expect(some.status == 0 && some.errors.contains("team/multi:1 has no image for linux/s390x"), "\(some.errors)")
    let none = try pack(image("team/multi:1", ["s390x"]))
    #expect(none.status == 66 && none.errors.contains("it has some for linux/amd64, linux/arm64"), "\(none.errors)")
    let rest = try pack(
      "{additionalImages: [{name: '\(source.address)/team/multi:1', platforms: [{os: linux, architecture: s390x}]}, "
        + "{name: '\(source.address)/team/arm:1'}]}", "--keep-going")
    #expect(rest.status == 2, "\(rest.errors)")
    let single = try pack(image("team/arm:1", ["amd64"]))
    #expect(
      single.status == 0 && single.errors.contains("is one image, for linux/arm64, and no list"), "\(single.errors)")
    #expect(try inspected().first?["digest"]?.text == arm.digest.description)
  }

  @Test func aSourceThatHasSomePlatformsAlone() throws {
    let gone = [arm, attestations[1]].map(\.digest.description)
    let sparse = try RegistryDouble { request in
      gone.contains { request.path.hasSuffix($0) } ? .whole(404) : nil
    }
    try sparse.add(multi, from: layout, to: "team/multi", tag: "1")
    let name = "\(sparse.address)/team/multi:1"
    let whole = try pack("{additionalImages: [{name: '\(name)'}]}")
    #expect(whole.status == 66 && whole.errors.contains("platforms"), "\(whole.errors)")
    #expect(
      try pack("{additionalImages: [{name: '\(name)', platforms: [{os: linux, architecture: amd64}]}]}").status == 0)
  }

  @Test(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
  func aRegistryThatWantsAllOfAList() throws {
    try #require(try pack(image("team/multi:1", ["amd64"])).status == 0)
    let target = try RegistryServer()
    let refused = try Program.run(unpack(to: target.address))
    #expect(refused.status == 76 && refused.errors.contains("was packed in part (linux/amd64"), "\(refused.errors)")
    #expect(refused.errors.contains("--rewrite-lists"), "\(refused.errors)")
    let rest = try Program.run(unpack(to: target.address, "--keep-going"))
    #expect(rest.status == 76 || rest.status == 2, "\(rest.errors)")

    let dry = try Program.succeed(unpack(to: target.address, "--rewrite-lists", "--dry-run"))
    #expect(dry.output.contains("would make anew") && dry.output.contains(multi.digest.description), "\(dry.output)")
    let done = try Program.succeed(
      unpack(to: target.address, "--rewrite-lists", "--manifests", directory("manifests")))
    #expect(done.errors.contains("what names that digest does not find it"), "\(done.errors)")
    let bytes = try FileSystem.read(directory("receipt.json"), limit: 1 << 20)
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("receipt.schema.json").verdicts([bytes]) == ["ok"])
    }
    let receipt = try JSONReader.value(bytes, source: "the receipt")
    let list = try #require(receipt["rewritten"]?.elements?.first)
    #expect(list["from"]?.text == multi.digest.description && list["name"]?.text == "team/multi:1")
    let steps = String(
      decoding: try FileSystem.read(directory("manifests/NEXT-STEPS.md"), limit: 1 << 20), as: UTF8.self)
    let new = try #require(list["to"]?.text)
    #expect(steps.contains("## Lists that were made anew") && steps.contains(new))
    let storage = RegistryStorage(target)
    #expect(storage.digest(of: "1", in: "team/multi")?.description == new)
    #expect(storage.hasManifest(amd.digest, in: "team/multi"))
    #expect(!storage.hasManifest(multi.digest, in: "team/multi"))
    // The same again changes nothing.
    try Program.succeed(unpack(to: target.address, "--rewrite-lists"))
    #expect(storage.digest(of: "1", in: "team/multi")?.description == new)
  }

  @Test(arguments: [false, true]) func directoriesTakeListsInPart(isMirror: Bool) throws {
    try #require(try pack(image("team/multi:1", ["arm64"])).status == 0)
    let target = isMirror ? "file://\(directory("out"))" : "oci:\(directory("out"))"
    try Program.succeed(unpack(to: target))
    // Nothing of it is missing for who asks for the same again.
    try Program.succeed(unpack(to: target))
    #expect(try Program.run(["pack", "--image", target, "--unsigned", "-o", directory("b.tar.zst")]).status != 0)
    try Program.succeed(unpack(to: target + "2", "--rewrite-lists"))
    try Program.succeed(["pack", "--image", target + "2", "--unsigned", "-o", directory("b.tar.zst")])
  }
}
