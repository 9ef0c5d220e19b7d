import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

/// What is left at a registry by an unpack that was stopped, and how the same command goes on.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct UnpackResumeTests {
  private let world: World
  private let whole: RegistryServer

  init() throws {
    world = try World(largeLayer: 6 << 20)
    try world.packed()
    whole = try RegistryServer()
    try Program.succeed(world.unpack("bundle.tar.zst", to: "\(whole.address)/mirror"))
  }

  /// A registry to unpack into, behind a relay.
  private func target() throws -> (server: RegistryServer, relay: Relay) {
    let server = try RegistryServer()
    return (server, try Relay(to: server.port))
  }

  private func start(_ isPipe: Bool, _ relay: Relay, _ more: String...) throws -> Run {
    return try Run(
      world.unpack(isPipe ? "-" : "bundle.tar.zst", to: "\(relay.address)/mirror") + more,
      under: isPipe ? piped(world.path("bundle.tar.zst")) : [])
  }

  /// Stops a run when `count` bytes have gone to the registry.
  private func killed(_ isPipe: Bool, _ relay: Relay, after count: Int) throws {
    relay.hold(.toServer, after: count)
    let run = try start(isPipe, relay)
    #expect(relay.waitUntilHolding { !run.isRunning })
    run.kill()
    relay.release()
  }

  /// Runs the command again, and demands all that a run without interruption leaves.
  private func expectWhole(
    _ isPipe: Bool, _ server: RegistryServer, _ relay: Relay, _ context: String = "",
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let expected = RegistryStorage(whole)
    let found = RegistryStorage(server)
    for tag in try found.allTags() {
      #expect(try expected.allTags().contains(tag), "\(context)", sourceLocation: location)
    }
    let result = try start(isPipe, relay).result()
    try #require(result.status == 0, "\(context): \(result.errors)", sourceLocation: location)
    #expect(try found.allTags() == expected.allTags(), "\(context)", sourceLocation: location)
    #expect(try found.state() == expected.state(), "\(context)", sourceLocation: location)
  }

  @Test(arguments: [false, true]) func whatWasKilledAnywhereBecomesWhole(isPipe: Bool) throws {
    let measured = try target()
    #expect(try start(isPipe, measured.relay).result().status == 0)
    let total = measured.relay.bytes(.toServer)
    for point in KillPoints.inBytes(total - 20_000, named: "unpack") {
      let (server, relay) = try target()
      try killed(isPipe, relay, after: point)
      try expectWhole(isPipe, server, relay, "after \(point) bytes")
    }
  }

  @Test(arguments: [false, true]) func aTargetThatStopsHalfWayGetsNoTag(isPipe: Bool) throws {
    let (server, relay) = try target()
    relay.hold(.toServer, after: 3 << 20)
    let run = try start(isPipe, relay, "--receipt", world.path("receipt.json"))
    #expect(relay.waitUntilHolding { !run.isRunning })
    relay.cut()
    let result = try run.result()
    #expect([SealiftError.Code.network, .again].map(\.rawValue).contains(result.status), "\(result.errors)")
    #expect(result.errors.contains("  next: "))
    #expect(try RegistryStorage(server).allTags() == [])
    let receipt = try Receipt(world.path("receipt.json"))
    #expect(receipt.failure?.isEmpty == false)
    #expect(receipt.tags.isEmpty)
    try expectWhole(isPipe, server, Relay(to: server.port))
  }

  @Test func aTargetThatIsAwayForATimeIsWaitedFor() throws {
    let (server, relay) = try target()
    relay.hold(.toServer, after: 3 << 20)
    let run = try start(false, relay, "--patience", "10m")
    #expect(relay.waitUntilHolding { !run.isRunning })
    relay.release()
    relay.cut()
    #expect(run.wait { run.errors.contains("it is waited for, up to 10 minutes (--patience)") })
    relay.restore()
    let result = try run.result()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try RegistryStorage(server).state() == RegistryStorage(whole).state())
  }

  @Test(arguments: [SIGINT, SIGTERM]) func aSignalLeavesWhatTheSameCommandGoesOnWith(signal: CInt) throws {
    let (server, relay) = try target()
    relay.hold(.toServer, after: 3 << 20)
    let run = try start(false, relay, "--receipt", world.path("receipt.json"))
    #expect(relay.waitUntilHolding { !run.isRunning })
    run.signal(signal)
    // Then the registry answers again, so that the uploads can be dropped.
    #expect(run.wait { run.errors.contains("note: stopping") })
    relay.release()
    let result = try run.result()
    #expect(result.status == 128 + signal)
    #expect(result.errors.contains("interrupted\n  next: run the same command again: it goes on where it was"))
    #expect(try RegistryStorage(server).allTags() == [])
    #expect(try Receipt(world.path("receipt.json")).failure != nil)
    try expectWhole(false, server, relay)
  }

  @Test func aSignalEndsARunWhosePipeBringsNothing() throws {
    let (server, relay) = try target()
    let (read, write) = try File.pipe()
    let run = try Run(world.unpack("-", to: "\(relay.address)/mirror"), input: read)
    // Enough for the head, so that the run is in the middle of the body when no more comes.
    try write.write(Array(try world.bytes("bundle.tar.zst").prefix(1 << 20)))
    #expect(run.wait { relay.bytes(.toServer) > 10_000 })
    run.signal(SIGINT)
    let result = try run.result()
    #expect(result.status == 130)
    #expect(try RegistryStorage(server).allTags() == [])
  }

  @Test func skopeoPullsTheSameDigests() throws {
    for name in World.names {
      let digests = try [world.source.address, "\(whole.address)/mirror"].map { registry in
        try runOrFail("skopeo", ["inspect", "--raw", "--tls-verify=false", "docker://\(registry)/\(name)"])
      }
      #expect(digests[0] == digests[1])
      try runOrFail(
        "skopeo",
        [
          "copy", "--all", "--insecure-policy", "--src-tls-verify=false", "docker://\(whole.address)/mirror/\(name)",
          "dir:\(world.path("pulled"))",
        ])
    }
  }

  @Test func aSecondRunSendsNothingAndPassesOverTheBody() throws {
    let relay = try Relay(to: whole.port)
    let before = try RegistryStorage(whole).state()
    // A body that is damaged behind the head would be found if it were read.
    let file = try File(world.path("bundle.tar.zst"), .update)
    try file.write([UInt8](repeating: 0x55, count: 1 << 20), at: 3 << 20)
    let result = try Program.succeed(
      world.unpack("bundle.tar.zst", to: "\(relay.address)/mirror", "--receipt", world.path("receipt.json")))
    #expect(relay.bytes(.toServer) < 60_000)
    #expect(try RegistryStorage(whole).state() == before)
    let receipt = try Receipt(world.path("receipt.json"))
    #expect(receipt.outcomes == ["present"], "\(result.errors)")
    expectFailure(
      try Program.run(["verify", world.path("bundle.tar.zst"), "--trust", world.key.publicPath]), .corrupt, "at byte")
  }
}
