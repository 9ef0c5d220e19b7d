import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// What a bundle has brought to a real registry goes again, and nothing that another needs.
@Suite(
  .enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"),
  .enabled(if: hasTool("skopeo"), "skopeo is not installed"))
struct DeleteTests {
  private let job: DeletionJob
  private let app: Descriptor
  private let multi: Descriptor
  private let arm: Descriptor
  private let base: Descriptor
  private let own: Descriptor

  init() throws { try self.init(allowsDelete: true) }

  private init(allowsDelete: Bool) throws {
    job = try DeletionJob(allowsDelete: allowsDelete)
    let layout = job.layout
    base = try layout.layer(seed: 1, size: 30_000)
    own = try layout.layer(seed: 2, size: 50_000)
    app = try layout.image([base, own])
    let other = try layout.image([base, layout.layer(seed: 3, size: 7000)])
    arm = try layout.image([layout.layer(seed: 4, size: 10)], architecture: "arm64")
    multi = try layout.index([arm, app])
    try job.add(app, "team/app:v1")
    try job.add(app, "team/app:stable")
    try job.add(other, "team/other:v1")
    try job.add(multi, "team/multi:v2")
    try job.sign(app, in: "team/app", seed: 5)
  }

  private var storage: RegistryStorage { RegistryStorage(job.target) }

