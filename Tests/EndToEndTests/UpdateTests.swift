import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// An update proves what it rests on before anything moves.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct UpdateTests {
  private let world: UpdateWorld
  private let target: RegistryServer
  private let storage: RegistryStorage
  private let base: UpdateWorld.Bundle
  private let update: UpdateWorld.Bundle

  init() throws {
    world = try UpdateWorld()
    target = try RegistryServer()
    storage = RegistryStorage(target)
    base = try world.bundle(1, [.init("team/app", 1, 2)])
    update = try world.bundle(2, [.init("team/app", 1, 3), .init("team/other", 2, 4)], since: [base])
  }

  private func name(_ layer: UInt64, in repository: String) -> String { "\(repository)@\(UpdateWorld.digest(layer))" }

  @Test func onlyWhatIsNewIsSent() throws {
    try Program.succeed(world.unpack(base, to: target.address))
    let result = try Program.succeed(world.unpack(update, to: target.address))
    #expect(result.output.contains("month-1.tar.zst (\(base.id), of \(base.created))"), "\(result.output)")
    #expect(result.output.contains("2 blobs, 5.9 KiB, all found"), "\(result.output)")
    let layers = Set((1...4).flatMap { layer in ["team/app", "team/other"].map { name(layer, in: $0) } })
    #expect(try world.blobs("moved").intersection(layers) == [name(3, in: "team/app"), name(4, in: "team/other")])
    #expect(try world.blobs("mounted") == [name(2, in: "team/other")])
    #expect(try world.blobs("present").contains(name(1, in: "team/app")))
    #expect(try storage.allTags().count == 3)
    let state = try storage.state()
    try Program.succeed(world.unpack(update, to: target.address))
    #expect(try storage.state() == state)
  }

  @Test(arguments: [false, true]) func aBaseThatIsNotThere(asPipe: Bool) throws {
    var arguments = world.unpack(update, to: "\(target.address)/some/where")
    if asPipe { arguments[1] = "-" }
    let wrapper = asPipe ? piped(update.path) : []
    let result = try Run(arguments, under: wrapper).result()
    expectFailure(
      result, .baseMissing, "the target lacks 2 blobs (5.9 KiB) that month-1.tar.zst (\(base.id), of \(base.created))",
      "registry.example/team/app:v2, registry.example/team/other:v2", "nothing was sent",
      next: "unpack that bundle first")
    #expect(try storage.state() == [])
    #expect(try world.missing() == ["month-1.tar.zst": Set([1, 2].map { UpdateWorld.digest($0).description })])
    #expect(try world.receipt()["bundleName"]?.text == (asPipe ? nil : "month-2.tar.zst"))
    #expect(try world.receipt()["created"]?.text == update.created)
    let served = try Run(arguments + ["--base", base.path], under: wrapper).result()
    #expect(served.status == 0, "\(served.errors)")
    #expect(try storage.allTags().count == 2)
    #expect(try world.missing() == [:])
  }

  @Test func aBaseOfWhichALayerIsLost() throws {
    try Program.succeed(world.unpack(base, to: target.address))
    try FileSystem.remove(storage.path(of: UpdateWorld.digest(2)))
    let state = try storage.state()
    let result = try Program.run(world.unpack(update, to: target.address))
    expectFailure(result, .baseMissing, "the target lacks 1 blob (2.9 KiB)", "for registry.example/team/other:v2;")
    #expect(try storage.state() == state)
    #expect(!target.log.contains("month-2"))
    try Program.succeed(world.unpack(update, to: target.address, "--except", "team/other"))
    #expect(try storage.allTags().count == 2)
    try Program.succeed(world.unpack(update, to: target.address, "--base", base.path))
    #expect(try storage.allTags().count == 3)
  }

  @Test func aBaseUnderAnotherPrefixIsAnotherOne() throws {
    try Program.succeed(world.unpack(base, to: "\(target.address)/old"))
    let result = try Program.run(world.unpack(update, to: "\(target.address)/new"))
    expectFailure(result, .baseMissing, "the target lacks 2 blobs")
    #expect(try storage.allTags().allSatisfy { $0.hasPrefix("old/") })
  }

  @Test func repositoriesAreMappedAsThoseOfTheBase() throws {
    let deep = try world.bundle(3, [.init("a/b/c/d", 7)])
    let next = try world.bundle(4, [.init("e/f/g/h", 7)], since: [deep])
    let place = "\(target.address)/mirror"
    try Program.succeed(world.unpack(deep, to: place, "--max-nested-paths", "2"))
    expectFailure(try Program.run(world.unpack(next, to: place)), .baseMissing, "the target lacks 1 blob")
    try Program.succeed(world.unpack(next, to: place, "--max-nested-paths", "2"))
    #expect(try world.blobs("mounted") == [name(7, in: "mirror/e-f-g-h")])
  }

  @Test func aChainWhoseMiddleIsMissing() throws {
    let third = try world.bundle(3, [.init("team/app", 1, 3, 5)], since: [update])
    try Program.succeed(world.unpack(base, to: target.address))
    let state = try storage.state()
    let result = try Program.run(world.unpack(third, to: target.address))
    expectFailure(result, .baseMissing, "month-2.tar.zst (\(update.id)")
    #expect(try storage.state() == state)
    #expect(try world.missing() == ["month-2.tar.zst": [UpdateWorld.digest(3).description]])
    try Program.succeed(world.unpack(third, to: target.address, "--base", update.path))
    #expect(try world.blobs("moved").contains(name(3, in: "team/app")))
    #expect(try storage.allTags().count == 2)
  }

  @Test func eachBundleThatIsMissingIsNamed() throws {
    let other = try world.bundle(3, [.init("team/third", 8)])
    let last = try world.bundle(4, [.init("team/app", 1, 8)], since: [base, other])
    let result = try Program.run(world.unpack(last, to: target.address))
    #expect(result.status == 80)
    #expect(result.errors.contains("that month-1.tar.zst (\(base.id)"), "\(result.errors)")
    #expect(result.errors.contains("that month-3.tar.zst (\(other.id)"), "\(result.errors)")
    try Program.succeed(world.unpack(last, to: target.address, "--base", base.path, "--base", other.path))
  }

  @Test(arguments: [false, true]) func twoUpdatesOnOneBase(isTurned: Bool) throws {
    let other = try world.bundle(3, [.init("team/app", 2, 6)], since: [base])
    try Program.succeed(world.unpack(base, to: target.address))
    for bundle in isTurned ? [other, update] : [update, other] {
      try Program.succeed(world.unpack(bundle, to: target.address))
    }
    #expect(try storage.allTags().count == 4)
  }

  @Test func theWrongBaseOfTheRightName() throws {
    let wrong = try world.bundle(5, [.init("team/app", 9)], name: "other/month-1.tar.zst")
    let result = try Program.run(world.unpack(update, to: target.address, "--base", wrong.path))
    expectFailure(result, .baseMissing, "\(base.id)", "no file of --base has them")
    #expect(try storage.state() == [])
  }

  @Test func aBaseAtHandIsTrustedLikeTheBundle() throws {
    let unsigned = try world.bundle(1, [.init("team/app", 1, 2)], signed: false, name: "unsigned.tar.zst")
    let arguments = world.unpack(update, to: target.address, "--base", unsigned.path)
    let refused = try Program.run(arguments)
    #expect(refused.status == 79, "\(refused.errors)")
    #expect(try storage.state() == [])
    try Program.succeed(arguments + ["--allow-unsigned"])
  }

  @Test func whatRotsInARegistryIsFoundWhereItIsAsked() throws {
    try Program.succeed(world.unpack(base, to: target.address))
    let path = storage.path(of: UpdateWorld.digest(2))
    try File(path, .replace).write([UInt8](repeating: 7, count: UpdateWorld.layer(2).count))
    let state = try storage.state()
    let result = try Program.run(world.unpack(update, to: target.address, "--prove-held"))
    expectFailure(result, .baseMissing, "1 of them are there, and damaged", next: "take the damaged blobs out")
    #expect(try storage.state() == state)
    // As the advice says.
    try FileSystem.remove(path)
    try Program.succeed(world.unpack(base, to: target.address))
    try Program.succeed(world.unpack(update, to: target.address, "--prove-held"))
  }

  @Test func aDryRunLooksToo() throws {
    let arguments = world.unpack(update, to: target.address, "--dry-run")
    let missing = try Program.run(arguments + ["--json"])
    #expect(missing.status == 80, "\(missing.errors)")
    let held = try JSONReader.value(Array(missing.output.utf8), source: "the output")["held"]
    #expect(held?["bases"]?.elements?.first?["id"]?.text == base.id.description)
    #expect(held?["missing"]?.elements?.first?["blobs"]?.elements?.count == 2)
    try Program.succeed(world.unpack(base, to: target.address))
    let found = try Program.succeed(arguments)
    #expect(found.output.contains("2 blobs, 5.9 KiB, all found"), "\(found.output)")
    let port = try ClosedPort()
    let away = try Program.succeed(world.unpack(update, to: "127.0.0.1:\(port.number)", "--dry-run"))
    #expect(away.output.contains("2 blobs, 5.9 KiB, not looked for"), "\(away.output)")
    #expect(away.errors.contains("whether the target has what the bundle rests on"), "\(away.errors)")
  }

  @Test(arguments: ["oci:", "file://"]) func directoriesAreRead(scheme: String) throws {
    let directory = world.directory("target")
    let place = scheme + directory
    let dry = try Program.run(world.unpack(update, to: place, "--dry-run"))
    #expect(dry.status == 80, "\(dry.errors)")
    let without = try Program.run(world.unpack(update, to: place))
    expectFailure(without, .baseMissing, "the target lacks 2 blobs")
    try Program.succeed(world.unpack(base, to: place))
    try Program.succeed(world.unpack(update, to: place, "--dry-run"))
    let digest = UpdateWorld.digest(2)
    let file = scheme == "oci:" ? "\(directory)/blobs/sha256/\(digest.hex)" : "\(directory)/v2/team/app/blobs/\(digest)"
    try FileSystem.remove(file)
    try File(file, .replace).write([UInt8](repeating: 7, count: UpdateWorld.layer(2).count))
    let damaged = try Program.run(world.unpack(update, to: place))
    #expect(damaged.status == 80, "\(damaged.errors)")
    #expect(damaged.errors.contains("\(file) is damaged"), "\(damaged.errors)")
    #expect(try Program.run(world.unpack(update, to: place, "--dry-run")).status == 80)
    try Program.succeed(world.unpack(update, to: place, "--base", base.path))
    #expect(try world.receipt()["tags"]?.elements?.count == 2)
  }
}
