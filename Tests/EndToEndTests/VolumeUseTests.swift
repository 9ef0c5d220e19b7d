import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// Every command that opens a bundle takes one in volumes.
@Suite struct VolumeUseTests {
  private let world: SinceWorld

  init() throws {
    world = try SinceWorld()
    try FileSystem.makeDirectory(world.path("media"))
    try world.packed("m1", to: "media/m1.tar.zst", since: [], "--volume-size", "64KiB")
    try world.packed("m1", to: "m1.tar.zst")
  }

  /// The bundle's name, where only volumes are.
  private var volumes: String { world.path("media/m1.tar.zst") }
  private var trust: [String] { ["--trust", world.key.publicPath] }

  private func document(_ arguments: [String], status: CInt = 0) throws -> JSONValue {
    let result = try Program.run(arguments + trust + ["--json"])
    try #require(result.status == status, "\(result.errors)")
    return try JSONReader.value(Array(result.output.utf8), source: "the output")
  }

  @Test func anUpdateRestsOnThem() throws {
    try world.packed("m2", to: "m2.tar.zst", since: ["media/m1.tar.zst"])
    try world.packed("m2", to: "again.tar.zst", since: ["m1.tar.zst"])
    try world.packed("m2", to: "directory.tar.zst", since: ["media"])
    #expect(try world.index("m2.tar.zst") == world.index("again.tar.zst"))
    #expect(try world.index("m2.tar.zst") == world.index("directory.tar.zst"))
    let update = world.path("m2.tar.zst")
    for base in [volumes, world.path("media"), volumes + ".003"] {
      let result = try Program.run(["verify", update, "--base", base] + trust)
      if base.hasSuffix(".003") {
        expectFailure(result, .notFound, "not there: m1.tar.zst.001, m1.tar.zst.002, m1.tar.zst.004 to m1.tar.zst.0")
      } else {
        #expect(result.status == 0 && result.output.contains("all of them"), "\(result.errors)")
      }
    }
    #expect(try document(["inspect", update, "--base", volumes])["coverage"]?["missing"]?.elements?.isEmpty == true)
    try Program.succeed(["unpack", update, "oci:\(world.path("out"))", "--base", volumes] + trust)
    #expect(FileSystem.exists(world.path("out/index.json")))
    expectFailure(
      try Program.run(["unpack", update, "oci:\(world.path("out2"))"] + trust), .baseMissing, "m1.tar.zst")
  }

  @Test func nothingIsWrittenOverThem() throws {
    let before = try state()
    expectFailure(
      try Program.run(
        world.pack("m2", to: "media/m1.tar.zst", since: ["media/m1.tar.zst"], "--volume-size", "64KiB")),
      .usage, "is the very bundle", next: "name another file with -o")
    let second = volumes + ".002"
    expectFailure(
      try Program.run(["report", volumes, "-o", second] + trust), .usage, "the report would take the place of")
    expectFailure(
      try Program.run(["report", world.path("m1.tar.zst"), "--since", volumes, "-o", second] + trust), .usage,
      "the report would take the place of")
    expectFailure(
      try Program.run(["inspect", volumes, "--save-head", second] + trust), .usage, "names the bundle itself")
    #expect(try Program.run(["sign", volumes, "--key", world.key.privatePath, "--detached", second]).status != 0)
    #expect(try state() == before)
  }

  private func state() throws -> [String: [UInt8]] {
    let names = try FileSystem.list(world.path("media"))
    return Dictionary(
      uniqueKeysWithValues: try names.map { ($0, try FileSystem.read(world.path("media/\($0)"), limit: 1 << 20)) })
  }

  @Test func theyAreComparedAndReportedAsOneFileIs() throws {
    try world.packed("m2", to: "m2.tar.zst")
    let update = world.path("m2.tar.zst")
    let whole = world.path("m1.tar.zst")
    func images(_ old: String, _ new: String, status: CInt) throws -> JSONValue? {
      try document(["diff", old, new], status: status)["images"]
    }
    #expect(try images(volumes, update, status: 1) == images(whole, update, status: 1))
    #expect(try images(update, world.path("media"), status: 1) == images(update, whole, status: 1))
    _ = try images(whole, volumes, status: 0)
    for bundle in [volumes, whole] {
      let page = world.path("\(FileSystem.name(of: FileSystem.parent(of: bundle))).html")
      try Program.succeed(["report", update, "--since", bundle, "-o", page] + trust)
      try Program.succeed(["report", bundle, "-o", page + ".spdx", "--format", "spdx"] + trust)
    }
    let head = world.path("m1.head")
    try Program.succeed(["inspect", volumes, "--save-head", head] + trust)
    // Of ECDSA no two signatures are the same.
    let script = "cat \(volumes).[0-9]*[0-9] | head -c $(stat -c %s \(head)) | cmp - \(head)"
    let bytes = try runTool("bash", ["-c", script])
    #expect(bytes.status == 0, "\(bytes.output)")
  }

  @Test func whatTheyBroughtIsDeleted() throws {
    let configuration = """
      kind: DeleteImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      delete: {additionalImages: [{name: "oci:\(world.path("m1"))"}]}
      """
    try FileSystem.write(Array(configuration.utf8), to: world.path("d.yaml"))
    func generated(_ bundle: String, keeping more: [String]) throws -> JSONValue {
      try document(
        [
          "delete", "--generate", world.path("list.yaml"), "-c", world.path("d.yaml"), "--bundle", bundle,
          "registry.example",
        ] + more)
    }
    let fromVolumes = try generated(volumes, keeping: ["--no-keep"])
    #expect(fromVolumes["images"]?.integer == 3)
    #expect(try fromVolumes == generated(world.path("m1.tar.zst"), keeping: ["--no-keep"]))
    try world.packed("m2", to: "media/m2.tar.zst", since: [], "--volume-size", "64KiB")
    let kept = try generated(volumes, keeping: ["--keep", world.path("media/m2.tar.zst")])
    #expect(kept["images"]?.integer == 2)
  }
}
