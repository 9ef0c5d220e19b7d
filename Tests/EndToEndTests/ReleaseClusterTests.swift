import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// What `unpack` leaves for a cluster of a bundle with real releases, and what it applies by itself.
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

  private func unpack(_ more: String...) -> [String] {
    job.unpack(to: target.address, "--manifests", manifests) + more
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try FileSystem.read("\(manifests)/\(path)", limit: 1 << 20), as: UTF8.self)
  }

  /// The objects that a choice of mirror sets gives, as a cluster names them.
  private func objects(_ sets: String...) throws -> [String] {
    let signatures = try ["4.16.1", "4.16.2"].map {
      "ConfigMap/openshift-config-managed/\(try world.release($0).digest.tag)"
    }
    return (signatures + sets + ["UpdateService/openshift-update-service/update-service-oc-mirror"]).sorted()
  }

  /// What a tool needs to reach a cluster.
  private func environment(_ cluster: ClusterDouble) throws -> [String: String] {
    let kubectl = try #require(RunningProcess.find("kubectl"))
    return cluster.environment.merging(["PATH": "\(FileSystem.parent(of: kubectl)):/usr/bin:/bin"]) { $1 }
  }

  @Test(
    .enabled(if: hasTool("kubectl"), "kubectl is not installed"),
    arguments: [
      ([], ["ImageDigestMirrorSet/idms-release-0"]),
      (["--cluster-version", "4.12"], ["ImageContentSourcePolicy/icsp-release-0"]),
      (["--mirror-api", "both"], ["ImageContentSourcePolicy/icsp-release-0", "ImageDigestMirrorSet/idms-release-0"]),
    ])
  func theManifestsAreAppliedAndASecondTimeChangeNothing(options: [String], sets: [String]) throws {
    let cluster = try ClusterDouble()
    let command = job.unpack(to: target.address, "--manifests", manifests) + options + ["--apply", "--json"]
    let expected = sets.count == 2 ? try objects(sets[0], sets[1]) : try objects(sets[0])
    var changes: [String] = []
    for word in ["created", "unchanged"] {
      let result = try Program.succeed(command, environment: environment(cluster))
      let document = try JSONReader.value(Array(result.output.utf8), source: "stdout")
      let applied = document["applied"]?.elements ?? []
      #expect(applied.count == expected.count)
      #expect(applied.allSatisfy { $0["result"]?.text?.hasSuffix(" \(word)") == true }, "\(result.output)")
      #expect(cluster.objects == expected)
      if word == "created" { changes = cluster.changes }
    }
    #expect(cluster.changes == changes)
    let again = try runTool(
      "kubectl", ["apply", "-R", "--validate=false", "-f", manifests],
      environment: cluster.environment.map { "\($0)=\($1)" })
    let lines = again.output.split(separator: "\n")
    #expect(again.status == 0 && lines.count == expected.count, "\(again.errors)")
    #expect(lines.allSatisfy { $0.hasSuffix(" unchanged") }, "\(again.output)")
  }

  @Test func theObjectsNameWhatIsAtTheTarget() throws {
    try Program.succeed(unpack())
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

  @Test(.enabled(if: hasTool("kubectl"), "kubectl is not installed"))
  func whatIsNotAppliedFailsTheRunAndLeavesTheRest() throws {
    let cluster = try ClusterDouble(rejecting: ["ImageDigestMirrorSet"])
    let result = try Program.run(unpack("--apply"), environment: environment(cluster))
    expectFailure(result, .denied, "ImageDigestMirrorSet/idms-release-0.yaml", next: "apply -R -f \(manifests)")
    #expect(try cluster.objects == objects())
    #expect(try RegistryStorage(target).allTags().contains { $0.hasPrefix("openshift/release-images:4.16.2-x86_64 ") })
  }

  @Test(.enabled(if: hasTool("kubectl"), "kubectl is not installed"), arguments: ["client", "server"])
  func aDryRunOfTheToolSendsNoImage(who: String) throws {
    let cluster = try ClusterDouble()
    let result = try Program.succeed(unpack("--apply", "--dry-run=\(who)"), environment: environment(cluster))
    #expect(result.errors.contains("(\(who == "client" ? "" : "server ")dry run)"), "\(result.errors)")
    #expect(cluster.objects.isEmpty)
    #expect(try RegistryStorage(target).allTags() == [])
    #expect(FileSystem.exists("\(manifests)/NEXT-STEPS.md"))
  }

  @Test func onlyTheFlagAppliesAndWithoutAToolNothingIsSent() throws {
    let withoutTools = ["PATH": "/nonexistent"]
    expectFailure(
      try Program.run(unpack("--apply"), environment: withoutTools), .notFound, "neither oc nor kubectl")
    #expect(try RegistryStorage(target).allTags() == [])
    for arguments in [["--dry-run=client"], ["--overwrite=false"]] {
      expectFailure(
        try Program.run(job.unpack(to: target.address, "--manifests", manifests) + arguments), .usage, "'--apply'")
    }
    try Program.succeed(unpack("--apply", "--dry-run"), environment: ["PATH": try stub()])
    #expect(!FileSystem.exists(manifests) && !FileSystem.exists(job.directory("calls")))
    try Program.succeed(unpack(), environment: ["PATH": try stub()])
    #expect(!FileSystem.exists(job.directory("calls")))
  }

  @Test func theOptionsArePassedOnToOc() throws {
    let environment = ["PATH": "\(try stub()):/usr/bin:/bin"]
    try Program.succeed(unpack("--apply", "--overwrite=false", "--dry-run=server"), environment: environment)
    let calls = try FileSystem.read(job.directory("calls"), limit: 1 << 20)
    let applied = String(decoding: calls, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("apply ") }
    #expect(applied.count == 4)
    #expect(applied.allSatisfy { $0.contains(" --overwrite=false") && $0.contains(" --dry-run=server") }, "\(applied)")
  }

  /// A directory with an `oc` that writes down how it is called.
  private func stub() throws -> String {
    let script = """
      #!/bin/sh
      echo "$*" >> \(job.directory("calls"))
      case "$1" in
      version) echo '{"openshiftVersion":"4.16.1","serverVersion":{"gitVersion":"v1.29.5"}}';;
      api-resources) echo 'configmaps cm v1 true ConfigMap';;
      esac

      """
    try FileSystem.makeDirectory(job.directory("bin"))
    try FileSystem.write(Array(script.utf8), to: job.directory("bin/oc"), permissions: 0o755)
    return job.directory("bin")
  }
}