  @Test func whatIsAskedForGoesWithAllThatRefersToItAndItsBlobsAreFreed() throws {
    try job.bring("old", ["team/app:v1", "team/multi:v2", "team/other:v1"])
    try job.bring("new", ["team/other:v1"])
    let before = try storage.allTags()
    #expect(before.count == 5, "\(before)")
    let generated = try Program.succeed(
      job.generate(images: ["team/app:v1", "team/multi:v2"], of: ["old"], keeping: [job.receipt("new")]))
    #expect(generated.output.contains("4 images"), "\(generated.output)")
    let list = try job.listText()
    #expect(list.contains("docker://\(job.target.address)/mirror/team/app@\(app.digest)"))
    #expect(list.contains("type: generic") && list.contains("type: referrer"))
    #expect(try storage.allTags() == before)

    let dry = try job.executed(keeping: [job.receipt("new")], "--dry-run")
    // An index and its two images, the image of the same content by itself, its signature and its referrer.
    #expect(dry["present"]?.integer == 7 && dry["deleted"]?.integer == 0, "\(dry)")
    #expect(try storage.allTags() == before)

    let done = try job.executed(keeping: [job.receipt("new")], "--receipt", job.directory("done.json"))
    #expect(done["deleted"]?.integer == 7, "\(done)")
    let receipt = try FileSystem.read(job.directory("done.json"), limit: 1 << 20)
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("delete-receipt.schema.json").verdicts([receipt]) == ["ok"])
      let read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
      let listed = try runTool("python3", ["-c", read, job.list])
      #expect(try SchemaValidator("delete-list.schema.json").verdicts([Array(listed.output.utf8)]) == ["ok"])
    }
    #expect(try storage.allTags().map { $0.prefix { $0 != ":" } } == ["mirror/team/other"])
    #expect(FileSystem.exists(storage.path(of: own.digest)))
    try job.target.collectGarbage()
    #expect(!FileSystem.exists(storage.path(of: own.digest)))
    #expect(FileSystem.exists(storage.path(of: base.digest)))
    try job.pull("team/other:v1")
    #expect(try job.missing(job.receipt("new")) == [])

    let again = try job.executed(keeping: [job.receipt("new")])
    #expect(again["deleted"]?.integer == 0 && again["absent"]?.integer == 6, "\(again)")
  }

  @Test func aManifestThatAnotherReceiptHasUnderAnotherTagStaysWithItsSignatures() throws {
    try job.bring("old", ["team/app:v1", "team/multi:v2"])
    try job.bring("new", ["team/app:stable"])
    for kept in [job.receipt("new"), job.bundle("new")] {
      let arguments = try job.generate(images: ["team/app:v1", "team/multi:v2"], of: ["old"], keeping: [kept])
      let result = try Program.succeed(arguments)
      #expect(result.output.contains("1 image, 3 manifests"), "\(result.output)")
      #expect(result.output.contains("mirror/team/app@\(app.digest)"))
      #expect(try !job.listText().contains("referrer\n"))
      let first = try FileSystem.read(job.list, limit: 1 << 20)
      try Program.succeed(arguments)
      #expect(try FileSystem.read(job.list, limit: 1 << 20) == first)
    }
    #expect(try job.executed(keeping: [job.receipt("new")])["deleted"]?.integer == 3)
    try job.target.collectGarbage()
    #expect(try job.missing(job.receipt("new")) == [])
    try job.pull("team/app:stable")
    // The tag of the old bundle stands for what stays.
    try job.pull("team/app:v1")
    #expect(!storage.hasManifest(arm.digest, in: "mirror/team/multi"))
  }

  @Test func whatIsNeededSinceTheListWasMadeStaysAndIsTold() throws {
    try job.bring("old", ["team/app:v1", "team/multi:v2"])
    try Program.succeed(job.generate(images: ["team/app:v1", "team/multi:v2"], of: ["old"], keeping: []))
    try job.bring("new", ["team/app:stable"])
    let result = try Program.run(job.execute(keeping: [job.receipt("new")]))
    #expect(result.status == 2, "\(result.errors)")
    #expect(try job.missing(job.receipt("new")) == [])
    #expect(storage.digest(of: "v2", in: "mirror/team/multi") == nil)
  }

  @Test(arguments: ["team/app:v1$", "^team/app:v1", "team/ap:", "app:v"]) func whatIsBlockedStays(pattern: String)
    throws
  {
    try job.bring("old", ["team/app:v1", "team/multi:v2", "team/other:v1"])
    let images = ["app:v1", "multi:v2", "other:v1"].map { "- name: \(job.source.address)/team/\($0)\n" }.joined()
    let result = try Program.succeed(
      job.generate(
        "blockedImages: [{name: '\(pattern)'}]\nadditionalImages:\n\(images)", of: ["old"], keeping: []))
    let isBlocked = pattern != "team/ap:"
    #expect(result.output.contains("line 4 of blockedImages, '\(pattern)'") == isBlocked, "\(result.output)")
    _ = try job.executed(keeping: [])
    // What refers to it stays with it.
    let left = try storage.allTags()
    #expect(left.count == (isBlocked ? 3 : 0), "\(left)")
    if isBlocked { try job.pull("team/app:v1") }
  }

  @Test func aTagThatNobodyKnowsOfStopsEverything() throws {
    try job.bring("old", ["team/app:v1", "team/multi:v2"])
    try job.bring("new", ["team/app:stable"])
    try Program.succeed(job.generate(images: ["team/app:v1", "team/multi:v2"], of: ["old"], keeping: []))
    let before = try storage.state()
    expectFailure(
      try plain(job.execute(keeping: [])), .configuration, "nothing is deleted", "mirror/team/app:stable",
      next: "--keep")
    #expect(try storage.state() == before)
  }

  @Test func aTagThatHasMovedStopsEverything() throws {
    try job.bring("old", ["team/app:v1"])
    try Program.succeed(job.generate(images: ["team/app:v1"], of: ["old"], keeping: []))
    let moved = try job.layout.image([job.layout.layer(seed: 77, size: 20)])
    try job.add(moved, "team/app:v1")
    try job.bring("new", ["team/app:v1"])
    let before = try storage.state()
    expectFailure(
      try plain(job.execute(keeping: [])), .configuration, "stood for \(app.digest)", next: "--keep")
    #expect(try storage.state() == before)
    // The receipt of the run that moved it explains it.
    #expect(try job.executed(keeping: [job.receipt("new")])["deleted"]?.integer == 4)
    try job.target.collectGarbage()
    try job.pull("team/app:v1")
    #expect(!FileSystem.exists(storage.path(of: own.digest)))
  }

  @Test func anIndexThatConsistsOfWhatIsDeletedStopsEverything() throws {
    try job.bring("old", ["team/app:v1"])
    try Program.succeed(job.generate(images: ["team/app:v1"], of: ["old"], keeping: []))
    try storage.add(multi, from: job.layout, to: "mirror/team/app", tag: "mine")
    expectFailure(
      try plain(job.execute(keeping: [])), .configuration, "mirror/team/app:mine consists of", next: "--keep")
  }

  @Test func aRegistryThatAllowsNoDeletionIsNamedWithItsSetting() throws {
    let closed = try DeleteTests(allowsDelete: false)
    try closed.job.bring("old", ["team/app:v1"])
    try Program.succeed(closed.job.generate(images: ["team/app:v1"], of: ["old"], keeping: []))
    let before = try closed.storage.state()
    expectFailure(
      try plain(closed.job.execute(keeping: [])), .denied, "allows no deletion", next: "delete: {enabled: true}")
    #expect(try closed.storage.state() == before)
  }

  @Test func whatIsToStayMustBeKnownForSure() throws {
    try job.bring("old", ["team/app:v1"])
    let images = try job.generate(images: ["team/app:v1"], of: ["old"], keeping: [])
    func with(_ kept: String) -> [String] { images.flatMap { $0 == "--no-keep" ? ["--keep", kept] : [$0] } }
    expectFailure(try Program.run(images.filter { $0 != "--no-keep" }), .usage, "--keep")
    expectFailure(try Program.run(with(job.receipt("old"))), .usage, "--bundle", next: "stays anyway")
    expectFailure(try Program.run(with(job.bundle("old"))), .usage, "--bundle")
    let receipt = String(decoding: try FileSystem.read(job.receipt("old"), limit: 1 << 20), as: UTF8.self)
    for (old, new, words) in [
      ("\(job.target.address)/mirror", "elsewhere.example/mirror", "not of the registry"),
      (#""failure":null"#, #""failure":"no disk""#, "did not bring all images"),
      ("receipt/v1", "receipt/v9", "neither a bundle nor a receipt"),
      (#""digest":"sha256:"#, #""digest":""#, "has no digest"),
    ] {
      try #require(receipt.contains(old))
      try File(job.directory("kept.json"), .replace).write(Array(receipt.replacing(old, with: new).utf8))
      expectFailure(try Program.run(with(job.directory("kept.json"))), .configuration, words)
    }
    try File(job.directory("kept.json"), .replace).write(Array(receipt.utf8.dropLast(9)))
    expectFailure(
      try Program.run(with(job.directory("kept.json"))), .configuration, "at byte", next: "unpack --receipt FILE")
    expectFailure(try Program.run(images.dropLast() + ["oci:\(job.directory.path)"]), .usage, "directory")
    expectFailure(
      try Program.run(job.generate(images: ["team/apq:v1"], of: ["old"], keeping: [])), .configuration, "did you mean")
    #expect(!FileSystem.exists(job.list))
  }

  @Test func aListIsReadStrictly() throws {
    try job.bring("old", ["team/app:v1"])
    try Program.succeed(job.generate(images: ["team/app:v1"], of: ["old"], keeping: []))
    let list = try job.listText()
    let before = try storage.state()
    for (old, new, words) in [
      ("type: generic", "type: generous", "type is not one of"),
      ("docker://\(job.target.address)", "docker://a.b", "a.b"),
      ("imageName", "imagename", "'imagename'"), ("kind: DeleteImageList", "kind: List", "DeleteImageList"),
      ("@sha256:", ":v1@sha256:", "by its digest alone"), ("/mirror/team/app@", "/mirrors/app@", "under"),
      ("kind: ", "maxNestedPaths: 0\nkind: ", "0 is not"), ("- v1", "- v/1", "is not a tag"),
    ] {
      try #require(list.contains(old), "\(list)")
      try File(job.list, .replace).write(Array(list.replacing(old, with: new).utf8))
      expectFailure(try plain(job.execute(keeping: [])), .configuration, words)
    }
    try File(job.list, .replace).write(Array(list.replacing("/mirror\n", with: "/mirrors\n").utf8))
    expectFailure(try plain(job.execute(keeping: [])), .usage, "is for the target")
    #expect(try storage.state() == before)
    // A person may take out what is to stay: here all but the first image.
    let items = list.components(from: "- imageName")
    try File(job.list, .replace).write(Array(([items[0], items[1]].joined() + items[items.count - 1].rest).utf8))
    #expect(try job.executed(keeping: [])["deleted"]?.integer == 1)
  }

  /// Without JSON, so that errors are what people read.
  private func plain(_ arguments: [String]) throws -> ToolResult {
    try Program.run(arguments.filter { $0 != "--json" } + ["--quiet"])
  }
}

extension String {
  /// The text cut before each `mark`.
  fileprivate func components(from mark: String) -> [String] {
    let parts = split(separator: mark, omittingEmptySubsequences: false).map(String.init)
    return [parts[0]] + parts.dropFirst().map { mark + $0 }
  }

  /// What of a list stands behind its last item.
  fileprivate var rest: String { firstRange(of: "\nkeep:").map { String(self[$0.lowerBound...].dropFirst()) } ?? "" }
}
