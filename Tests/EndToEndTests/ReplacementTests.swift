import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// What a bundle takes the place of at its target is said before anything moves, and in the receipt.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct ReplacementTests {
  private let directory: TemporaryDirectory
  private let layout: LayoutFixture
  private let source: RegistryDouble
  private let old: Descriptor
  private let new: Descriptor
  private let registry: RegistryServer

  init() throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
    source = try RegistryDouble()
    registry = try RegistryServer()
    old = try layout.image([layout.layer(seed: 1, size: 500)], created: "2026-10-02T00:00:00.5Z")
    new = try layout.image([layout.layer(seed: 2, size: 500)], created: "2026-11-02T00:00:00Z")
  }

  /// Packs an image as `team/app:1`.
  private func pack(_ image: Descriptor, as bundle: String, _ more: String...) throws {
    try source.add(image, from: layout, to: "team/app", tag: "1")
    try Program.succeed(
      [
        "pack", "--image", "\(source.address)/team/app:1", "--unsigned", "--src-tls-verify=false", "-o",
        directory(bundle),
      ]
        + more)
  }

  private func unpack(_ bundle: String, to target: String, _ more: String...) -> [String] {
    [
      "unpack", directory(bundle), target, "--allow-unsigned", "--dest-tls-verify=false", "--receipt",
      directory("receipt.json"),
    ] + more
  }

  private func replaced() throws -> [JSONValue] {
    let bytes = try FileSystem.read(directory("receipt.json"), limit: 1 << 20)
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("receipt.schema.json").verdicts([bytes]) == ["ok"])
    }
    return try JSONReader.value(bytes, source: "the receipt")["replaced"]?.elements ?? []
  }

  private func target(_ kind: String) -> String {
    switch kind {
    case "registry": registry.address
    case "layout": "oci:\(directory("out"))"
    default: "file://\(directory("out"))"
    }
  }

  @Test(arguments: ["registry", "layout", "directory"])
  func aTagThatStandsForSomethingElse(kind: String) throws {
    try pack(old, as: "old")
    try pack(new, as: "new")
    let target = target(kind)
    let planned = try Program.succeed(unpack("old", to: target, "--dry-run"))
    #expect(!(planned.output + planned.errors).contains("replace"), "\(planned.output)")
    #expect(kind == "registry" || !FileSystem.exists(directory("out")))
    try Program.succeed(unpack("old", to: target, "--no-replace"))
    #expect(try replaced() == [])
    let text = "team/app:1: \(old.digest) is replaced by \(new.digest), which is newer"
    let dry = try Program.succeed(unpack("new", to: target, "--dry-run"))
    #expect(dry.output.contains("would replace") && dry.output.contains(text), "\(dry.output)")
    let refused = try Program.run(unpack("new", to: target, "--no-replace"))
    #expect(refused.status == 78 && refused.errors.contains(text), "\(refused.errors)")
    #expect(refused.errors.contains("leave out --no-replace"))
    try Program.succeed(unpack("old", to: target, "--no-replace"))
    #expect(try replaced() == [])
    let done = try Program.succeed(unpack("new", to: target))
    #expect(done.errors.contains("note: \(text)") && done.errors.contains("replaced"), "\(done.errors)")
    #expect(
      try replaced() == [
        .object([
          .init("from", .string(old.digest.description)), .init("isStepBack", .boolean(false)),
          .init("lostPackages", .null), .init("name", .string("team/app:1")),
          .init("to", .string(new.digest.description)),
        ])
      ])
    // Back again: what comes is older, which nobody must miss.
    let back = try Program.succeed(unpack("old", to: target))
    #expect(back.errors.contains("warning: team/app:1: \(new.digest) is replaced by \(old.digest), which is older"))
  }

  @Test func nothingHasMovedWhereNothingMayBeReplaced() throws {
    try pack(old, as: "old")
    try pack(new, as: "new")
    try Program.succeed(unpack("old", to: registry.address))
    let before = try RegistryStorage(registry).state()
    #expect(try Program.run(unpack("new", to: registry.address, "--no-replace")).status == 78)
    #expect(try RegistryStorage(registry).state() == before)
  }

  @Test func aPlanForATargetThatDoesNotAnswerIsAPlan() throws {
    try pack(old, as: "old")
    let closed = try ClosedPort()
    let result = try Program.succeed(unpack("old", to: "127.0.0.1:\(closed.number)", "--dry-run"))
    #expect(result.output.contains("team/app:1"))
    #expect(result.errors.contains("what is replaced at the target is not known"), "\(result.errors)")
  }

  @Test func aListOfReferrersIsLeftAtItsTag() throws {
    try source.add(old, from: layout, to: "team/app", tag: "1")
    try source.add(layout.image([layout.layer(seed: 3, size: 40)], subject: old), from: layout, to: "team/app")
    func pack(_ bundle: String, _ more: String...) throws {
      let image = "\(source.address)/team/app@\(old.digest)"
      try Program.succeed(
        ["pack", "--image", image, "--unsigned", "--src-tls-verify=false", "-o", directory(bundle)] + more)
    }
    try pack("with")
    try pack("without", "--no-referrers")
    try Program.succeed(unpack("with", to: registry.address))
    let storage = RegistryStorage(registry)
    let list = storage.digest(of: old.digest.tag, in: "team/app")
    #expect(list != nil && list != old.digest)
    try Program.succeed(unpack("without", to: registry.address, "--no-replace"))
    #expect(storage.digest(of: old.digest.tag, in: "team/app") == list)
    #expect(try replaced() == [])
  }

  /// Packs a catalog of one package as `ops/index:v4.18`.
  private func packCatalog(_ package: String) throws {
    try source.add(old, from: layout, to: "vendor/\(package)", tag: "1")
    let documents = """
      schema: olm.package
      name: \(package)
      defaultChannel: stable
      ---
      schema: olm.channel
      package: \(package)
      name: stable
      entries: [{name: \(package).v1.0.0}]
      ---
      schema: olm.bundle
      package: \(package)
      name: \(package).v1.0.0
      image: \(source.address)/vendor/\(package):1
      properties: [{type: olm.package, value: {packageName: \(package), version: 1.0.0}}]
      """
    try FileSystem.makeDirectory(directory("\(package).catalog"))
    try FileSystem.write(Array(documents.utf8), to: directory("\(package).catalog/catalog.yaml"))
    let config = """
      kind: ImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      mirror:
        operators:
        - {catalog: 'dir:\(directory("\(package).catalog"))', targetCatalog: ops/index, targetTag: v4.18}
      """
    try FileSystem.write(Array(config.utf8), to: directory("c.yaml"))
    try Program.succeed([
      "pack", "-c", directory("c.yaml"), "--unsigned", "--src-tls-verify=false", "--catalog-base", "scratch", "-o",
      directory(package),
    ])
  }

  @Test func theOperatorsThatVanishAreNamed() throws {
    try packCatalog("pier")
    try packCatalog("tug")
    try Program.succeed(unpack("pier", to: registry.address))
    let dry = try Program.succeed(unpack("tug", to: registry.address, "--dry-run"))
    #expect(dry.output.contains("its catalog no longer offers pier"), "\(dry.output)")
    let refused = try Program.run(unpack("tug", to: registry.address, "--no-replace"))
    #expect(refused.status == 78 && refused.errors.contains("no longer offers pier"), "\(refused.errors)")
    let done = try Program.succeed(unpack("tug", to: registry.address, "--manifests", directory("m")))
    #expect(done.errors.contains("warning: ops/index:v4.18: ") && done.errors.contains("no longer offers pier"))
    #expect(try replaced().first?["lostPackages"]?.elements?.compactMap(\.text) == ["pier"])
    let steps = String(decoding: try FileSystem.read(directory("m/NEXT-STEPS.md"), limit: 1 << 20), as: UTF8.self)
    #expect(steps.contains("## What was replaced\n") && steps.contains("no longer offers pier"), "\(steps)")
    try Program.succeed(unpack("tug", to: registry.address))
    #expect(try replaced() == [])
  }

  @Test func aCatalogThatCannotBeReadIsStillNamed() throws {
    try packCatalog("pier")
    try RegistryStorage(registry).add(old, from: layout, to: "ops/index", tag: "v4.18")
    let done = try Program.succeed(unpack("pier", to: registry.address))
    #expect(done.errors.contains("no longer offers is not known: "), "\(done.errors)")
    #expect(try replaced().first?["lostPackages"] == .null)
  }
}
