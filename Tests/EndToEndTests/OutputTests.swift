import Glibc
import JSON
import SystemIO
import TestSupport
import Testing

/// What a script sees of a run between two registries.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct OutputTests {
  private let world: World

  init() throws { world = try World() }

  private func events(_ errors: String) throws -> [JSONValue] {
    try errors.split(separator: "\n").map { try JSONReader.value(Array($0.utf8), source: "an event") }
  }

  @Test func everyLineOfJSONOutputIsAnEvent() throws {
    let packed = try events(Program.succeed(world.pack("bundle.tar.zst", "--json")).errors)
    #expect(packed.allSatisfy { $0["event"]?.text != nil })
    #expect(packed.filter { $0["event"]?.text == "phase" }.map { $0["phase"]?.text } == ["resolve", "fill"])
    #expect(packed.count { $0["event"]?.text == "item" && $0["phase"]?.text == "fill" } == world.layerCount)
    let target = try RegistryServer()
    let unpacked = try events(Program.succeed(world.unpack("bundle.tar.zst", to: target.address, "--json")).errors)
    #expect(unpacked.filter { $0["event"]?.text == "phase" }.map { $0["phase"]?.text } == ["publish", "tag"])
    // The last word on bytes is all of them.
    let last = unpacked.last { $0["event"]?.text == "progress" && $0["phase"]?.text == "publish" }
    #expect(last?["bytes"]?.integer == last?["totalBytes"]?.integer)
    #expect(last?["items"]?.integer == last?["totalItems"]?.integer)
  }

  @Test func anInterruptionIsAnEventToo() throws {
    world.relay.hold(.toClient, after: 500_000)
    let run = try Run(world.pack("bundle.tar.zst", "--json"))
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    run.signal(SIGTERM)
    let last = try #require(try events(run.result().errors).last)
    #expect(last["event"]?.text == "error")
    #expect(last["code"]?.integer == 143)
    #expect(last["next"]?.text?.contains("same command") == true)
  }

  @Test func aLogGetsLinesAndNoControlCharacters() throws {
    let result = try Program.succeed(world.pack("bundle.tar.zst"))
    #expect(result.errors.contains("resolving: done, 3 images"))
    #expect(result.errors.contains("packing: done, \(world.layerCount) blobs, "))
    #expect((result.errors + result.output).unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
    let quiet = try Program.succeed(world.pack("again.tar.zst", "--quiet"))
    #expect(quiet.errors + quiet.output == "")
  }
}
