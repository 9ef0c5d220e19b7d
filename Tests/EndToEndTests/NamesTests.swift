import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Every name that an image was asked for by counts: two of them can be one image at one place.
struct NamesTests {
  private let directory: TemporaryDirectory
  private let layout: LayoutFixture
  private let source: RegistryDouble
  private let other: RegistryDouble
  private let app: Descriptor

  init() throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
    source = try RegistryDouble()
    other = try RegistryDouble()
    app = try layout.image([layout.layer(seed: 1, size: 500)], name: "team/app:1")
    for registry in [source, other] { try registry.add(app, from: layout, to: "team/app", tag: "1") }
  }

  /// Packs what lines of `mirror` ask for, and gives the images as `inspect` lists them.
  private func packed(_ lines: String) throws -> [JSONValue] {
    let text = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror: \(lines)\n"
    try FileSystem.write(Array(text.utf8), to: directory("c.yaml"))
    try Program.succeed([
      "pack", "-c", directory("c.yaml"), "--unsigned", "--src-tls-verify=false", "--retries", "0", "-o",
      directory("a.tar.zst"),
    ])
    let result = try Program.succeed(["inspect", "--json", directory("a.tar.zst")])
    return try JSONReader.value(Array(result.output.utf8), source: "the inspection")["images"]?.elements ?? []
  }

  private func images(_ names: [String]) -> String {
    "{additionalImages: [\(names.map { "{name: '\($0)'}" }.joined(separator: ", "))]}"
  }

  /// Writes the manifests, and gives the text of one.
  private func manifest(_ path: String) throws -> String {
    try Program.succeed([
      "unpack", directory("a.tar.zst"), "mirror.example/m", "--allow-unsigned", "--manifests", directory("out"),
      "--manifests-only",
    ])
    return String(decoding: try FileSystem.read(directory("out/\(path)"), limit: 1 << 20), as: UTF8.self)
  }

  private static let digests = "ImageDigestMirrorSet/idms-generic-0.yaml"
  private static let tags = "ImageTagMirrorSet/itms-generic-0.yaml"

  @Test(arguments: [false, true])
  func byTagAndByDigest(isReversed: Bool) throws {
    let names = ["\(source.address)/team/app:1", "\(source.address)/team/app@\(app.digest)"]
    let asked = isReversed ? names.reversed() : names
    let found = try packed(images(asked))
    #expect(found.map { $0["sources"]?.elements?.compactMap(\.text) } == [asked])
    #expect(found.first?["source"]?.text == asked[0])
    #expect(try manifest(Self.digests).contains("source: \(source.address)/team"))
    #expect(try manifest(Self.tags).contains("source: \(source.address)/team"))
    #expect(
      try manifest("mapping.txt") == """
        \(names[0])=mirror.example/m/team/app:1
        \(names[1])=mirror.example/m/team/app:\(app.digest.tag)

        """)
  }

  @Test func withTagAndDigestBesideTheDigestAlone() throws {
    let names = ["\(source.address)/team/app@\(app.digest)", "\(source.address)/team/app:1@\(app.digest)"]
    #expect(try packed(images(names)).first?["sources"]?.elements?.count == 2)
    #expect(try manifest(Self.digests).contains(source.address))
    #expect(try manifest(Self.tags).contains(source.address))
  }

  @Test func ofTwoRegistries() throws {
    let names = [source, other].map { "\($0.address)/team/app:1" }
    #expect(try packed(images(names)).first?["sources"]?.elements?.compactMap(\.text) == names)
    let set = try manifest(Self.tags)
    for registry in [source, other] { #expect(set.contains("source: \(registry.address)/team")) }
    #expect(try manifest("mapping.txt").split(separator: "\n").count == 2)
  }

  @Test func ofTwoRepositoriesThatTheConfigurationJoins() throws {
    try source.add(app, from: layout, to: "old/app", tag: "9")
    let names = ["\(source.address)/team/app:1", "\(source.address)/old/app:9"]
    let entries = names.map { "{name: '\($0)', targetRepo: joined/app}" }.joined(separator: ", ")
    #expect(try packed("{additionalImages: [\(entries)]}").first?["sources"]?.elements?.compactMap(\.text) == names)
    let set = try manifest(Self.tags)
    for name in ["team/app", "old/app"] { #expect(set.contains("source: \(source.address)/\(name)\n")) }
    #expect(
      try manifest("mapping.txt") == """
        \(names[1])=mirror.example/m/joined/app:9
        \(names[0])=mirror.example/m/joined/app:1

        """)
  }

  @Test func ofADirectoryAndARegistry() throws {
    let names = ["oci:\(layout.path):team/app:1", "\(source.address)/team/app:1"]
    #expect(try packed(images(names)).first?["sources"]?.elements?.compactMap(\.text) == names)
    #expect(try manifest(Self.tags).contains("source: \(source.address)/team"))
    let mapping = try manifest("mapping.txt")
    #expect(mapping.contains("# \(names[0])=mirror.example/m/team/app:1\n"))
    #expect(mapping.contains("\n\(names[1])=") || mapping.hasPrefix("\(names[1])="))
  }

  @Test func whatBlocksOneNameLeavesTheOther() throws {
    let names = [source, other].map { "\($0.address)/team/app:1" }
    let pattern = source.address.replacing(".", with: "\\.")
    let found = try packed(
      "{blockedImages: [{name: '^\(pattern)'}], \(images(names).dropFirst())")
    #expect(found.map { $0["sources"]?.elements?.compactMap(\.text) } == [[names[1]]])
    #expect(try !manifest(Self.tags).contains(source.address))
  }

  @Test func ofAnOperatorAndByItself() throws {
    let reference = "\(source.address)/team/app@\(app.digest)"
    try FileSystem.makeDirectory(directory("catalog"))
    try FileSystem.makeDirectory(directory("catalog/pier"))
    let documents = """
      schema: olm.package
      name: pier
      defaultChannel: stable
      ---
      schema: olm.channel
      package: pier
      name: stable
      entries: [{name: pier.v1.0.0}]
      ---
      schema: olm.bundle
      package: pier
      name: pier.v1.0.0
      image: \(reference)
      properties: [{type: olm.package, value: {packageName: pier, version: 1.0.0}}]
      relatedImages: [{name: pier, image: '\(reference)'}]
      """
    try FileSystem.write(Array(documents.utf8), to: directory("catalog/pier/catalog.yaml"))
    let name = "\(source.address)/team/app:1"
    let config = "{operators: [{catalog: 'dir:\(directory("catalog"))'}], \(images([name]).dropFirst())"
    try FileSystem.write(
      Array("kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror: \(config)\n".utf8),
      to: directory("c.yaml"))
    try Program.succeed([
      "pack", "-c", directory("c.yaml"), "--unsigned", "--src-tls-verify=false", "--retries", "0", "--catalog-base",
      "scratch", "-o", directory("a.tar.zst"),
    ])
    #expect(try manifest("ImageDigestMirrorSet/idms-operator-0.yaml").contains("source: \(source.address)/team"))
    #expect(try manifest(Self.tags).contains("source: \(source.address)/team"))
  }
}

