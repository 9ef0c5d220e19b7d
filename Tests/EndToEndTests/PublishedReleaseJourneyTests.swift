import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// The journeys of releases with an image list, an update graph and graph data that were published; the images are tiny.
@Suite(
  .serialized,
  .enabled(if: JourneyWorld.isPossible && hasTool("umoci"), "\(JourneyWorld.reason), or umoci is"),
  .enabled(if: Corpus.isPresent, "\(Corpus.reason)"))
struct PublishedReleaseJourneyTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func aRealWayBetweenReleasesReachesTheRegistryByMediaAndByPipe() throws {
    let configuration = try Journey.configure(
      "configuration-manifests", in: directory,
      [
        ("stable-4.16", "stable-4.13"), ("minVersion: 4.16.1", "minVersion: 4.12.0"),
        ("maxVersion: 4.16.3", "maxVersion: 4.13.43"),
      ])
    let target = "registry.example.com:8443/published-way"
    let journey = try Journey(
      "configuration-manifests", "SEALIFT_CONFIG=\(configuration)", "SEALIFT_TARGET=\(target)")
    let world = journey.world
    try journey.expectPlanOfBundle()

    // There is no edge between the ends. Others lead over versions with known risks.
    let versions = ["4.12.0", "4.12.58", "4.13.43"]
    let graph = try world.skopeo("\(target)/openshift/graph-image:latest")
    let expected = try versions.flatMap { try world.tags(ofRelease: $0) } + ["openshift/graph-image:latest \(graph)"]
    #expect(try world.tags(below: "published-way") == expected.sorted())
    for version in versions { try expectRealComponents(version, of: world, target) }
    for version in versions {
      let name = try world.payload(version).tag
      let map = try journey.text("manifests/ConfigMap/\(name).yaml")
      #expect(map.contains("\n  \(name)-1: \(Base64.encode(try world.signature(version)))\n"), "\(map)")
    }

    // The update service gets every file that was published, and no other.
    try world.unpack("\(target)/openshift/graph-image:latest", to: directory("graph"))
    let data = "\(directory("graph"))/var/lib/cincinnati-graph-data"
    try runOrFail("diff", ["-r", Corpus.path("graph/graph-data"), data])

    for file in try journey.files("manifests") {
      #expect(try journey.text("manifests/\(file)") == journey.text("direct/manifests/\(file)"), "\(file)")
    }
    #expect(try journey.text("direct.txt").contains("\nsent       0 blobs, 0 B\n"))
    let objects = try journey.expectToApplyTwice("manifests")
    #expect(objects.contains("UpdateService/openshift-update-service/update-service-oc-mirror"), "\(objects)")
  }

  @Test func aReleaseWithARealImageListIsReadyToBeInstalled() throws {
    let configuration = try Journey.configure(
      "disconnected-install", in: directory, [("stable-4.16", "stable-4.13"), ("Version: 4.16.3", "Version: 4.12.0")])
    let target = "registry.example.com:8443/published-release"
    let journey = try Journey(
      "disconnected-install", "SEALIFT_CONFIG=\(configuration)", "SEALIFT_TARGET=\(target)",
      "SEALIFT_TARGET_WITHOUT_TLS=registry.example.com:5000/published-release")
    let world = journey.world
    try journey.expectPlanOfBundle()
    let expected = try world.tags(ofRelease: "4.12.0")
    #expect(try world.tags(below: "published-release") == expected)
    #expect(try world.tags(below: "published-release", at: "plain") == expected)
    try expectRealComponents("4.12.0", of: world, target)

    let printed = try journey.text("unpack.txt")
    #expect(printed.contains("\nUpdate image:  \(target)/openshift/release-images:4.12.0-x86_64\n"), "\(printed)")
    let release = "ConfigMap/openshift-config-managed/\(try world.payload("4.12.0").tag)"
    for (manifests, kind) in [
      ("manifests", "ImageDigestMirrorSet/idms"), ("manifests-icsp", "ImageContentSourcePolicy/icsp"),
    ] {
      let objects = try journey.expectToApplyTwice(manifests)
      #expect(objects.contains(release) && objects.contains("\(kind)-release-0"), "\(objects)")
    }
  }

  /// Demands that a payload at the target has the list that was published, and that the target has what it names.
  private func expectRealComponents(_ version: String, of world: JourneyWorld, _ target: String) throws {
    let published = try Self.components(Corpus.path("release/4.12.0/image-references"))
    let folder = directory("payload-\(version)")
    try world.unpack("\(target)/openshift/release-images:\(version)-x86_64", to: folder)
    let mirrored = try Self.components("\(folder)/release-manifests/image-references")
    #expect(published.count == 183 && mirrored.map(\.name) == published.map(\.name))
    let prefix = String(target.drop { $0 != "/" }.dropFirst())
    let tags = try Set(world.tags(below: prefix))
    for (name, image) in mirrored {
      let digest = image.drop { $0 != "@" }.dropFirst()
      #expect(image == "quay.io/openshift-release-dev/ocp-v4.0-art-dev@\(digest)")
      #expect(tags.contains("openshift/release:\(version)-x86_64-\(name) \(digest)"), "\(name)")
    }
    let first = try #require(mirrored.first?.image.drop { $0 != "@" })
    #expect(try "@\(world.skopeo("\(target)/openshift/release\(first)"))" == first)
  }

  private static func components(_ path: String) throws -> [(name: String, image: String)] {
    let stream = try JSONReader.value(FileSystem.read(path, limit: 1 << 20), source: path)
    return (stream["spec"]?["tags"]?.elements ?? []).map {
      ($0["name"]?.text ?? "?", $0["from"]?["name"]?.text ?? "?")
    }
  }
}
