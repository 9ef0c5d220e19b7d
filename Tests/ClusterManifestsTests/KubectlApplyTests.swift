import ClusterManifests
import Diagnostics
import Digests
import SystemIO
import TestSupport
import Testing

/// The directory as another program takes it: `kubectl` against something that answers as an API server does.
@Suite(.enabled(if: hasTool("kubectl"), "kubectl is not installed")) struct KubectlApplyTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test(arguments: MirrorAPI.allCases) func applyingTwiceChangesNothing(api: MirrorAPI) throws {
    let cluster = try ClusterDouble()
    let objects = try write(api).count { $0.hasSuffix(".yaml") }
    let first = try apply(to: cluster)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.lines.count == objects && first.lines.allSatisfy { $0.hasSuffix(" created") }, "\(first.output)")
    #expect(cluster.objects.count == objects)
    let changes = cluster.changes.count
    let second = try apply(to: cluster)
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.lines.count == objects && second.lines.allSatisfy { $0.hasSuffix(" unchanged") }, "\(second.output)")
    #expect(cluster.changes.count == changes)
  }

  @Test func everyObjectArrivesAsItIsWritten() throws {
    let cluster = try ClusterDouble()
    try write(.both)
    #expect(try apply(to: cluster).status == 0)
    #expect(
      cluster.objects == [
        "CatalogSource/openshift-marketplace/cs-redhat-operator-index-v4-18",
        "ClusterCatalog/cc-redhat-operator-index-v4-18",
        "ConfigMap/openshift-config-managed/\(Sample.payload.tag)",
        "ConfigMap/openshift-config/mirror-registry-ca-mirror.local-8443", "ImageContentSourcePolicy/icsp-operator-0",
        "ImageContentSourcePolicy/icsp-release-0", "ImageDigestMirrorSet/idms-operator-0",
        "ImageDigestMirrorSet/idms-release-0", "ImageTagMirrorSet/itms-generic-0", "ImageTagMirrorSet/itms-release-0",
        "UpdateService/openshift-update-service/update-service-oc-mirror",
      ])
    let catalog = try #require(cluster.object("CatalogSource/openshift-marketplace/cs-redhat-operator-index-v4-18"))
    let image = "mirror.local:8443/ns/redhat/redhat-operator-index@\(Sample.digest("9"))"
    #expect(catalog.contains("\"image\":\"\(image)\""))
    #expect(cluster.object("ClusterCatalog/cc-redhat-operator-index-v4-18")?.contains("\"ref\":\"\(image)\"") == true)
    let service = try #require(cluster.object("UpdateService/openshift-update-service/update-service-oc-mirror"))
    #expect(service.contains("\"graphDataImage\":\"mirror.local:8443/ns/openshift/graph-image@\(Sample.graph)\""))
  }

  @Test func whatIsWrittenForAnotherTargetIsAChange() throws {
    let cluster = try ClusterDouble()
    try write(.idms)
    #expect(try apply(to: cluster).status == 0)
    try write(.idms, target: MirrorTarget(registry: "other.local") { $0 })
    let second = try apply(to: cluster)
    #expect(second.lines.filter { $0.hasSuffix(" configured") }.count == 7, "\(second.output)")
    #expect(cluster.object("ImageTagMirrorSet/itms-generic-0")?.contains("\"mirrors\":[\"other.local/ubi9\"]") == true)
  }

  @Test func aKindThatTheClusterDoesNotServeLeavesTheOthers() throws {
    let cluster = try ClusterDouble(kinds: ClusterDouble.Kind.openShift.filter { $0.name != "UpdateService" })
    let objects = try write(.idms).count { $0.hasSuffix(".yaml") }
    let result = try apply(to: cluster)
    #expect(result.status != 0 && result.errors.contains("UpdateService"))
    #expect(cluster.objects.count == objects - 1)
  }

  @Test func anObjectThatIsRefusedLeavesTheOthers() throws {
    let cluster = try ClusterDouble(rejecting: ["ImageTagMirrorSet"])
    try write(.idms)
    let result = try apply(to: cluster)
    #expect(result.status != 0 && result.errors.contains("itms-release-0"))
    #expect(!cluster.objects.contains { $0.hasPrefix("ImageTagMirrorSet/") })
    #expect(cluster.objects.contains("UpdateService/openshift-update-service/update-service-oc-mirror"))
  }

  @Test func optionalObjectsApplyOnceTheyAreRenamed() throws {
    let cluster = try ClusterDouble()
    let paths = try write(.idms).filter { $0.hasSuffix(".off") }
    for path in paths {
      let bytes = try FileSystem.read(directory(path), limit: 1 << 20)
      try FileSystem.write(bytes, to: directory(String(path.dropLast(4))))
    }
    #expect(paths.count == 4)
    #expect(try apply(to: cluster).status == 0)
    #expect(cluster.objects.contains("Image/cluster"))
    #expect(cluster.objects.contains("OperatorHub/cluster"))
    #expect(cluster.objects.contains("ImageContentSourcePolicy/icsp-release-0"))
  }

  /// Writes the directory, and gives the paths in it.
  @discardableResult
  private func write(_ api: MirrorAPI, target: MirrorTarget = Sample.target) throws -> [String] {
    var manifests = try Sample.directory(
      api: api, certificateAuthority: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    manifests.cluster.target = target
    let files = try manifests.files()
    for file in files {
      if let slash = file.path.firstIndex(of: "/") {
        try FileSystem.makeDirectory(directory(String(file.path[..<slash])))
      }
      try FileSystem.write(file.bytes, to: directory(file.path))
    }
    return files.map(\.path)
  }

  private func apply(to cluster: ClusterDouble) throws -> ToolResult {
    let environment = cluster.environment.map { "\($0)=\($1)" }
    return try runTool(
      "kubectl", ["apply", "-R", "--validate=false", "-f", directory.path], environment: environment)
  }
}

extension ToolResult {
  fileprivate var lines: [Substring] { output.split(separator: "\n") }
}