/// What is deleted by one of several names.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct DeleteNamesTests {
  private let job: DeletionJob
  private let app: Descriptor

  init() throws {
    job = try DeletionJob()
    app = try job.layout.image([job.layout.layer(seed: 1, size: 500)])
    for name in ["team/app:v1", "team/app:stable"] { try job.add(app, name) }
  }

  private func generated(_ images: [String], location: SourceLocation = #_sourceLocation) throws -> String {
    try Program.succeed(job.generate(images: images, of: ["old"], keeping: []), location)
    return try job.listText()
  }

  @Test func anImageGoesWhenAllItsNamesAreNamed() throws {
    let names = ["team/app:v1", "team/app:stable", "team/app@\(app.digest)"]
    try job.bring("old", names)
    for kept in names {
      let list = try generated(names.filter { $0 != kept })
      #expect(list.contains("items: []"), "\(list)")
      #expect(list.contains("neededBy: \(job.source.address)/\(kept) of "), "\(list)")
    }
    #expect(try generated(names).contains("mirror/team/app@\(app.digest)"))
    #expect(try job.executed(keeping: [])["deleted"]?.integer == 1)
  }

  @Test func theNamesOfTwoRegistriesAreTwo() throws {
    let second = try RegistryServer()
    try RegistryStorage(second).add(app, from: job.layout, to: "team/app", tag: "v1")
    try job.bring("old", ["team/app:v1"], alsoPacking: "\(second.address)/team/app:v1")
    let (first, other) = ("\(job.source.address)/team/app:v1", "\(second.address)/team/app:v1")
    for (named, kept) in [(first, other), (other, first)] {
      try Program.succeed(job.generate("additionalImages: [{name: '\(named)'}]", of: ["old"], keeping: []))
      let list = try job.listText()
      #expect(list.contains("items: []") && list.contains("neededBy: \(kept) of "), "\(list)")
    }
    try Program.succeed(
      job.generate("additionalImages: [{name: '\(first)'}, {name: '\(other)'}]", of: ["old"], keeping: []))
    #expect(try job.executed(keeping: [])["deleted"]?.integer == 1)
  }
}
