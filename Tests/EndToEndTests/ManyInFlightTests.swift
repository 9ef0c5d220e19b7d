import Glibc
import OCI
import SystemIO
import TestSupport
import Testing

/// A pack that is interrupted while all that it may ask for at once is under way.
struct ManyInFlightTests {
  private static let (layers, atOnce, answered) = (100, 64, 20)
  private let directory: TemporaryDirectory
  private let registry: RegistryDouble
  /// Which blobs were asked for, and whether those behind the first few are given.
  private let state = Monitor((asked: [String](), isOpen: true))

  init() throws {
    directory = try TemporaryDirectory()
    let layout = try LayoutFixture(directory("layout"))
    // As large as content is that moves: of what is smaller a registry decides how much is asked for at once.
    let layers = try (0..<Self.layers).map { try layout.layer(seed: UInt64($0), size: 300_000) }
    let image = try layout.image(layers)
    let content = Set(layers.map { "/v2/app/blobs/\($0.digest)" })
    registry = try RegistryDouble { [state] request in
      guard content.contains(request.path) else { return nil }
      return state.withLock { state in
        state.asked.append(request.path)
        return state.isOpen || state.asked.count <= Self.answered ? nil : .stall([])
      }
    }
    try registry.add(image, from: layout, to: "app", tag: "1")
  }

  private func pack(_ output: String) -> [String] {
    [
      "pack", "--image", "\(registry.address)/app:1", "--unsigned", "--src-tls-verify=false", "--parallel",
      "\(Self.atOnce)", "--requests", "\(Self.atOnce)", "-o", directory(output),
    ]
  }

  private func bytes(_ name: String) throws -> [UInt8] { try FileSystem.read(directory(name), limit: 1 << 30) }

  @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsThemAllAndTheJournalIsTrue(signal: CInt) throws {
    try Program.succeed(pack("expected.tar.zst"))
    state.withLock { $0 = ([], false) }
    let run = try Run(pack("a.tar.zst"))
    #expect(run.wait { state.withLock { $0.asked.count } >= Self.answered + Self.atOnce || !run.isRunning })
    run.signal(signal)
    let result = try run.result()
    #expect(result.status == 128 + signal, "\(result.errors)")
    let before = state.withLock { state in
      defer { state = ([], true) }
      return state.asked
    }
    try Program.succeed(pack("a.tar.zst"))
    #expect(try bytes("a.tar.zst") == bytes("expected.tar.zst"))
    // What had come is not asked for again.
    let again = Set(state.withLock { $0.asked })
    #expect(again.isDisjoint(with: before.prefix(Self.answered)))
    #expect(again.count == Self.layers - Self.answered)
  }
}
