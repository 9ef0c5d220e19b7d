import Glibc
import SystemIO
import TestSupport
import Testing

/// What is left of a pack that was killed, and how the same command goes on.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct PackResumeTests {
  private let world: World

  init() throws { world = try World(largeLayer: 20 << 20) }

  /// How many points a process is killed at.
  static let points = RunningProcess.environment("SEALIFT_LONG") == nil ? 8 : 50

  /// Kills a pack when `count` bytes have come from the registry.
  private func killed(_ output: String, after count: Int) throws {
    world.relay.hold(.toClient, after: count)
    let run = try Run(world.pack(output))
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    run.kill()
    world.relay.release()
  }

  @Test func whatWasKilledAnywhereBecomesTheSameBundle() throws {
    let expected = try world.bytes(world.packed())
    let total = 21 << 20
    for point in 0..<Self.points {
      let output = "killed-\(point).tar.zst"
      try killed(output, after: total * (point + 1) / (Self.points + 1))
      #expect(!FileSystem.exists(world.path(output)))
      let result = try Program.succeed(world.pack(output))
      #expect(try world.bytes(output) == expected, "\(result.errors)")
      #expect(try world.files().filter { $0.hasPrefix(output) } == [output])
    }
  }
}
