import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// `unpack --apply`: with `kubectl` against a stand-in of an API server, and with a stub named `oc`.
@Suite(
  .enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"),
  .enabled(if: hasTool("kubectl"), "kubectl is not installed"))
struct UnpackApplyTests {
  private let job: ReleaseJob
  private let cluster: ClusterDouble
  private var manifests: String { job.directory("manifests") }
  private var receipt: String { job.directory("receipt.json") }

  init() throws {
    job = try ReleaseJob()
    cluster = try ClusterDouble(version: "4.16.9")
    try job.configure("stable-4.16", "4.16.0"..."4.16.1")
    try Program.succeed(job.pack())
  }

  @Test func whatIsWrittenIsAppliedOnceTheImagesAreIn() throws {
    let target = try RegistryServer()
    let result = try unpack(to: target.address, on: cluster)
    #expect(result.status == 0, "\(result.errors)")
    let expected = try objects()
    #expect(cluster.objects == expected && !expected.isEmpty)
    #expect(try receiptValue("applied")?.elements?.count == expected.count)
    #expect(try receiptValue("applied")?.elements?.allSatisfy { $0["isApplied"] == .boolean(true) } == true)
    #expect(result.output.contains(" created\n") && result.output.contains("\napplied "))
    #expect(result.errors.contains("a cluster of OpenShift 4.16.9"))
    let changes = cluster.changes.count
    let second = try unpack(to: target.address, on: cluster)
    #expect(second.status == 0 && cluster.changes.count == changes, "\(second.errors)")
    #expect(second.output.contains(" unchanged\n") && !second.output.contains(" created\n"))
  }

  @Test func anObjectThatIsRefusedLeavesTheOthersAndFailsTheRun() throws {
    let cluster = try ClusterDouble(rejecting: ["ImageDigestMirrorSet"])
    let target = try RegistryServer()
    let result = try unpack(to: target.address, on: cluster)
    expectFailure(
      result, .denied, "1 of 3 files were not applied: ImageDigestMirrorSet/idms-release-0.yaml",
      next: "kubectl apply -R -f \(manifests)")
    #expect(result.errors.contains("ImageDigestMirrorSet/idms-release-0.yaml was not applied: "))
    #expect(cluster.objects.count == 2 && cluster.objects.allSatisfy { $0.hasPrefix("ConfigMap/") })
    #expect(try RegistryStorage(target).allTags() == (try job.expectedTags(["4.16.0", "4.16.1"])))
    let refused = try receiptValue("applied")?.elements?.filter { $0["isApplied"] == .boolean(false) }
    #expect(refused?.map { $0["file"]?.text } == ["ImageDigestMirrorSet/idms-release-0.yaml"])
    #expect(try receiptValue("files")?.elements?.isEmpty == false)
  }

  @Test func aClusterThatDoesNotAnswerIsToldOfBeforeAnythingIsSent() throws {
    let target = try RegistryServer()
    try write("kubeconfig", "apiVersion: v1\nkind: Config\nclusters: []\n")
    let result = try unpack(to: target.address, environment: ["KUBECONFIG": job.directory("kubeconfig")])
    expectFailure(result, .network, "kubectl does not reach the cluster", next: "--apply")
    #expect(try RegistryStorage(target).allTags().isEmpty)
    #expect(!FileSystem.exists(manifests))
  }

  @Test func withoutAToolNothingIsSent() throws {
    let target = try RegistryServer()
    let result = try unpack(to: target.address, environment: ["PATH": try bin(["gpgv"])])
    expectFailure(result, .notFound, "neither oc nor kubectl is on the PATH")
    #expect(try RegistryStorage(target).allTags().isEmpty)
  }

