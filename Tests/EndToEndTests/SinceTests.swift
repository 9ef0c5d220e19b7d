import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// Updates: what the target has from earlier bundles does not travel again.
@Suite struct SinceTests {
  private let world: SinceWorld

  init() throws { world = try SinceWorld() }

  private func digest(_ seed: UInt64) -> String { SinceWorld.layer(seed).digest }

  private func texts(_ value: JSONValue?) -> [String] { value?.elements?.compactMap(\.text) ?? [] }

  @Test func anUpdateCarriesWhatIsNewAndListsAllElse() throws {
    try world.packed("m1", to: "m1.tar.zst")
    let plan = try world.packed("m2", to: "m2.tar.zst", since: ["m1.tar.zst"])
    let index = try world.index("m2.tar.zst")
    #expect(world.blobs(index, "raw").keys.sorted() == [digest(4)])
    #expect(
      world.blobs(index, "held") == [
        digest(1): ["m1.tar.zst app", "m1.tar.zst db"], digest(3): ["m1.tar.zst db"],
      ])
    #expect(texts(index["requires"]) == ["bases"])
    #expect(plan["held"]?["bytes"]?.integer == 400_000 && plan["held"]?["blobs"]?.integer == 2)
    #expect(plan["bases"]?.elements?.first?["name"]?.text == "m1.tar.zst")
    let shares = plan["images"]?.elements?.map { [$0["newBytes"]?.integer, $0["heldBytes"]?.integer] }
    #expect(shares == [[210_000, 300_000], [0, 100_000]])
    let size = try world.size(of: "m2.tar.zst")
    let head = try world.savedHead(of: "m2.tar.zst")
    #expect(size <= head + 210_000 * 101 / 100 + 4096)
    #expect((plan["fileBytesWithoutBases"]?.integer ?? 0) > size + 400_000)
    try Program.succeed(["verify", world.path("m2.tar.zst"), "--trust", world.key.publicPath])
  }

  @Test func aSavedHeadStandsForItsBundle() throws {
    try world.packed("m1", to: "m1.tar.zst")
    try world.packed("m2", to: "m2.tar.zst", since: ["m1.tar.zst"])
    _ = try world.savedHead(of: "m1.tar.zst")
    let head = try FileSystem.read(world.path("m1.tar.zst.head"), limit: 1 << 20)
    #expect(try FileSystem.read(world.path("m1.tar.zst"), limit: 1 << 30).starts(with: head))
    #expect(head.count < 100_000)
    let shown = try inspected(world.path("m1.tar.zst.head"))
    let whole = try inspected(world.path("m1.tar.zst"))
    #expect(shown["headOnly"] == .boolean(true) && shown["bundle"] == whole["bundle"])
    try FileSystem.remove(world.path("m1.tar.zst"))
    try world.packed("m2", to: "again.tar.zst", since: ["m1.tar.zst.head"])
    let (first, second) = try (inspected(world.path("m2.tar.zst")), inspected(world.path("again.tar.zst")))
    #expect(first["bundle"] == second["bundle"])
    let alone = try Program.run(["verify", world.path("m1.tar.zst.head"), "--allow-unsigned"])
    expectFailure(alone, .corrupt, "at least", next: "cut")
    expectFailure(
      try Program.run(["inspect", world.path("m2.tar.zst"), "--save-head", world.path("m2.tar.zst")]), .usage)
  }

  @Test func theNewestOfAChainNamesAllThatItRestsOn() throws {
    try world.packed("m1", to: "m1.tar.zst")
    try world.packed("m2", to: "m2.tar.zst", since: ["m1.tar.zst"])
    try world.packed("m3", to: "m3.tar.zst", since: ["m2.tar.zst"])
    let index = try world.index("m3.tar.zst")
    #expect(world.blobs(index, "raw").keys.sorted() == [digest(5)])
    #expect(
      world.blobs(index, "held") == [
        digest(1): ["m1.tar.zst app", "m1.tar.zst db"], digest(3): ["m1.tar.zst db"], digest(4): ["m2.tar.zst app"],
      ])
    // The same named one by one is the same, whatever each of them adds.
    try world.packed("m3", to: "both.tar.zst", since: ["m1.tar.zst", "m2.tar.zst"])
    #expect(try world.index("both.tar.zst") == index)
  }

  @Test func verifyAndInspectSayWhetherWhatIsAtHandSuffices() throws {
    try world.packed("m1", to: "m1.tar.zst")
    try world.packed("m2", to: "m2.tar.zst", since: ["m1.tar.zst"])
    try world.packed("m3", to: "m3.tar.zst", since: ["m2.tar.zst"])
    let (m1, m2, m3) = (world.path("m1.tar.zst"), world.path("m2.tar.zst"), world.path("m3.tar.zst"))
    let verify = ["verify", m3, "--trust", world.key.publicPath]
    #expect(try Program.succeed(verify).output.contains("rests on   m1.tar.zst of "))
    #expect(try Program.succeed(verify + ["--base", m1, "--base", m2]).output.contains("all of them"))
    expectFailure(try Program.run(verify + ["--base", m1]), .baseMissing, "1 blob (205 KiB)", "m2.tar.zst")
    _ = try world.savedHead(of: "m1.tar.zst")
    expectFailure(try Program.run(["inspect", m3, "--base", m1 + ".head"]), .baseMissing, "m2.tar.zst")
    let coverage = try inspected(m3, "--base", m1, "--base", m2)["coverage"]
    #expect(coverage?["blobs"]?.integer == 3 && coverage?["missing"]?.elements?.isEmpty == true)
    expectFailure(try Program.run(verify + ["--base", m1 + ".head"]), .corrupt, "without its blobs")
  }

  @Test func aDamagedBlobOfABaseIsFound() throws {
    try world.packed("m1", to: "m1.tar.zst")
    try world.packed("m2", to: "m2.tar.zst", since: ["m1.tar.zst"])
    let offset = try #require(
      try world.index("m1.tar.zst")["blobs"]?.elements?.first { $0["digest"]?.text == digest(1) }?["offset"]?.integer)
    let file = try File(world.path("m1.tar.zst"), .update)
    let place = try world.savedHead(of: "m1.tar.zst") + offset + 1000
    let byte = try file.bytes(at: place, count: 1)[0]
    try file.write([byte ^ 1], at: place)
    let verify = ["verify", world.path("m2.tar.zst"), "--trust", world.key.publicPath]
    expectFailure(
      try Program.run(verify + ["--base", world.path("m1.tar.zst")]), .corrupt, "m1.tar.zst is damaged in",
      digest(1).suffix(64).description)
    try Program.succeed(verify)
  }

  @Test func aBaseOfNobodyTrustedIsRefused() throws {
    let stranger = try SigningKey(.ed25519, in: world.directory, name: "stranger")
    try Program.succeed(
      ["pack", "--image", "oci:\(world.path("m1"))", "--key", stranger.privatePath, "-o", world.path("m1.tar.zst")])
    let update = world.pack("m2", to: "m2.tar.zst", since: ["m1.tar.zst"])
    expectFailure(try Program.run(update), .untrusted, "m1.tar.zst", next: "--trust PUB")
    #expect(!FileSystem.exists(world.path("m2.tar.zst")))
    try Program.succeed(update + ["--trust", stranger.publicPath])
    try Program.succeed(update + ["--allow-unsigned-base"])
    try Program.succeed(
      ["pack", "--image", "oci:\(world.path("m1"))", "--unsigned", "-o", world.path("m1.tar.zst")])
    expectFailure(try Program.run(update), .untrusted, "no signature", next: "--allow-unsigned-base")
    try Program.succeed(update + ["--allow-unsigned-base"])
  }

  @Test func whatIsWrittenIsNoBaseOfItself() throws {
    try world.packed("m1", to: "m1.tar.zst")
    let before = try FileSystem.read(world.path("m1.tar.zst"), limit: 1 << 30)
    expectFailure(
      try Program.run(world.pack("m2", to: "m1.tar.zst", since: ["m1.tar.zst"])), .usage, "the very bundle")
    #expect(try FileSystem.read(world.path("m1.tar.zst"), limit: 1 << 30) == before)
  }

  @Test func thePlanNamesWhatVanishedAndWhatHasNothingInCommon() throws {
    try world.packed("m1", to: "m1.tar.zst")
    try world.packed("other", to: "other.tar.zst")
    let plan = try world.packed("m2", to: "m2.tar.zst", since: ["m1.tar.zst", "other.tar.zst"], "--dry-run")
    let vanished = plan["vanished"]?.elements ?? []
    #expect(
      vanished.map { texts($0["names"]) } == [
        ["image oci:\(world.path("m1")):app:1", "image oci:\(world.path("m1")):old:1"],
        ["image oci:\(world.path("other")):else:1"],
      ])
    #expect(texts(plan["notes"]).contains { $0.contains("other.tar.zst has nothing in common") })
    #expect(plan["bases"]?.elements?.count == 1)
    let later = try Program.succeed(
      world.pack("m2", to: "m2.tar.zst", since: ["m1.tar.zst"]), environment: ["SOURCE_DATE_EPOCH": "1600000000"])
    #expect(later.output.contains("counts as made before it"))
  }

  @Test func withNothingNewOnlyTheHeadTravels() throws {
    try world.packed("m1", to: "m1.tar.zst")
    try world.packed("m1", to: "again.tar.zst", since: ["m1.tar.zst"])
    #expect(world.blobs(try world.index("again.tar.zst"), "raw").isEmpty)
    try Program.succeed(["verify", world.path("again.tar.zst"), "--trust", world.key.publicPath])
  }
}

