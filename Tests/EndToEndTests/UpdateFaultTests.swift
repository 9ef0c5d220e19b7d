import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// What no packaged registry does: updates at those that link nothing, lose things meanwhile, or lie.
struct UpdateFaultTests {
  private let world: UpdateWorld
  private let base: UpdateWorld.Bundle
  private let update: UpdateWorld.Bundle

  init() throws {
    world = try UpdateWorld()
    base = try world.bundle(1, [.init("team/app", 1, 2)])
    update = try world.bundle(2, [.init("team/app", 1, 3), .init("team/other", 2, 4)], since: [base])
  }

  /// The tag of a record is no image's.
  private func tags(_ target: RegistryDouble) -> Set<String> { target.content.tags }

  private static func isWriting(_ request: HTTPDouble.Request) -> Bool { !["GET", "HEAD"].contains(request.method) }

  @Test func nothingIsWrittenWhereALayerIsLost() throws {
    let lost = "/v2/team/app/blobs/\(UpdateWorld.digest(2))"
    let isLost = Monitor(false)
    let target = try RegistryDouble { request in
      isLost.withLock { $0 } && request.method == "HEAD" && request.path == lost ? .whole(404) : nil
    }
    try Program.succeed(world.unpack(base, to: target.address))
    isLost.withLock { $0 = true }
    let before = target.requests.count
    let result = try Program.run(world.unpack(update, to: target.address))
    expectFailure(result, .baseMissing, "the target lacks 1 blob")
    #expect(!target.requests.dropFirst(before).contains(where: Self.isWriting))
  }

  @Test func aRegistryThatLinksNothingIsReadAndWrittenAgain() throws {
    let target = try RegistryDouble()
    try Program.succeed(world.unpack(base, to: target.address))
    try Program.succeed(world.unpack(update, to: target.address))
    #expect(target.content.blobs["team/other@\(UpdateWorld.digest(2))"] == UpdateWorld.layer(2))
    #expect(try world.blobs("moved").contains("team/other@\(UpdateWorld.digest(2))"))
    #expect(tags(target) == ["team/app:v1", "team/app:v2", "team/other:v2"])
  }

  @Test func whatIsWrittenAgainIsProvenOnTheWay() throws {
    let source = "/v2/team/app/blobs/\(UpdateWorld.digest(2))"
    let target = try RegistryDouble { request in
      guard request.method == "GET", request.path == source else { return nil }
      return .whole(200, [:], [UInt8](repeating: 7, count: UpdateWorld.layer(2).count))
    }
    try Program.succeed(world.unpack(base, to: target.address))
    let result = try Program.run(world.unpack(update, to: target.address))
    expectFailure(result, .corrupt, "other bytes", "\(UpdateWorld.digest(2))")
    #expect(target.content.blobs["team/other@\(UpdateWorld.digest(2))"] == nil)
    #expect(tags(target) == ["team/app:v1"])
  }

  @Test(arguments: [false, true]) func aBaseThatIsDeletedMeanwhile(keepsGoing: Bool) throws {
    let path = "/v2/team/app/blobs/\(UpdateWorld.digest(1))"
    let asked = Monitor(-1)
    let target = try RegistryDouble { request in
      guard request.method == "HEAD", request.path == path else { return nil }
      return asked.withLock { count in
        if count >= 0 { count += 1 }
        return count > 1 ? .whole(404) : nil
      }
    }
    try Program.succeed(world.unpack(base, to: target.address))
    asked.withLock { $0 = 0 }
    let result = try Program.run(world.unpack(update, to: target.address) + (keepsGoing ? ["--keep-going"] : []))
    expectFailure(result, .baseMissing, "the target lacks 1 blob", "month-1.tar.zst", "no tag was set")
    #expect(asked.withLock { $0 } == 2)
    #expect(try world.missing() == ["month-1.tar.zst": [UpdateWorld.digest(1).description]])
    #expect(tags(target) == ["team/app:v1"])
  }

  @Test func aBaseThatIsDeletedBeforeItIsLinked() throws {
    let path = "/v2/team/app/blobs/\(UpdateWorld.digest(2))"
    let isGone = Monitor(false)
    let target = try RegistryDouble { request in
      // Gone as soon as the first thing is written.
      if Self.isWriting(request), request.path.hasPrefix("/v2/team/other/") { isGone.withLock { $0 = true } }
      return isGone.withLock { $0 } && request.path == path ? .whole(404) : nil
    }
    try Program.succeed(world.unpack(base, to: target.address))
    let result = try Program.run(world.unpack(update, to: target.address))
    expectFailure(result, .baseMissing, "does not have \(UpdateWorld.digest(2)) any more", next: "same command again")
    #expect(tags(target) == ["team/app:v1"])
    let again = try Program.run(world.unpack(update, to: target.address))
    expectFailure(again, .baseMissing, "month-1.tar.zst (\(base.id)")
  }

  @Test func aRunThatEndedEarlyGoesOn() throws {
    let fails = Monitor(true)
    let target = try RegistryDouble { request in
      let isNew = request.method == "PUT" && request.target.contains(UpdateWorld.digest(4).hex)
      return isNew && fails.withLock { $0 } ? .whole(403) : nil
    }
    try Program.succeed(world.unpack(base, to: target.address))
    #expect(try Program.run(world.unpack(update, to: target.address)).status == 77)
    #expect(tags(target) == ["team/app:v1"])
    fails.withLock { $0 = false }
    try Program.succeed(world.unpack(update, to: target.address))
    #expect(tags(target) == ["team/app:v1", "team/app:v2", "team/other:v2"])
    #expect(try world.blobs("present").contains("team/other@\(UpdateWorld.digest(2))"))
  }

  @Test func whatTheTargetDoesNotTakeOfAnUpdateIsLeftOut() throws {
    let target = try RegistryDouble { request in
      Self.isWriting(request) && request.path.hasPrefix("/v2/team/other/") ? .whole(403) : nil
    }
    try Program.succeed(world.unpack(base, to: target.address))
    let result = try Program.run(world.unpack(update, to: target.address, "--keep-going"))
    #expect(result.status == 2, "\(result.errors)")
    #expect(tags(target) == ["team/app:v1", "team/app:v2"])
    #expect(try world.receipt()["refused"]?.elements?.count == 1)
  }

  @Test func aRepositoryThatDoesNotAnswerIsLeftOut() throws {
    let target = try RegistryDouble { request in
      request.path.hasPrefix("/v2/team/other/") ? .whole(451) : nil
    }
    try Program.succeed(world.unpack(base, to: target.address))
    let result = try Program.run(world.unpack(update, to: target.address, "--keep-going"))
    #expect(result.status == 2, "\(result.errors)")
    #expect(tags(target) == ["team/app:v1", "team/app:v2"])
  }
}
