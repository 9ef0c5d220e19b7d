import Digests
import SystemIO
import TestSupport
import Testing

@Suite(.enabled(if: JourneyWorld.isPossible, "\(JourneyWorld.reason)"))
struct ConfigurationManifestsJourneyTests {
  @Test func releasesReachTheRegistryAndTheClusterByMediaAndByPipe() throws {
    let journey = try Journey("configuration-manifests", "SEALIFT_APPLY=yes")
    let world = journey.world
    try journey.expectPlanOfBundle()

    // The releases at both ends of the way, the graph data, and nothing else.
    let graph = try world.skopeo("registry.example.com:8443/configuration-manifests/openshift/graph-image:latest")
    let expected =
      try world.tags(ofRelease: "4.16.1") + world.tags(ofRelease: "4.16.3") + [
        "openshift/graph-image:latest \(graph)"
      ]
    #expect(try world.tags(below: "configuration-manifests") == expected.sorted())
    let payload = "registry.example.com:8443/configuration-manifests/openshift/release-images:4.16.3-x86_64"
    #expect(try world.skopeo(payload) == world.payload("4.16.3"))

    for version in ["4.16.1", "4.16.3"] {
      let name = try world.payload(version).tag
      let map = try journey.text("manifests/ConfigMap/\(name).yaml")
      #expect(map.contains("\n  \(name)-1: \(Base64.encode(try world.signature(version)))\n"), "\(map)")
    }

    // What came through the pipe is the same, and there was nothing left to send.
    #expect(try journey.files("manifests") == journey.files("direct/manifests"))
    for file in try journey.files("manifests") {
      #expect(try journey.text("manifests/\(file)") == journey.text("direct/manifests/\(file)"), "\(file)")
    }
    #expect(try journey.text("unpack.txt").contains("\npresent    0 blobs, 0 B\n"))
    #expect(try journey.text("direct.txt").contains("\nsent       0 blobs, 0 B\n"))

    let applied = try journey.expectToApplyTwice("manifests")
    #expect(applied == journey.objects(of: journey.cluster) && !applied.isEmpty)
    #expect(try journey.apply("manifests", to: journey.cluster).allSatisfy { $0 == "unchanged" })
  }
}