  @Test(arguments: ["client", "server"]) func aDryRunOfTheToolChangesNothingAnywhere(who: String) throws {
    let target = try RegistryServer()
    let result = try unpack(to: target.address, on: cluster, "--dry-run=\(who)")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("would apply ") && result.output.contains("dry run)"), "\(result.output)")
    #expect(cluster.objects.isEmpty && !FileSystem.exists(manifests) && !FileSystem.exists(receipt))
    #expect(try RegistryStorage(target).allTags().isEmpty)
  }

  @Test func aDryRunFailsWhereTheClusterWouldRefuse() throws {
    let cluster = try ClusterDouble(rejecting: ["ImageDigestMirrorSet"])
    let result = try unpack(to: "registry.invalid", on: cluster, "--dry-run=server")
    expectFailure(
      result, .denied, "1 of 3 files would not be applied: ImageDigestMirrorSet/idms-release-0.yaml", next: "again")
    #expect(cluster.objects.isEmpty && !FileSystem.exists(manifests))
  }

  @Test func aPlainDryRunAsksNoCluster() throws {
    let result = try unpack(to: "registry.invalid", environment: ["KUBECONFIG": "/nowhere"], "--dry-run")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("ImageDigestMirrorSet/idms-release-0.yaml"))
  }

  @Test(arguments: [([], ""), (["--overwrite"], " --overwrite=true"), (["--overwrite=false"], " --overwrite=false")])
  func flagsReachTheTool(flags: [String], expected: String) throws {
    let log = job.directory("log")
    let folder = try bin(["gpgv"])
    try stub("oc", in: folder, log: log)
    let words = flags + ["--manifests-only", "--cluster-version", "4.12"]
    let result = try unpack(to: "registry.invalid", environment: ["PATH": folder], words)
    #expect(result.status == 0, "\(result.errors)")
    let calls = String(decoding: try FileSystem.read(log, limit: 1 << 20), as: UTF8.self).split(separator: "\n")
    let applied = calls.filter { $0.hasPrefix("apply ") }
    #expect(applied.count == 3)
    let file = "\(manifests)/ImageContentSourcePolicy/icsp-release-0.yaml"
    #expect(applied.contains("apply --validate=false -f \(file)\(expected)"), "\(applied)")
  }

  @Test func whatOthersHaveLeftInTheDirectoryIsRefusedAndNotApplied() throws {
    try FileSystem.makeDirectory("\(manifests)/ConfigMap")
    try write(
      "manifests/ConfigMap/mine.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine, namespace: a}\n")
    let result = try unpack(to: "registry.invalid", on: cluster, "--manifests-only")
    expectFailure(result, .usage, "ConfigMap/mine.yaml", next: "name another one with --manifests")
    #expect(!cluster.objects.contains("ConfigMap/a/mine"))
  }

  @Test func aKindThatIsNotServedIsWarnedOf() throws {
    let cluster = try ClusterDouble(kinds: ClusterDouble.Kind.openShift.filter { $0.name != "ImageDigestMirrorSet" })
    let result = try unpack(to: "registry.invalid", on: cluster, "--manifests-only")
    expectFailure(result, .denied, "1 of 3 files were not applied")
    #expect(result.errors.contains("does not serve ImageDigestMirrorSet (config.openshift.io/v1)"))
  }

  @Test(arguments: [
    (["--apply"], "--manifests"), (["--manifests", "out", "--overwrite"], "--apply"),
    (["--manifests", "out", "--dry-run=server"], "--apply"), (["--dry-run=both"], "--dry-run"),
  ])
  func flagsWithoutThoseThatTheyBelongToAreRefused(flags: [String], name: String) throws {
    let result = try Program.run(["unpack", job.bundle, "registry.invalid"] + flags)
    expectFailure(result, .usage, name)
  }

  private func unpack(to target: String, on cluster: ClusterDouble, _ more: String...) throws -> ToolResult {
    try unpack(to: target, environment: cluster.environment, more)
  }

  private func unpack(to target: String, environment: [String: String], _ more: String...) throws -> ToolResult {
    try unpack(to: target, environment: environment, more)
  }

  private func unpack(to target: String, environment: [String: String], _ more: [String]) throws -> ToolResult {
    let path = try environment["PATH"] ?? bin(["gpgv", "kubectl"])
    let words = job.unpack(to: target, "--manifests", manifests, "--apply", "--receipt", receipt) + more
    return try Program.run(words, environment: environment.merging(["PATH": path]) { $1 })
  }

  /// A directory with links to nothing but some tools.
  private func bin(_ tools: [String]) throws -> String {
    let folder = job.directory("bin")
    try FileSystem.makeDirectory(folder)
    for tool in tools where !FileSystem.exists("\(folder)/\(tool)") {
      let path = try #require(RunningProcess.find(tool))
      try writeScript("PATH=/usr/bin:/bin exec \(path) \"$@\"", to: "\(folder)/\(tool)")
    }
    return folder
  }

  private func stub(_ name: String, in folder: String, log: String) throws {
    let script = """
      echo "$*" >> \(log)
      [ "$1" != version ] || echo '{"openshiftVersion":"4.12.3","serverVersion":{"gitVersion":"v1.25.4"}}'

      """
    try writeScript(script, to: "\(folder)/\(name)")
  }

  /// The names of the objects that the manifests are, as the cluster has them.
  private func objects() throws -> [String] {
    let signatures = try ["4.16.0", "4.16.1"].map { try job.world.release($0).digest.tag }.sorted()
    return signatures.map { "ConfigMap/openshift-config-managed/\($0)" } + ["ImageDigestMirrorSet/idms-release-0"]
  }

  private func receiptValue(_ name: String) throws -> JSONValue? {
    let bytes = try FileSystem.read(receipt, limit: 1 << 20)
    #expect(try SchemaValidator("receipt.schema.json").verdicts([bytes]) == ["ok"])
    return try JSONReader.value(bytes, source: "the receipt")["clusterManifests"]?[name]
  }

  private func write(_ name: String, _ text: String) throws {
    try FileSystem.write(Array(text.utf8), to: job.directory(name))
  }
}
