import Diagnostics
import Glibc
import OCI
import SystemIO
import TestSupport
import Testing

/// What is left of a pack that was killed, and how the same command goes on.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct PackResumeTests {
  private let world: World

  init() throws { world = try World(largeLayer: 3 << 20) }

  private var partial: String { world.path("a.tar.zst.partial") }
  private var journal: String { partial + ".journal" }

  /// Kills a pack when `count` bytes have come from the registry.
  private func killed(_ output: String = "a.tar.zst", after count: Int, _ more: String...) throws {
    world.relay.hold(.toClient, after: count)
    let run = try Run(world.pack(output) + more)
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    run.kill()
    world.relay.release()
    #expect(!FileSystem.exists(world.path(output)))
  }

  /// Packs to the end, and demands the same bytes as without any interruption.
  @discardableResult
  private func resumed(_ location: SourceLocation = #_sourceLocation) throws -> ToolResult {
    let expected = try world.bytes(world.packed("expected.tar.zst"))
    let result = try Program.succeed(world.pack("a.tar.zst"), location)
    #expect(try world.bytes("a.tar.zst") == expected, sourceLocation: location)
    let files = try world.files()
    #expect(files == ["a.tar.zst", "expected.tar.zst"], sourceLocation: location)
    try Program.succeed(["verify", world.path("a.tar.zst"), "--trust", world.key.publicPath], location)
    return result
  }

  @Test func whatWasKilledAnywhereBecomesTheSameBundle() throws {
    let before = world.relay.bytes(.toClient)
    let expected = try world.bytes(world.packed("expected.tar.zst"))
    let total = world.relay.bytes(.toClient) - before
    for point in KillPoints.inBytes(total, named: "pack") {
      try killed(after: point)
      let result = try Program.succeed(world.pack("a.tar.zst"))
      #expect(try world.bytes("a.tar.zst") == expected, "after \(point) bytes: \(result.errors)")
      #expect(try world.files() == ["a.tar.zst", "expected.tar.zst"])
      try FileSystem.remove(world.path("a.tar.zst"))
    }
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"), arguments: KillPoints.packCalls)
  func whatWasKilledBetweenItsStepsBecomesTheSameBundle(call: String, number: Int) throws {
    let run = try Run(world.pack("a.tar.zst"), under: KillPoints.trace(call, number))
    let status = try run.result().status
    #expect(status == 137 || status == 0)
    let isThere = FileSystem.exists(world.path("a.tar.zst"))
    if isThere { try Program.succeed(["verify", world.path("a.tar.zst"), "--trust", world.key.publicPath]) }
    try resumed()
  }

  @Test func aRunThatWasKilledTwiceGoesOnWhereTheSecondStopped() throws {
    for point in [600_000, 600_000, 1 << 20] { try killed(after: point) }
    #expect(try resumed().errors.contains("goes on where it stopped"))
  }

  @Test func aTornLineOfTheJournalCountsForNothing() throws {
    try killed(after: 3 << 20)
    let whole = try world.bytes(journal)
    try File(journal, .update).write(Array("blob 1".utf8), at: whole.count)
    try resumed()
  }

  @Test func aJournalThatIsTornInItsFirstLineCountsForNothing() throws {
    try killed(after: 3 << 20)
    try File(journal, .update).truncate(to: 20)
    try resumed()
  }

  @Test func framesThatWereNotedTwiceCountOnce() throws {
    let before = world.relay.bytes(.toClient)
    try world.packed("expected.tar.zst")
    // The last blob, of 9000 bytes, is a compressed one, and another was finished before it.
    try killed(after: world.relay.bytes(.toClient) - before - 6000)
    // As a kill leaves it that comes before the blob's own line, when the blob is then fetched again.
    var lines = try journalLines()
    let first = try #require(lines.firstIndex { $0.hasPrefix("frame ") })
    lines.insert(lines[first], at: first)
    try write(lines)
    try resumed()
  }

  @Test func afterAPowerCutOnlySyncedLinesCount() throws {
    // One by one, so that some blob is whole.
    try killed(after: 3 << 20, "--parallel", "1")
    let lines = try journalLines().filter { !$0.hasPrefix("synced ") }
    #expect(lines.contains { $0.hasPrefix("blob ") })
    try write(lines.map { $0.hasPrefix("session ") ? "session of-another-boot" : $0 })
    // What was not synced is lost.
    let file = try File(partial, .update)
    let head = 200_000
    try file.write([UInt8](repeating: 0, count: try file.size() - head), at: head)
    try killed(after: 100_000)
    try resumed()
  }

  @Test func aPartialFileThatIsDamagedIsStartedAnew() throws {
    try killed(after: 3 << 20)
    try File(partial, .update).write([0xFF], at: 100)
    #expect(try resumed().errors.contains("is damaged: it is started anew"))
  }

  /// Flips one bit of a file.
  private func flip(_ path: String, at place: Int, bit: Int = 0) throws {
    let file = try File(path, .update)
    let byte = try file.bytes(at: place, count: 1)
    try file.write(byte.map { $0 ^ 1 << UInt8(bit) }, at: place)
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func aFinishedBlobThatTheDiskHasChangedIsFetchedAgain() throws {
    let size = try world.bytes(world.packed("expected.tar.zst")).count
    // All is in the file, and its name is not given yet; the large layer is most of it.
    try killedBeforeItsName()
    try flip(partial, at: size / 2)
    let before = world.relay.bytes(.toClient)
    let result = try Program.succeed(world.pack("a.tar.zst"))
    let lines = result.errors.split(separator: "\n").filter { $0.contains("is damaged: it is fetched again") }
    #expect(lines.count == 1 && lines.first?.hasPrefix("warning: sha256:") == true, "\(result.errors)")
    #expect((3 << 20)..<(4 << 20) ~= world.relay.bytes(.toClient) - before, "only the large layer moves")
    #expect(try world.bytes("a.tar.zst") == world.bytes("expected.tar.zst"))
  }

  private func killedBeforeItsName() throws {
    let run = try Run(world.pack("a.tar.zst"), under: KillPoints.trace("rename", 1, of: partial))
    let status = try run.result().status
    try #require(status == 137)
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func aBitThatFlippedAnywhereEndsInTheSameBundle() throws {
    let expected = try world.bytes(world.packed("expected.tar.zst"))
    let total = world.relay.bytes(.toClient)
    var generator = KillPoints.generator(named: "flipped bits")
    for turn in 0..<(KillPoints.isLong ? 120 : 8) {
      // Of what was finished, and of what was begun.
      if turn.isMultiple(of: 2) {
        try killedBeforeItsName()
      } else {
        try killed(after: .random(in: 200_000..<total, using: &generator))
      }
      // The journal may lie, too.
      let path = turn % 4 == 3 && FileSystem.exists(journal) ? journal : partial
      let place = Int.random(in: 0..<max(1, try File(path, .read).size()), using: &generator)
      try flip(path, at: place, bit: .random(in: 0..<8, using: &generator))
      let result = try Program.run(world.pack("a.tar.zst"))
      #expect(result.status == 0, "turn \(turn), byte \(place) of \(path): \(result.errors)")
      #expect(try world.bytes("a.tar.zst") == expected, "turn \(turn), byte \(place) of \(path): \(result.errors)")
      #expect(try world.files() == ["a.tar.zst", "expected.tar.zst"])
      try FileSystem.remove(world.path("a.tar.zst"))
    }
  }

  @Test func aBlobWhoseBeginningTheDiskHasChangedIsFetchedFromItsStart() throws {
    let world = try World(largeLayer: 20 << 20)
    let partial = world.path("a.tar.zst.partial")
    let expected = try world.bytes(world.packed("expected.tar.zst"))
    world.relay.hold(.toClient, after: 18 << 20)
    let run = try Run(world.pack("a.tar.zst"))
    let isNoted = run.wait {
      let text = (try? world.bytes(partial + ".journal")).map { String(decoding: $0, as: UTF8.self) } ?? ""
      return text.contains("\npart ") && text.contains("\nsynced ")
    }
    #expect(isNoted && world.relay.waitUntilHolding { !run.isRunning })
    run.kill()
    world.relay.release()
    try flip(partial, at: 6 << 20)
    let result = try Program.succeed(world.pack("a.tar.zst"))
    #expect(result.errors.contains("is damaged: it is fetched again"), "\(result.errors)")
    #expect(try world.bytes("a.tar.zst") == expected)
  }

  @Test(arguments: ["images", "options", "variables", "keys", "created", "configuration"])
  func anotherCommandSaysWhatDiffersAndStartsAnew(case name: String) throws {
    let part = name == "variables" ? "options" : name
    try killed(after: 3 << 20)
    var arguments = world.pack("a.tar.zst")
    var environment: [String: String] = [:]
    switch name {
    case "variables": environment["UPDATE_URL_OVERRIDE"] = "http://127.0.0.1:1/graph"
    case "images": arguments += ["--image", "oci:\(world.layout.path):team/app:v1"]
    case "options": arguments.append("--no-referrers")
    case "keys":
      arguments = try world.pack("a.tar.zst", signer: SigningKey(.ecdsa, in: world.directory, name: "signer2"))
    case "created": environment["SOURCE_DATE_EPOCH"] = "1700000001"
    default:
      let file = world.path("signer.yaml")
      try FileSystem.write(Array(Self.emptyConfiguration.utf8), to: file)
      arguments += ["-c", file]
    }
    let result = try Program.succeed(arguments, environment: environment)
    #expect(result.errors.contains("was made with other \(part): it is started anew"), "\(result.errors)")
  }

  private static let emptyConfiguration = """
    apiVersion: mirror.openshift.io/v2alpha1
    kind: ImageSetConfiguration
    mirror:
      blockedImages:
      - name: nothing.example/at/all:1

    """

  @Test func aTagThatMovedMeanwhileIsNamedAndIgnored() throws {
    let before = try world.bytes(world.packed("before.tar.zst"))
    try killed(after: 3 << 20)
    let other = try world.layout.image([world.layout.layer(seed: 77, size: 100)])
    try RegistryStorage(world.source).add(other, from: world.layout, to: "team/app", tag: "v1")
    let result = try Program.succeed(world.pack("a.tar.zst"))
    #expect(result.errors.contains("warning: \(world.relay.address)/team/app:v1 has moved to \(other.digest)"))
    #expect(try world.bytes("a.tar.zst") == before)
  }

  @Test func anOlderBundleStaysUntilTheNewOneIsWhole() throws {
    let old = Array("an older bundle".utf8)
    try FileSystem.write(old, to: world.path("a.tar.zst"))
    world.relay.hold(.toClient, after: 3 << 20)
    let run = try Run(world.pack("a.tar.zst"))
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    #expect(try world.bytes("a.tar.zst") == old)
    run.kill()
    #expect(try world.bytes("a.tar.zst") == old)
    world.relay.release()
    try resumed()
  }

  @Test func aSecondPackIntoTheSameFileIsSentAway() throws {
    world.relay.hold(.toClient, after: 3 << 20)
    let run = try Run(world.pack("a.tar.zst"))
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    let second = try Program.run(world.pack("a.tar.zst"))
    expectFailure(second, .again, "another process is packing", world.path("a.tar.zst"), next: "wait")
    world.relay.release()
    #expect(try run.result().status == 0)
    try resumed()
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func aSecondPackThatComesAsTheFirstEndsHarmsNoFinishedBundle() throws {
    world.relay.hold(.toClient, after: 3 << 20)
    let first = try Run(world.pack("a.tar.zst"))
    #expect(world.relay.waitUntilHolding { !first.isRunning })
    // The second has opened the unfinished file and not locked it yet, when the first gives it its final name.
    let log = world.path("trace")
    let stop = ["strace", "-f", "-qq", "-o", log, "-P", partial, "-e", "trace=openat"]
    let second = try Run(world.pack("a.tar.zst"), under: stop + ["-e", "inject=openat:signal=STOP:when=1"])
    let stopped = { () -> pid_t? in
      let text = String(decoding: (try? world.bytes(log)) ?? [], as: UTF8.self)
      return text.firstMatch(of: /(?m)^([0-9]+) +--- stopped by SIGSTOP/).flatMap { pid_t($0.1) }
    }
    _ = second.wait { stopped() != nil || !second.isRunning }
    let process = try #require(stopped(), "\(second.errors)")
    world.relay.release()
    let result = try first.result()
    try #require(result.status == 0, "\(result.errors)")
    let finished = try File(world.path("a.tar.zst"), .read)
    kill(process, SIGCONT)
    #expect(try second.result().status == 0)
    let expected = try world.bytes(world.packed("expected.tar.zst"))
    #expect(try finished.bytes(at: 0, count: expected.count + 1) == expected)
    #expect(try world.bytes("a.tar.zst") == expected)
  }

  @Test(arguments: [SIGINT, SIGTERM]) func aSignalLeavesWhatTheSameCommandGoesOnWith(signal: CInt) throws {
    world.relay.hold(.toClient, after: 3 << 20)
    let run = try Run(world.pack("a.tar.zst"))
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    run.signal(signal)
    let result = try run.result()
    #expect(result.status == 128 + signal)
    #expect(result.errors.contains("interrupted\n  next: run the same command again: it goes on where it was"))
    world.relay.release()
    #expect(!FileSystem.exists(world.path("a.tar.zst")))
    #expect(try resumed().errors.contains("goes on where it stopped"))
  }

  private func journalLines() throws -> [String] {
    String(decoding: try world.bytes(journal), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func write(_ lines: [String]) throws {
    try FileSystem.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: journal)
  }
}
