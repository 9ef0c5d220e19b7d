import Digests
import SystemIO
import TestSupport
import Testing

/// What `unpack` leaves for a cluster, of a bundle that was packed from releases and graph data.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct ReleaseClusterTests {
  private let job: ReleaseJob
  private let target: RegistryServer
  private var world: ReleaseWorld { job.world }
  private var manifests: String { job.directory("out") }

  init() throws {
    job = try ReleaseJob()
    target = try RegistryServer()
    try job.configure("stable-4.16", "4.16.1"..."4.16.2", also: "graph: true\n")
    let base = "\(world.registry.address)/ubi9/ubi:latest"
    try Program.succeed(job.pack("--graph-data", world.graphData(), "--graph-base-image", base))
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try FileSystem.read("\(manifests)/\(path)", limit: 1 << 20), as: UTF8.self)
  }

  @Test(
    .enabled(if: hasTool("kubectl"), "kubectl is not installed"),
    arguments: [
      ([], ["ImageDigestMirrorSet/idms-release-0"]),
      (["--cluster-version", "4.12"], ["ImageContentSourcePolicy/icsp-release-0"]),
      (["--mirror-api", "both"], ["ImageContentSourcePolicy/icsp-release-0", "ImageDigestMirrorSet/idms-release-0"]),
    ])
  func applyingTheManifestsASecondTimeChangesNothing(options: [String], sets: [String]) throws {
    try Program.succeed(job.unpack(to: target.address, "--manifests", manifests) + options)
    let cluster = try ClusterDouble()
    let signatures = try ["4.16.1", "4.16.2"].map {
      "ConfigMap/openshift-config-managed/\(try world.release($0).digest.tag)"
    }
    let expected = signatures + sets + ["UpdateService/openshift-update-service/update-service-oc-mirror"]
    for word in ["created", "unchanged"] {
      let result = try runTool(
        "kubectl", ["apply", "-R", "--validate=false", "-f", manifests],
        environment: cluster.environment.map { "\($0)=\($1)" })
      let lines = result.output.split(separator: "\n")
      #expect(result.status == 0 && lines.count == expected.count, "\(result.errors)")
      #expect(lines.allSatisfy { $0.hasSuffix(" \(word)") }, "\(result.output)")
      #expect(cluster.objects == expected.sorted())
    }
  }

  @Test func whatIsPrintedHasAllThatTheReferencePrints() throws {
    let host = target.address
    let plain = try Program.succeed(job.unpack(to: host)).output
    for version in ["4.16.1", "4.16.2"] {
      #expect(plain.contains("\nUpdate image:  \(host)/openshift/release-images:\(version)-x86_64\n"), "\(plain)")
    }
    #expect(plain.contains("\nMirror prefix: \(host)/openshift/release\n"))
    for line in ["imageDigestSources:", "kind: ImageDigestMirrorSet", "  name: idms-release-0"] {
      #expect(plain.split(separator: "\n").contains { $0 == line }, "\(line)")
    }
    let start = try #require(plain.firstRange(of: "Mirror prefix: ")).lowerBound
    let prose = plain[start...].split(separator: "\n").filter { !$0.contains(host) && !$0.contains("source: ") }
    #expect(prose.allSatisfy { $0.count <= 80 }, "\(prose.filter { $0.count > 80 })")
    let older = try Program.succeed(
      job.unpack(to: host, "--manifests", manifests, "--manifests-only", "--cluster-version", "4.12")
    ).output
    #expect(older.contains("\nimageContentSources:\n") && older.contains("\nkind: ImageContentSourcePolicy\n"))
    for version in ["4.16.1", "4.16.2"] {
      #expect(older.contains("\n\(manifests)/ConfigMap/\(try world.release(version).digest.tag).yaml\n"))
    }
  }

  @Test func theObjectsNameWhatIsAtTheTarget() throws {
    try Program.succeed(job.unpack(to: target.address, "--manifests", manifests))
    let storage = RegistryStorage(target)
    let graph = try #require(storage.digest(of: "latest", in: "openshift/graph-image"))
    #expect(
      try text("UpdateService/update-service-oc-mirror.yaml") == """
        apiVersion: updateservice.operator.openshift.io/v1
        kind: UpdateService
        metadata:
          name: update-service-oc-mirror
          namespace: openshift-update-service
        spec:
          graphDataImage: \(target.address)/openshift/graph-image@\(graph)
          releases: \(target.address)/openshift/release-images
          replicas: 2

        """)
    #expect(
      try text("ImageDigestMirrorSet/idms-release-0.yaml") == """
        apiVersion: config.openshift.io/v1
        kind: ImageDigestMirrorSet
        metadata:
          name: idms-release-0
        spec:
          imageDigestMirrors:
          - mirrors:
            - \(target.address)/openshift/release-images
            source: \(world.registry.address)/openshift-release-dev/ocp-release
          - mirrors:
            - \(target.address)/openshift/release
            source: \(world.registry.address)/openshift-release-dev/ocp-v4.0-art-dev

        """)
    let digest = try world.release("4.16.2").digest
    let signature = try FileSystem.read(world.path("signatures/sha256=\(digest.hex)/signature-1"), limit: 1 << 16)
    #expect(
      try text("ConfigMap/\(digest.tag).yaml") == """
        apiVersion: v1
        binaryData:
          \(digest.tag)-1: \(Base64.encode(signature))
        kind: ConfigMap
        metadata:
          labels:
            release.openshift.io/verification-signatures: ""
          name: \(digest.tag)
          namespace: openshift-config-managed

        """)
    #expect(
      try text("NEXT-STEPS.md").contains(
        "oc adm upgrade --allow-explicit-upgrade --to-image \(target.address)/openshift/release-images@\(digest)\n"))
  }
}