/// Receipts that came back from the far side.
@Suite struct SinceReceiptTests {
  private let world: SinceWorld

  init() throws { world = try SinceWorld() }

  private func digest(_ seed: UInt64) -> String { SinceWorld.layer(seed).digest }

  @Test func aReceiptTellsWhatIsAtTheTargetBelowItsPrefix() throws {
    try world.receipt(
      "r.json", target: "r.example:5000/mirror/x", prefix: "mirror/x/", [("app", [1]), ("db", [1, 3])])
    try world.packed("m2", to: "m2.tar.zst", since: ["r.json"], "--allow-unsigned-base")
    let index = try world.index("m2.tar.zst")
    #expect(world.blobs(index, "held") == [digest(1): ["a.tar.zst app", "a.tar.zst db"], digest(3): ["a.tar.zst db"]])
    #expect(world.blobs(index, "raw").keys.sorted() == [digest(4)])
    // What lies elsewhere at the target is where no path of the bundle leads.
    try world.receipt(
      "r.json", target: "r.example:5000/mirror/x", prefix: "mirror/y/", [("app", [1]), ("db", [1, 3])])
    try world.packed("m2", to: "m2.tar.zst", since: ["r.json"], "--allow-unsigned-base")
    #expect(world.blobs(try world.index("m2.tar.zst"), "held").isEmpty)
  }

