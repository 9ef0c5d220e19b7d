import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// A bundle that crosses with parity, with the real program and a real registry.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct ParityJobTests {
  private let world: World

  init() throws {
    world = try World(largeLayer: 3 << 20)
    try FileSystem.makeDirectory(world.path("media"))
  }

  private var bundle: String { world.path("media/a.tar.zst") }
  private var trust: [String] { ["--trust", world.key.publicPath] }

  private func packed(_ more: String...) throws {
    try Program.succeed(world.pack("media/a.tar.zst", "--parity", "2") + more)
  }

  private func files() throws -> [String] { try FileSystem.list(world.path("media")) }

  private func state() throws -> [String: [UInt8]] {
    Dictionary(uniqueKeysWithValues: try files().map { ($0, try world.bytes("media/\($0)")) })
  }

  private func remove(_ names: String...) throws {
    for name in names { try FileSystem.remove("\(bundle).\(name)") }
  }

  private func damage(_ path: String, _ range: Range<Int>) throws {
    let file = try File(path, .update)
    try file.write(file.bytes(at: range.lowerBound, count: range.count).map { ~$0 }, at: range.lowerBound)
  }

  private func json(_ arguments: [String]) throws -> JSONValue {
    try JSONReader.value(Array(Program.succeed(arguments + ["--json"]).output.utf8), source: "stdout")
  }

  private func content(of directory: String) throws -> [String] {
    try FileSystem.contents(ofTree: world.path(directory), limit: 10_000)
  }

  @Test func twoLostVolumesAreMadeUpFor() throws {
    try packed("--volume-size", "512KiB")
    try #require(files().filter { $0.hasSuffix(".p01") || $0.hasSuffix(".p02") }.count == 2)
    #expect(try json(["verify", bundle] + trust)["repaired"]?.elements?.isEmpty == true)
    try Program.succeed(world.unpack("media/a.tar.zst", to: "oci:\(world.path("whole"))"))
    try remove("003", "005")
    try damage("\(bundle).p02", 0..<10)
    let target = try RegistryServer()
    let unpack = world.unpack("media/a.tar.zst", to: "\(target.address)/mirror")
    let result = try Program.succeed(unpack)
    #expect(result.errors.contains("a.tar.zst.003 is not there"), "\(result.errors)")
    #expect(result.output.contains("of a.tar.zst.005: replace it"), "\(result.output)")
    #expect(try RegistryStorage(target).allTags().count >= 3)
    try Program.succeed(world.unpack(world.path("media"), to: "oci:\(world.path("out"))"))
    try runOrFail("diff", ["-r", world.path("whole"), world.path("out")])
  }

  @Test func oneMoreIsSaidBeforeAByteIsSent() throws {
    try packed("--volume-size", "512KiB", "--label")
    let label = String(decoding: try world.bytes("media/a.tar.zst.p02.label.txt"), as: UTF8.self)
    #expect(label.contains("parity    2 of 2") && label.contains("any 2 volumes that are lost"))
    try remove("001", "003", "005")
    let target = try RegistryServer()
    let unpack = world.unpack("media/a.tar.zst", to: "\(target.address)/mirror")
    let names = "a.tar.zst.001, a.tar.zst.003, a.tar.zst.005; its parity makes up for 2"
    expectFailure(try Program.run(unpack), .beyondRepair, names, next: "bring one more of them")
    #expect(try RegistryStorage(target).state().isEmpty)
    for command in [["verify"], ["inspect"], ["repair"]] {
      #expect(try Program.run(command + [bundle] + trust).status == 81)
    }
  }

  @Test func damageIsReadThroughAndRepaired() throws {
    let path = try world.packed("media/a.tar.zst")
    let made = try json(["protect", path, "--parity", "10%"])
    #expect(made["data"]?.integer == 20 && made["losable"]?.integer == 2)
    let whole = try world.bytes(path)
    let part = whole.count / 20
    try damage(path, 1000..<1010)
    try damage(path, part * 7..<part * 8)
    let verified = try Program.succeed(["verify", path] + trust)
    #expect(verified.output.contains("chunks of a.tar.zst: replace it"), "\(verified.output)")
    #expect(try json(["inspect", path] + trust)["repaired"]?.elements?.first?["name"]?.text == "a.tar.zst")
    let repaired = try json(["repair", path] + trust)["volumes"]?.elements?.first
    #expect(repaired?["file"]?.text == path + ".repaired")
    #expect(try world.bytes(path + ".repaired") == whole)
    try FileSystem.rename(path + ".repaired", to: path)
    #expect(try Program.succeed(["repair", path] + trust).output.contains("nothing: all volumes are whole"))
    try damage(path, part * 7..<part * 10)
    let hopeless = try Program.run(["verify", path] + trust)
    expectFailure(hopeless, .beyondRepair, "is damaged beyond repair: a.tar.zst (", next: "at least")
  }

  @Test func aBundleWithParityIsSignedBesideIt() throws {
    try packed()
    let before = try state()
    let auditor = try SigningKey(.ecdsa, in: world.directory, name: "signer-auditor")
    try Program.succeed(["sign", bundle, "--key", auditor.privatePath])
    #expect(try state().filter { before[$0.key] != nil } == before)
    let both = trust + ["--trust", auditor.publicPath, "--threshold", "2"]
    let verified = try json(["verify", bundle] + both)
    #expect(verified["repaired"]?.elements?.isEmpty == true)
    #expect(verified["signers"]?.elements?.count == 2)
    // Another bundle of the same name has neither the parity nor the signature of this one.
    try Program.succeed(
      world.pack("media/a.tar.zst", "--image", "oci:\(world.layout.path):team/app:v1"))
    #expect(try files() == ["a.tar.zst"])
    try Program.succeed(["verify", bundle] + trust)
  }

  @Test func whatCannotBeIsRefused() throws {
    try packed()
    expectFailure(
      try Program.run(["protect", bundle, "--parity", "1"]), .usage, "a.tar.zst.p01 is there already",
      next: "remove all parity volumes first")
    for amount in ["0", "255", "0%", "101%", "x", "-1"] {
      #expect(try Program.run(["protect", bundle, "--parity=\(amount)"]).status == 64)
    }
    expectFailure(
      try Program.run(["verify", "--volume", "\(bundle).p01"] + trust), .usage, "is a parity volume",
      next: "leave it out")
    expectFailure(try Program.run(world.pack("-", "--parity", "1")), .usage, "no parity", next: "leave out")
    #expect(try Program.run(["protect", "-", "--parity", "1"]).status == 64)
    let plain = try world.packed("plain.tar.zst")
    expectFailure(try Program.run(["repair", plain] + trust), .notFound, "has no parity", next: "plain.tar.zst.p01")
    try FileSystem.write(Array("no bundle".utf8), to: world.path("text"))
    #expect(try Program.run(["protect", world.path("text"), "--parity", "1"]).status == 65)
    #expect(!FileSystem.exists(world.path("text.p01")))
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func aDiscThatFailsInTheMiddleIsMadeUpFor() throws {
    try packed("--volume-size", "512KiB")
    let broken = [
      "strace", "-f", "-qqq", "-o", "/dev/null", "-P", bundle + ".004", "-e", "trace=preadv,pread64", "-e",
      "inject=preadv,pread64:error=EIO:when=4+",
    ]
    let result = try Run(["verify", bundle] + trust, under: broken).result()
    #expect(result.status == 0 && result.output.contains("of a.tar.zst.004: replace it"), "\(result.output)")
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func whatWasKilledIsDoneAgain() throws {
    func killed(_ arguments: [String], _ calls: [(String, Int)], _ prepare: () throws -> Void) throws {
      func begin() throws {
        try FileSystem.removeTree(world.path("media"))
        try FileSystem.makeDirectory(world.path("media"))
        try prepare()
      }
      try begin()
      try Program.succeed(arguments)
      let expected = try state()
      for (call, number) in calls {
        try begin()
        _ = try Run(arguments, under: KillPoints.trace(call, number)).result()
        // What is there is never wrong, whatever is missing.
        if FileSystem.exists(bundle) { try Program.succeed(["verify", bundle] + trust) }
        if try Program.run(arguments).status != 0 {
          for name in try files() where name.contains(".p0") { try FileSystem.remove("\(world.path("media"))/\(name)") }
          try Program.succeed(arguments)
        }
        #expect(try state() == expected, "\(arguments[0]), \(call) \(number)")
      }
    }
    let calls: [(String, Int)] =
      [("rename", 1), ("rename", 2), ("rename", 3), ("fdatasync", 1), ("pwrite64", 2), ("pwrite64", 9)]
      + (KillPoints.isLong ? (10...60).map { ("pwrite64", $0) } : [])
    let pack = world.pack("media/a.tar.zst", "--parity", "2")
    try killed(pack, calls) {}
    let whole = world.path("whole.tar.zst")
    try Program.succeed(world.pack(whole))
    let bytes = try world.bytes(whole)
    try killed(["protect", bundle, "--parity", "2"], calls) { try FileSystem.write(bytes, to: bundle) }
    let parity = try state()
    try killed(["repair", bundle] + trust, calls) {
      for (name, content) in parity { try FileSystem.write(content, to: "\(world.path("media"))/\(name)") }
      try damage(bundle, 100_000..<101_000)
    }
  }
}
