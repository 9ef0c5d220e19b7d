import Diagnostics
import SystemIO
import TestSupport
import Testing

/// The clients of Kubernetes that `scripts/test` unpacks in several versions, as `NAME-VERSION` on the `PATH`.
enum ClusterClients {
  static let helm = ["3.9.4", "3.17.3", "4.3.1"]
  static let kubectl = ["1.24.0", "1.31.9", "1.37.1"]
  static let areInstalled = (helm.map { "helm-\($0)" } + kubectl.map { "kubectl-\($0)" }).allSatisfy(hasTool)
  static let reason = "helm and kubectl are not there in several versions; scripts/test unpacks them"

  /// The path of one of them.
  static func path(_ name: String, _ version: String) throws -> String {
    String(try runOrFail("sh", ["-c", "command -v \(name)-\(version)"]).prefix { !$0.isNewline })
  }
}

extension HelmWorld {
  /// Puts a real `helm` on the `PATH` of `withHelm`.
  func installHelm(_ version: String) throws {
    try FileSystem.replace(directory("bin/helm"), withLinkTo: ClusterClients.path("helm", version))
  }

  /// Runs that `helm` with nothing of the user's; the registries of tests speak plain HTTP.
  func helm(_ version: String, _ arguments: [String], on cluster: ClusterDouble? = nil) throws -> ToolResult {
    // The old one has no such option, and finds out by itself.
    let isRemote = arguments.contains { $0.hasPrefix("oci://") } && version != "3.9.4"
    return try runTool(
      directory("bin/helm"), arguments + (isRemote ? ["--plain-http"] : []),
      environment: ["HOME=\(directory.path)", "KUBECONFIG=\(cluster?.kubeconfig ?? directory("none"))"])
  }
}
