import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Sources that are reached only through the mirrors that settings of the host name.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct MirrorTests {
  private let world: World
  // A host that no name service knows: whatever comes, comes from a mirror.
  private let host = "registry.invalid"

  init() throws { world = try World() }

  private func settings(_ text: String, named name: String = "signer.conf") throws -> String {
    try FileSystem.write(Array(text.utf8), to: world.path(name))
    return world.path(name)
  }

  private func pack(_ image: String, _ more: String...) -> [String] {
    [
      "pack", "--image", image, "--key", world.key.privatePath, "--retries", "0", "-o", world.path("a.tar.zst"),
    ] + more
  }

  private func registry(_ host: String, mirror: String, _ more: String = "") -> String {
    "[[registry]]\nlocation = \"\(host)\"\n\(more)\n[[registry.mirror]]\nlocation = \"\(mirror)\"\ninsecure = true\n"
  }

  @Test("An image comes from a mirror, with its signature, and keeps its names")
  func mirrored() throws {
    let file = try settings(registry(host, mirror: world.source.address))
    let result = try Program.succeed(pack("\(host)/team/app:v1", "--registries-conf", file))
    #expect(
      result.errors.contains(
        "\(host)/team/app is fetched from its mirror \(world.source.address)/team/app, as \(file):4 says"))
    #expect(result.errors.split(separator: "its mirror").count == 2)
    let images = try inspected(world.path("a.tar.zst"))["images"]?.elements ?? []
    #expect(images.count == 3)
    #expect(images.allSatisfy { $0["source"]?.text?.hasPrefix("\(host)/team/app") == true })
    #expect(images.contains { $0["digest"]?.text == world.signature.digest.description })
    // The same bytes as without a mirror, but for the names.
    #expect(try Program.run(["verify", world.path("a.tar.zst"), "--trust", world.key.publicPath]).status == 0)
  }

  @Test("The variable and the user's own file name the settings too, and one that is named counts alone")
  func places() throws {
    let good = registry(host, mirror: world.source.address)
    let bad = "[[registry]]\nlocation = \"\(host)\"\nblocked = true\n"
    let (goodFile, badFile) = (try settings(good), try settings(bad, named: "signer-bad.conf"))
    let home = world.path("signer-home")
    try FileSystem.makeDirectory("\(home)/.config/containers/registries.conf.d")
    try FileSystem.write(Array(bad.utf8), to: "\(home)/.config/containers/registries.conf")
    let image = "\(host)/team/app:v1"
    for environment in [["CONTAINERS_REGISTRIES_CONF": badFile], ["HOME": home]] {
      expectFailure(
        try Program.run(pack(image, "--dry-run"), environment: environment), .configuration, "is blocked here")
      try Program.succeed(pack(image, "--dry-run", "--registries-conf", goodFile), environment: environment)
    }
    try FileSystem.write(Array(good.utf8), to: "\(home)/.config/containers/registries.conf.d/10.conf")
    try FileSystem.write(Array(bad.utf8), to: "\(home)/.config/containers/registries.conf.d/20.conf.off")
    try Program.succeed(pack(image, "--dry-run"), environment: ["HOME": home])
  }

  @Test("Where a mirror lacks an image, the next place is asked, and an error names all")
  func fallsBack() throws {
    let empty = try RegistryServer()
    let file = try settings(
      registry(host, mirror: empty.address)
        + "[[registry.mirror]]\nlocation = \"\(world.source.address)\"\ninsecure = true\n")
    try Program.succeed(pack("\(host)/team/app:v1", "--registries-conf", file))
    let failure = try Program.run(pack("\(host)/team/none:v1", "--dry-run", "--registries-conf", file))
    #expect(failure.status != 0 && failure.errors.contains(host), "\(failure.errors)")
    let closed = try ClosedPort()
    let broken = try settings(registry(host, mirror: "127.0.0.1:\(closed.number)"))
    expectFailure(
      try Program.run(pack("\(host)/team/app:v1", "--dry-run", "--registries-conf", broken)), .network, host,
      "nor did a mirror of \(host)/team/app have it (127.0.0.1:\(closed.number)/team/app: ")
  }

  @Test("What is asked for by tag passes over mirrors for digests alone")
  func digestsOnly() throws {
    let file = try settings(registry(host, mirror: world.source.address, "mirror-by-digest-only = true"))
    let tagged = try Program.run(pack("\(host)/team/app:v1", "--dry-run", "--registries-conf", file))
    #expect(tagged.status == SealiftError.Code.network.rawValue)
    #expect(!tagged.errors.contains(world.source.address))
    let pinned = "\(host)/team/multi@\(try multiDigest())"
    try Program.succeed(pack(pinned, "--no-referrers", "--dry-run", "--registries-conf", file))
    // Signatures under tags are nowhere to be asked for, which is said once.
    let signed = try Program.succeed(pack(pinned, "--dry-run", "--registries-conf", file))
    #expect(
      signed.errors.ranges(of: "it is taken to have no signatures under tags").count == 1, "\(signed.errors)")
  }

  @Test("A prefix leads elsewhere, below another path")
  func moved() throws {
    let file = try settings(
      "[[registry]]\nprefix = \"*.invalid/old\"\nlocation = \"\(world.source.address)/team\"\ninsecure = true\n")
    try Program.succeed(pack("\(host)/old/app:v1", "--registries-conf", file))
    let destinations = try inspected(world.path("a.tar.zst"))["images"]?.elements?.compactMap {
      $0["destinations"]?.elements?.first?.text
    }
    #expect(destinations?.first == "old/app:v1")
  }

  @Test("A mirror that ends in the middle of a layer is followed by the next, which goes on there")
  func goesOn() throws {
    let cut = try Relay(to: world.source.port)
    let file = try settings(
      registry(host, mirror: cut.address)
        + "[[registry.mirror]]\nlocation = \"\(world.source.address)\"\ninsecure = true\n")
    cut.hold(.toClient, after: 400_000)
    let run = try Run(pack("\(host)/team/app:v1", "--registries-conf", file))
    #expect(cut.waitUntilHolding { !run.isRunning })
    cut.cut()
    #expect(try run.result().status == 0)
    try Program.succeed(["verify", world.path("a.tar.zst"), "--trust", world.key.publicPath])
  }

  @Test("Settings that cannot be read are named with their line, and a file that is named must be there")
  func faults() throws {
    let file = try settings("[[registry]]\nlocation = quay.io\n")
    expectFailure(
      try Program.run(pack("\(host)/team/app:v1", "--registries-conf", file)), .configuration,
      "\(file):2: a value is wanted here, and this is 'quay.io': text stands in quotes", next: "correct line 2")
    expectFailure(
      try Program.run(pack("\(host)/team/app:v1", "--registries-conf", world.path("none.conf"))), .notFound,
      "none.conf")
  }

  private func multiDigest() throws -> String {
    let output = try Program.succeed(world.pack("m.tar.zst", "--dry-run", "--json")).output
    let images = try JSONReader.value(Array(output.utf8), source: "the plan")["images"]?.elements ?? []
    return try #require(
      images.first { $0["source"]?.text?.hasSuffix("/team/multi:v2") == true }?["digest"]?.text)
  }
}
