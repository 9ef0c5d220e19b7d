import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// One thing that a target refuses does not sink the rest, and what is not wanted is not sent.
struct KeepGoingTests {
  private let directory: TemporaryDirectory
  private let layout: LayoutFixture
  private let source: RegistryDouble
  /// `team/app:1`, with a signature and an SBOM.
  private let app: Descriptor
  private let signature: Descriptor
  private let sbom: Descriptor
  /// `team/multi:1`, of two images.
  private let multi: Descriptor
  private let arm: Descriptor
  /// `team/other:1`.
  private let other: Descriptor

  init() throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
    source = try RegistryDouble()
    app = try layout.image([layout.layer(seed: 1, size: 500)])
    signature = try layout.image([layout.layer(seed: 2, size: 50)])
    sbom = try layout.image([layout.layer(seed: 3, size: 50)], subject: app)
    arm = try layout.image([layout.layer(seed: 4, size: 50)], architecture: "arm64")
    multi = try layout.index([arm, layout.image([layout.layer(seed: 5, size: 50)])])
    other = try layout.image([layout.layer(seed: 6, size: 50)])
    for (image, repository, tag) in [
      (app, "team/app", "1"), (multi, "team/multi", "1"), (other, "team/other", "1"),
      (signature, "team/app", "\(app.digest.tag).sig"),
    ] {
      try source.add(image, from: layout, to: repository, tag: tag)
    }
    try source.add(sbom, from: layout, to: "team/app")
    let names = ["app", "multi", "other"].flatMap { ["--image", "\(source.address)/team/\($0):1"] }
    try Program.succeed(
      ["pack", "--unsigned", "--src-tls-verify=false", "-o", directory("a.tar.zst")] + names)
  }

  private func unpack(to target: RegistryDouble, _ more: String...) -> [String] {
    [
      "unpack", directory("a.tar.zst"), target.address, "--allow-unsigned", "--dest-tls-verify=false", "--retries", "0",
      "--receipt", directory("receipt.json"),
    ] + more
  }

  /// A registry that refuses a manifest, by whatever name.
  private func refusing(_ manifest: Descriptor, status: Int = 400) throws -> RegistryDouble {
    let digest = manifest.digest
    return try RegistryDouble { request in
      guard request.method == "PUT", request.path.contains("/manifests/"),
        SHA256Hasher.digest(of: request.body) == digest
      else { return nil }
      let body = #"{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}"#
      return .whole(status, ["Content-Type": "application/json"], Array(body.utf8))
    }
  }

  private func receipt() throws -> JSONValue {
    let bytes = try FileSystem.read(directory("receipt.json"), limit: 1 << 20)
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("receipt.schema.json").verdicts([bytes]) == ["ok"])
    }
    return try JSONReader.value(bytes, source: "the receipt")
  }

  private func refused() throws -> [String] {
    try receipt()["refused"]?.elements?.compactMap { $0["name"]?.text } ?? []
  }

  private var signatureTag: String { "team/app:\(app.digest.tag).sig" }

  @Test func withoutLeaveARefusalEndsTheRun() throws {
    let target = try refusing(other)
    let result = try Program.run(unpack(to: target))
    #expect(result.status == 76, "\(result.errors)")
    #expect(result.errors.contains("--keep-going"), "\(result.errors)")
    #expect(target.content.tags == [])
  }

  @Test(arguments: [400, 403, 404, 405, 409, 410, 412, 413, 415, 422, 431, 451])
  func anSBOMThatIsRefusedIsLeftOut(status: Int) throws {
    let target = try refusing(sbom, status: status)
    let result = try Program.run(unpack(to: target, "--keep-going"))
    #expect(result.status == 2, "\(result.errors)")
    #expect(result.errors.contains("the target did not take all: team/app@\(sbom.digest)"), "\(result.errors)")
    #expect(target.content.tags == ["team/app:1", "team/multi:1", "team/other:1", signatureTag])
    #expect(try refused() == ["team/app@\(sbom.digest)"])
    #expect(try receipt()["failure"]?.text?.contains("\(sbom.digest)") == true)
  }

  @Test func whatReferToARefusedImageIsNotTagged() throws {
    let target = try refusing(app)
    #expect(try Program.run(unpack(to: target, "--keep-going")).status == 2)
    #expect(target.content.tags == ["team/multi:1", "team/other:1"])
    #expect(try Set(refused()) == Set([app, sbom, signature].map { "team/app@\($0.digest)" }))
  }

  @Test func anIndexWithARefusedChildIsNotTagged() throws {
    let target = try refusing(arm)
    let result = try Program.run(unpack(to: target, "--keep-going"))
    #expect(result.status == 2)
    #expect(target.content.tags == ["team/app:1", "team/other:1", signatureTag])
    #expect(target.content.manifests["team/multi@\(multi.digest)"] == nil)
    #expect(try refused() == ["team/multi@\(multi.digest)"])
  }

  @Test(arguments: [400, 403, 413]) func aBlobThatIsRefusedInOneRepository(status: Int) throws {
    let target = try RegistryDouble { request in
      guard request.method != "GET", request.path.hasPrefix("/v2/team/other/blobs/") else { return nil }
      return request.method == "HEAD" ? .whole(404) : .whole(status)
    }
    for input in [nil, directory("a.tar.zst")] {
      var arguments = unpack(to: target, "--keep-going")
      if input != nil { arguments[1] = "-" }
      let result = try Program.run(arguments, input: input)
      #expect(result.status == 2, "\(result.errors)")
      #expect(target.content.tags == ["team/app:1", "team/multi:1", signatureTag])
      #expect(try refused() == ["team/other@\(other.digest)"])
    }
  }

  @Test func manyBlobsThatAreRefusedLeaveRoomForTheOthersInAPipe() throws {
    for number in 0..<8 {
      let image = try layout.image([layout.layer(seed: 100 + UInt64(number), size: 900)])
      try source.add(image, from: layout, to: "team/refused", tag: "\(number)")
    }
    let names = (0..<8).flatMap { ["--image", "\(source.address)/team/refused:\($0)"] }
    try FileSystem.remove(directory("a.tar.zst"))
    try Program.succeed(
      ["pack", "--unsigned", "--src-tls-verify=false", "-o", directory("a.tar.zst")] + names
        + ["--image", "\(source.address)/team/other:1"])
    let target = try RegistryDouble { request in
      request.method == "PUT" && request.path.hasPrefix("/v2/team/refused/blobs/") ? .whole(403) : nil
    }
    var arguments = unpack(to: target, "--keep-going")
    arguments[1] = "-"
    let result = try Program.run(arguments, input: directory("a.tar.zst"))
    #expect(result.status == 2, "\(result.errors)")
    #expect(target.content.tags == ["team/other:1"])
    #expect(try refused().count == 8)
  }

  @Test func aTagThatIsImmutable() throws {
    let target = try RegistryDouble { request in
      request.method == "PUT" && request.path == "/v2/team/other/manifests/1" ? .whole(412) : nil
    }
    let result = try Program.run(unpack(to: target, "--keep-going"))
    #expect(result.status == 2, "\(result.errors)")
    #expect(target.content.tags == ["team/app:1", "team/multi:1", signatureTag])
    #expect(try refused() == ["team/other:1"])
  }

  @Test func whatRefusesAllIsAnErrorOfItsOwn() throws {
    let target = try RegistryDouble { request in
      request.method == "PUT" && request.path.contains("/manifests/") ? .whole(403) : nil
    }
    #expect(try Program.run(unpack(to: target, "--keep-going")).status == 77)
    #expect(target.content.tags == [])
  }

  @Test func withoutReferrers() throws {
    let target = try RegistryDouble()
    let sbomLayer = try layout.layer(seed: 3, size: 50)
    let result = try Program.succeed(unpack(to: target, "--no-referrers"))
    #expect(target.content.tags == ["team/app:1", "team/multi:1", "team/other:1"])
    #expect(target.content.manifests["team/app@\(sbom.digest)"] == nil)
    #expect(!target.content.blobs.keys.contains { $0.hasSuffix("\(sbomLayer.digest)") })
    #expect(result.output.contains("2 images of the bundle"), "\(result.output)")
    #expect(
      try receipt()["leftOut"]?.elements?.compactMap(\.text).sorted()
        == [sbom, signature].map { "team/app@\($0.digest)" }.sorted())
  }

  @Test(arguments: [
    (["--only", "team/app"], ["team/app:1", "sig"]), (["--only", "/app:1$"], ["team/app:1", "sig"]),
    (["--only", "^team/other:1$", "--only", "multi"], ["team/other:1", "team/multi:1"]),
    (["--except", "team/app"], ["team/other:1", "team/multi:1"]),
    (["--except", #"\.sig$"#, "--except", "multi"], ["team/app:1", "team/other:1"]),
    (["--only", "team/(app|other)", "--except", "other"], ["team/app:1", "sig"]),
  ])
  func whatPatternsChoose(arguments: [String], tags: [String]) throws {
    for input in [nil, directory("a.tar.zst")] {
      let target = try RegistryDouble()
      var command = unpack(to: target) + arguments
      if input != nil { command[1] = "-" }
      let result = try Program.succeed(command, input: input)
      #expect(target.content.tags == Set(tags.map { $0 == "sig" ? signatureTag : $0 }), "\(result.errors)")
    }
  }

  @Test(arguments: [(["--only", "team/ap:1"], "matches no image"), (["--except", "("], "is no regular expression")])
  func patternsThatSayNothing(arguments: [String], words: String) throws {
    let target = try RegistryDouble()
    let result = try Program.run(unpack(to: target) + arguments)
    #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
    #expect(target.requests.isEmpty)
  }

  /// Packs a catalog with an operator whose bundle names what is no reference.
  private func packCatalog(_ more: [String], blocking pattern: String? = nil) throws -> ToolResult {
    var documents = ""
    for (name, related) in [("one", "\(source.address)/team/other:1"), ("two", "\(source.address)/x:v1.0.0+build.5")] {
      documents += """
        {"schema": "olm.package", "name": "\(name)", "defaultChannel": "stable"}
        {"schema": "olm.channel", "package": "\(name)", "name": "stable", "entries": [{"name": "\(name).v1.0.0"}]}
        {"schema": "olm.bundle", "package": "\(name)", "name": "\(name).v1.0.0", "image": "\(source.address)/team/app:1",
         "properties": [{"type": "olm.package", "value": {"packageName": "\(name)", "version": "1.0.0"}}],
         "relatedImages": [{"name": "x", "image": "\(related)"}]}

        """
    }
    try FileSystem.makeDirectory(directory("catalog"))
    try FileSystem.write(Array(documents.utf8), to: directory("catalog/catalog.json"))
    let blocked = pattern.map { ", blockedImages: [{name: '\($0)'}]" } ?? ""
    let config = """
      kind: ImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      mirror: {operators: [{catalog: 'dir:\(directory("catalog"))', targetTag: v1}]\(blocked)}
      """
    try FileSystem.write(Array(config.utf8), to: directory("c.yaml"))
    if FileSystem.exists(directory("a.tar.zst")) { try FileSystem.remove(directory("a.tar.zst")) }
    return try Program.run(
      [
        "pack", "-c", directory("c.yaml"), "--unsigned", "--src-tls-verify=false", "--catalog-base", "scratch", "-o",
        directory("a.tar.zst"), "--json",
      ] + more)
  }

  @Test func aReferenceOfACatalogThatIsNone() throws {
    let refused = try packCatalog([])
    #expect(refused.status == 66, "\(refused.errors)")
    #expect(refused.errors.contains("bundle two.v1.0.0") && refused.errors.contains("blockedImages"))
    let rest = try packCatalog(["--keep-going"])
    #expect(rest.status == 2 && rest.errors.contains("bundle two.v1.0.0"), "\(rest.errors)")
    let report = try JSONReader.value(Array(rest.output.utf8), source: "the report")
    #expect(CatalogJob.bundles(report) == ["one.v1.0.0"])
    let blocked = try packCatalog([], blocking: #"v1\.0\.0\+build"#)
    #expect(blocked.status == 0 && blocked.errors.contains("is left out: line 3 blocks"), "\(blocked.errors)")
    let all = try JSONReader.value(Array(blocked.output.utf8), source: "the report")
    #expect(CatalogJob.bundles(all) == ["one.v1.0.0", "two.v1.0.0"])
  }

  @Test func whatIsNotThereIsInNoObjectThatIsMadeHere() throws {
    #expect(try packCatalog(["--keep-going"]).status == 2)
    func files(_ name: String, _ more: String...) throws -> [String] {
      let result = try Program.succeed(
        [
          "unpack", directory("a.tar.zst"), "registry.example", "--allow-unsigned", "--manifests-only", "--manifests",
          directory(name), "--json",
        ] + more)
      let report = try JSONReader.value(Array(result.output.utf8), source: "the report")
      return report["clusterManifests"]?["files"]?.elements?.compactMap(\.text) ?? []
    }
    #expect(try files("all").contains("CatalogSource/cs-catalog-v1.yaml"))
    let rest = try files("rest", "--except", "^catalog:v1$")
    #expect(!rest.contains { $0.contains("cs-catalog") || $0.contains("clustercatalog") })
    #expect(rest.contains { $0.hasPrefix("ImageTagMirrorSet/") })
    let mapping = String(decoding: try FileSystem.read(directory("rest/mapping.txt"), limit: 1 << 20), as: UTF8.self)
    #expect(!mapping.contains("/catalog:v1") && mapping.contains("/team/app:1"))
  }
}