  @Test func aSignedReceiptIsCheckedAgainstTheKeysThatAreTrusted() throws {
    try world.receipt("r.json", target: "oci:mirror", prefix: "", [("app", [1])])
    let update = world.pack("m2", to: "m2.tar.zst", since: ["r.json"])
    expectFailure(try Program.run(update), .untrusted, "no signature", next: "--receipt-key")
    try world.sign("r.json")
    // Who signs bundles is not who tells what is at the far side.
    expectFailure(try Program.run(update), .untrusted, "not signed by a trusted key", next: "--trust PUB")
    try Program.succeed(update + ["--trust", world.key.publicPath])
    #expect(world.blobs(try world.index("m2.tar.zst"), "held").count == 1)
    var bytes = try FileSystem.read(world.path("r.json"), limit: 1 << 20)
    bytes[10] ^= 1
    try File(world.path("r.json"), .replace).write(bytes)
    expectFailure(
      try Program.run(update + ["--trust", world.key.publicPath, "--allow-unsigned-base"]), .untrusted, "is wrong")
  }

  @Test func aReceiptOfARunThatFailedIsNoBase() throws {
    try world.receipt("r.json", target: "oci:mirror", prefix: "", [("app", [1])], failure: #""no room""#)
    expectFailure(
      try Program.run(world.pack("m2", to: "m2.tar.zst", since: ["r.json"]) + ["--allow-unsigned-base"]),
      .configuration, "did not bring all images", next: "unpack that bundle again")
  }

  @Test func forAllLeavesOutOnlyWhatEachTargetHas() throws {
    try world.receipt("north.json", target: "north.example/x", prefix: "x/", [("app", [1, 4]), ("db", [3])])
    try world.receipt("south1.json", target: "south.example", prefix: "", [("app", [1])])
    try world.receipt("south2.json", target: "docker://south.example", prefix: "", [("db", [3])], bundle: "b")
    let bases = ["north.json", "south1.json", "south2.json"]
    let plan = try world.packed("m2", to: "m2.tar.zst", since: bases, "--allow-unsigned-base", "--for-all")
    let index = try world.index("m2.tar.zst")
    #expect(world.blobs(index, "held").keys.sorted() == [digest(1), digest(3)].sorted())
    let targets = plan["targets"]?.elements?.map { ($0["target"]?.text ?? "", $0["bytes"]?.integer ?? -1) } ?? []
    #expect(targets.map(\.0) == ["north.example/x", "south.example"] && targets.map(\.1) == [0, 210_000])
    // Without it, what one of them has is enough.
    try world.packed("m2", to: "m2.tar.zst", since: bases, "--allow-unsigned-base")
    #expect(world.blobs(try world.index("m2.tar.zst"), "raw").isEmpty)
  }

  @Test func aBlobThatLiesAtManyPlacesNamesTheFirstOfThem() throws {
    let places = (10..<40).map { ("app\($0)", [UInt64(1)]) }
    try world.receipt("r.json", target: "r.example", prefix: "", places)
    try world.packed("m2", to: "m2.tar.zst", since: ["r.json"], "--allow-unsigned-base")
    #expect(world.blobs(try world.index("m2.tar.zst"), "held")[digest(1)] == (10..<26).map { "a.tar.zst app\($0)" })
    try Program.succeed(["verify", world.path("m2.tar.zst"), "--trust", world.key.publicPath])
  }

  @Test func twoSizesOfOneBlobAreNotBelieved() throws {
    try world.receipt("r.json", target: "r.example", prefix: "", [("app", [1]), ("db", [3])])
    let text = String(decoding: try FileSystem.read(world.path("r.json"), limit: 1 << 20), as: UTF8.self)
    try File(world.path("r.json"), .replace).write(
      Array(text.replacing(#""size":300000"#, with: #""size":300001"#).utf8))
    try world.packed("m2", to: "m2.tar.zst", since: ["r.json"], "--allow-unsigned-base")
    #expect(Array(world.blobs(try world.index("m2.tar.zst"), "held").keys) == [digest(3)])
  }
}

/// Updates whose packing was interrupted.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct SinceResumeTests {
  private let world: World

  init() throws { world = try World(largeLayer: 3 << 20) }

  /// The arguments that pack all images, but for what was packed before.
  private func update(_ output: String = "a.tar.zst", since base: String = "base.tar.zst") -> [String] {
    world.pack(output) + ["--since", world.path(base)]
  }

  /// Packs one image by itself.
  private func pack(_ image: String, to output: String) throws {
    try Program.succeed([
      "pack", "--image", "\(world.relay.address)/\(image)", "--key", world.key.privatePath, "--src-tls-verify=false",
      "-o", world.path(output),
    ])
  }

  /// Kills the update in the midst of its layers.
  private func killed() throws {
    world.relay.hold(.toClient, after: 2 << 20)
    let run = try Run(update())
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    run.kill()
    world.relay.release()
  }

  @Test func itGoesOnWithTheSameBaseAlone() throws {
    try pack("team/other:v1", to: "base.tar.zst")
    try pack("team/multi:v2", to: "second.tar.zst")
    try killed()
    #expect(try Program.succeed(update()).errors.contains("goes on where it stopped"))
    try Program.succeed(update("expected.tar.zst"))
    #expect(try world.bytes("a.tar.zst") == world.bytes("expected.tar.zst"))
    try FileSystem.remove(world.path("a.tar.zst"))
    try killed()
    let other = try Program.succeed(update(since: "second.tar.zst"))
    #expect(other.errors.contains("was made with other bases: it is started anew"))
    try Program.succeed(update("expected.tar.zst", since: "second.tar.zst"))
    #expect(try world.bytes("a.tar.zst") == world.bytes("expected.tar.zst"))
  }
}
