import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// `mirror.manifests`: packed, looked at, unpacked for each profile, and applied.
@Suite(
  .enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"),
  .enabled(if: hasTool("kubectl"), "kubectl is not installed"))
struct ClusterManifestTests {
  private let world: World
  private static let space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fleet}\n"
  private static let definition = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: fleets.example.com}
    spec:
      group: example.com
      names: {kind: Fleet, plural: fleets}
      scope: Namespaced
      versions: [{name: v1, served: true, storage: true}]

    """
  // It stands before what it needs in the file, and in the order of paths.
  private static let hub = """
    apiVersion: example.com/v1\r
    kind: Fleet\r
    metadata: {name: main, namespace: fleet} # the first\r
    spec: {image: "sealift.target.invalid/team/app:v1", factor: 1.50}\r
    ---\r
    apiVersion: rbac.authorization.k8s.io/v1\r
    kind: Role\r
    metadata: {name: "fleet:reader", namespace: fleet}\r
    rules: []\r

    """
  private static let managed =
    #"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"agent","namespace":"fleet"}}]}"#

  init() throws {
    world = try World(largeLayer: 70_000)
    try FileSystem.makeDirectory(world.path("hub/deep"))
    for (name, text) in [
      ("space.yaml", Self.space), ("hub/deep/fleet.yml", Self.hub), ("hub/crd.yaml", Self.definition),
      ("hub/notes.txt", "none"), ("managed.json", Self.managed),
    ] { try write(name, text) }
    try configure()
  }

  private func write(_ name: String, _ text: String) throws {
    try FileSystem.write(Array(text.utf8), to: world.path(name))
  }

  private func configure(_ list: String? = nil, image: Bool = true) throws {
    let list =
      list ?? """
        [{path: '\(world.path("space.yaml"))'}, {path: '\(world.path("hub"))', profiles: [hub]},
            {path: '\(world.path("managed.json"))', profiles: [managed]}]
        """
    try write(
      "isc.yaml",
      """
      apiVersion: mirror.openshift.io/v2alpha1
      kind: ImageSetConfiguration
      mirror:
        additionalImages: [\(image ? "{name: '\(world.relay.address)/team/app:v1'}" : "")]
        manifests: \(list)

      """)
  }

  private func pack(_ output: String = "a.tar.zst", _ more: String...) -> [String] {
    [
      "pack", "-c", world.path("isc.yaml"), "--key", world.key.privatePath, "--src-tls-verify=false", "--retries", "0",
      "-o", world.path(output),
    ] + more
  }

  private func files(_ directory: String) throws -> [String] {
    try runOrFail("find", [world.path(directory), "-type", "f", "-printf", "%P\n"]).split(separator: "\n")
      .map(String.init).sorted()
  }

  @Test func whoApprovesABundleSeesWhatWouldBeApplied() throws {
    let plan = try Program.succeed(pack("a.tar.zst", "--dry-run")).output
    let lines = plan.split(separator: "\n").filter { $0.contains("grants rights: inspect --show") }
    #expect(lines.count == 1 && lines.first?.contains("fleet:reader") == true, "\(plan)")
    try Program.succeed(pack())
    let shown = try inspected(world.path("a.tar.zst"), "--trust", world.key.publicPath)
    let manifests = shown["manifests"]?.elements ?? []
    #expect(
      manifests.compactMap { $0["path"]?.text }.filter { !$0.contains("MirrorSet") && !$0.contains("Policy") } == [
        "config/ConfigMap/fleet_agent.yaml", "config/CustomResourceDefinition/fleets.example.com.yaml",
        "config/Fleet/fleet_main.yaml", "config/Namespace/fleet.yaml", "config/Role/fleet_fleet_reader.yaml",
      ])
    #expect(manifests.compactMap { $0["grants"]?.text } == ["grants rights"])
    #expect(manifests.contains { $0["profiles"]?.elements?.map(\.text) == ["managed"] })
    let text = try Program.succeed([
      "inspect", world.path("a.tar.zst"), "--trust", world.key.publicPath, "--show", "config/Fleet/fleet_main.yaml",
    ]).output
    #expect(text.contains("factor: 1.50\n") && text.contains("image: sealift.target.invalid/team/app:v1\n"))
  }

  @Test func oneBundleGoesIntoTwoRegistriesForTwoKindsOfClusters() throws {
    try Program.succeed(pack())
    let targets = try [RegistryServer(), RegistryServer()]
    let own = ["ConfigMap/fleet_agent.yaml", "Fleet/fleet_main.yaml"]
    for (number, profile) in ["hub", "managed"].enumerated() {
      let words = world.unpack(
        "a.tar.zst", to: targets[number].address, "--manifests", world.path(profile + "-out"), "--profile", profile)
      #expect(try !Program.succeed(words).output.contains("\nsent       0 blobs"))
      #expect(try Program.succeed(words).output.contains("\nsent       0 blobs"))
      #expect(try RegistryStorage(targets[number]).allTags().contains { $0.contains("v1") })
      let found = try files(profile + "-out")
      #expect(found.contains("Namespace/fleet.yaml"))
      #expect(own.map(found.contains) == (profile == "hub" ? [false, true] : [true, false]))
      #expect(found.contains { $0.hasPrefix("ImageTagMirrorSet/") })
      let steps = String(decoding: try world.bytes(profile + "-out/NEXT-STEPS.md"), as: UTF8.self)
      #expect(steps.contains("`\(profile)`"))
    }
    let fleet = String(decoding: try world.bytes("hub-out/Fleet/fleet_main.yaml"), as: UTF8.self)
    #expect(fleet.contains("image: \(targets[0].address)/team/app:v1\n"))
  }

  @Test(arguments: [
    ([], "the profiles hub, managed, and no profile is named"), (["--profile", "edge"], "has no profile 'edge'"),
  ])
  func aProfileMustBeOneOfTheBundles(words: [String], problem: String) throws {
    try Program.succeed(pack())
    let target = try RegistryServer()
    let unpack = world.unpack("a.tar.zst", to: target.address, "--manifests", world.path("out"))
    expectFailure(try Program.run(unpack + words), .usage, problem, next: "--profile hub or --profile managed")
    #expect(try RegistryStorage(target).allTags().isEmpty && !FileSystem.exists(world.path("out")))
    // Images are the same for all.
    try Program.succeed(world.unpack("a.tar.zst", to: target.address))
  }

  @Test func eachObjectIsAppliedWhenWhatItNeedsIsThere() throws {
    try configure(image: false)
    try Program.succeed(pack())
    let cluster = try ClusterDouble(kinds: ClusterDouble.Kind.kubernetes)
    let expected = [
      "CustomResourceDefinition/fleets.example.com", "Fleet/fleet/main", "Namespace/fleet", "Role/fleet/fleet:reader",
    ]
    let apply = try unpack(on: cluster)
    #expect(apply.status == 0, "\(apply.errors)")
    #expect(cluster.objects == expected)
    #expect(!apply.errors.contains("does not serve"), "\(apply.errors)")
    #expect(cluster.object("Fleet/fleet/main")?.contains(#""factor":1.5"#) == true)
    let changes = cluster.changes
    #expect(try unpack(on: cluster).status == 0 && cluster.changes == changes)
  }

  @Test func theFirstCommandsOfTheNextStepsMakeOneRunEnough() throws {
    try configure(image: false)
    try Program.succeed(pack())
    let cluster = try ClusterDouble(kinds: ClusterDouble.Kind.kubernetes)
    try Program.succeed(
      world.unpack("a.tar.zst", to: "registry.invalid", "--manifests", world.path("out"), "--manifests-only")
        + ["--profile", "hub"])
    let steps = String(decoding: try world.bytes("out/NEXT-STEPS.md"), as: UTF8.self).split(separator: "\n")
    let end = try #require(steps.firstIndex(of: "    oc apply -R -f ."))
    let commands = steps[...end].filter { $0.hasPrefix("    oc ") }.map { $0.trimmingPrefix { $0 == " " } }
    #expect(commands.count == 3)
    let script = commands.joined(separator: " && ").replacing("oc apply", with: "kubectl apply --validate=false")
      .replacing("oc wait", with: "kubectl wait")
    let result = try runTool(
      "sh", ["-ec", "cd \(world.path("out")) && \(script)"], environment: cluster.environment.map { "\($0)=\($1)" })
    #expect(result.status == 0, "\(result.errors)")
    #expect(cluster.objects.contains("Fleet/fleet/main"))
  }

  @Test func anObjectThatIsRefusedLeavesTheOthersAndFailsTheRun() throws {
    try configure(image: false)
    try Program.succeed(pack())
    let cluster = try ClusterDouble(kinds: ClusterDouble.Kind.kubernetes, rejecting: ["CustomResourceDefinition"])
    expectFailure(
      try unpack(on: cluster), .denied,
      "2 of 4 files were not applied: CustomResourceDefinition/fleets.example.com.yaml, Fleet/fleet_main.yaml")
    #expect(cluster.objects == ["Namespace/fleet", "Role/fleet/fleet:reader"])
  }

  private func unpack(on cluster: ClusterDouble) throws -> ToolResult {
    let words = world.unpack(
      "a.tar.zst", to: "registry.invalid", "--manifests", world.path("out"), "--manifests-only", "--apply")
    return try Program.run(words + ["--profile", "hub"], environment: cluster.environment)
  }

  @Test func aBundleOfManifestsAloneIsABundle() throws {
    try configure("[{path: '\(world.path("space.yaml"))'}]", image: false)
    try Program.succeed(pack())
    try Program.succeed(["verify", world.path("a.tar.zst"), "--trust", world.key.publicPath])
    let target = try RegistryServer()
    try Program.succeed(world.unpack("a.tar.zst", to: target.address, "--manifests", world.path("out")))
    #expect(
      try files("out").filter { !$0.hasPrefix("optional/") } == [
        "NEXT-STEPS.md", "Namespace/fleet.yaml", "WRITTEN-BY-SEALIFT",
      ])
    let profiled = world.unpack("a.tar.zst", to: target.address, "--manifests", world.path("out"), "--profile", "hub")
    expectFailure(try Program.run(profiled), .usage, "has no profile 'hub'; it has none")
  }

  @Test func theSameInputGivesTheSameBytesAndAnotherStartsAnew() throws {
    let point = 100_000
    try Program.succeed(pack("expected.tar.zst"))
    world.relay.hold(.toClient, after: point)
    let run = try Run(pack())
    #expect(world.relay.waitUntilHolding { !run.isRunning })
    run.kill()
    world.relay.release()
    try #require(FileSystem.exists(world.path("a.tar.zst.partial.journal")))
    try write("hub/crd.yaml", Self.definition.replacing("storage: true", with: "storage: false"))
    let changed = try Program.succeed(pack())
    #expect(changed.errors.contains("started anew"), "\(changed.errors)")
    #expect(try world.bytes("a.tar.zst") != world.bytes("expected.tar.zst"))
    try write("hub/crd.yaml", Self.definition)
    try Program.succeed(pack("again.tar.zst"))
    #expect(try world.bytes("again.tar.zst") == world.bytes("expected.tar.zst"))
  }

  @Test(arguments: [
    ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: a}\ndata: *m\n", "a.yaml:3:11: the anchor '&m'"),
    ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: !x a}\n", "a.yaml:3:18: the tag '!x'"),
    ("a.yaml", "# nothing\n", "there is no object in "),
    ("a.json", "{", "a.json"),
    (
      "a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: fleet, labels: {a: b}}\n",
      "one path, Namespace/fleet"
    ),
  ])
  func whatCannotBePackedIsNamed(name: String, text: String, problem: String) throws {
    try write(name, text)
    try configure(
      "[{path: '\(world.path("space.yaml"))', profiles: [hub]}, {path: '\(world.path(name))', profiles: [managed]}]")
    expectFailure(try Program.run(pack()), .configuration, problem)
    #expect(!FileSystem.exists(world.path("a.tar.zst")) && !FileSystem.exists(world.path("a.tar.zst.partial")))
  }

  @Test func aLinkInADirectoryIsRefused() throws {
    try FileSystem.replace(world.path("hub/deep/link.yaml"), withLinkTo: "/etc/hostname")
    expectFailure(try Program.run(pack()), .configuration, "hub/deep/link.yaml is a symbolic link")
    try FileSystem.replace(world.path("hub/deep/link.yaml"), withLinkTo: "..")
    expectFailure(try Program.run(pack()), .configuration, "hub/deep/link.yaml is a symbolic link")
    try FileSystem.remove(world.path("hub/deep/link.yaml"))
    try FileSystem.replace(world.path("hub/deep/notes"), withLinkTo: "../notes.txt")
    try Program.succeed(pack())
  }

  @Test func aPathThatIsNotThereIsNamed() throws {
    try configure("[{path: '\(world.path("none"))'}]")
    expectFailure(try Program.run(pack()), .notFound, "none")
    try FileSystem.makeDirectory(world.path("empty"))
    try configure("[{path: '\(world.path("empty"))'}]")
    expectFailure(try Program.run(pack()), .configuration, "ends in .yaml, .yml or .json")
  }

  @Test func aFileFromAWebServerMustHaveItsDigest() throws {
    let server = try HTTPDouble { request in
      request.path == "/space.yaml" ? .whole(200, [:], Array(Self.space.utf8)) : .whole(404)
    }
    let digest = try runTool("sha256sum", input: Self.space).output.prefix(64)
    let url = "http://\(server.address)/space.yaml"
    try configure("[{url: '\(url)', sha256: \(digest), profiles: [hub]}]", image: false)
    try Program.succeed(pack())
    let manifests = try inspected(world.path("a.tar.zst"), "--trust", world.key.publicPath)["manifests"]?.elements
    #expect(manifests?.map { $0["source"]?.text } == [url])
    expectFailure(
      try Program.run(pack("b.tar.zst").filter { !$0.hasPrefix("--src-tls") }), .usage, "is not an https URL")
    try configure("[{url: '\(url)', sha256: \(String(repeating: "ab", count: 32))}]", image: false)
    expectFailure(try Program.run(pack("b.tar.zst")), .corrupt, "\(digest), and the configuration says sha256:abab")
    try configure("[{url: 'http://\(server.address)/other', sha256: \(digest)}]", image: false)
    expectFailure(try Program.run(pack("b.tar.zst")), .notFound, "there is no manifest at http://")
    #expect(!FileSystem.exists(world.path("b.tar.zst")))
  }
}
