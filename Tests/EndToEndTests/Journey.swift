import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// One run of a program in `scripts/journeys`, with its output folder and a cluster.
final class Journey: Sendable {
  let world: JourneyWorld
  let cluster: ClusterDouble
  private let directory: TemporaryDirectory

  /// - Parameters:
  ///   - name: The journey; also the prefix at its target.
  ///   - environment: More `NAME=VALUE`.
  init(_ name: String, _ environment: String...) throws {
    world = try JourneyWorld.shared()
    cluster = try Self.makeCluster(.ordinary)
    directory = try TemporaryDirectory()
    let result = try runTool(
      Repository.path("scripts/journeys/\(name)"), [directory("out")],
      environment: world.environment + cluster.environment.map { "\($0)=\($1)" }
        + ["SEALIFT_TARGET=registry.example.com:8443/\(name)"] + environment)
    guard result.status == 0 else {
      throw SealiftError(.internal, "\(name) ended with \(result.status): \(result.errors)", nextStep: "read that")
    }
  }

  /// What a cluster is to others.
  enum Role {
    /// A cluster by itself, or one that a hub manages.
    case ordinary
    /// A hub that no cluster has joined yet, and one that `managed-east` and `managed-west` have joined.
    case newHub, hub
  }

  private static let namespaces = ["openshift-config", "openshift-config-managed", "openshift-marketplace"]
  private static let clusterNamespaces = ["managed-east", "managed-west"]

  private static func makeCluster(_ role: Role) throws -> ClusterDouble {
    let kinds = ClusterDouble.Kind.openShift + furtherKinds + (role == .ordinary ? [] : [hubKind])
    let cluster = try ClusterDouble(version: "4.16.1", kinds: kinds)
    let objects = (namespaces + (role == .hub ? clusterNamespaces : []))
      .map { "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: \($0)}\n" }.joined()
    let result = try runTool(
      "kubectl", ["apply", "--validate=false", "-f", "-"], input: objects,
      environment: cluster.environment.map { "\($0)=\($1)" })
    try #require(result.status == 0, "\(result.errors)")
    return cluster
  }

  /// What a cluster was given beside what every one has.
  func objects(of cluster: ClusterDouble) -> [String] {
    let before = Set((Self.namespaces + Self.clusterNamespaces).map { "Namespace/\($0)" })
    return cluster.objects.filter { !before.contains($0) }
  }

  private static let furtherKinds = [
    ClusterDouble.Kind("v1", "Namespace", "namespaces"),
    ClusterDouble.Kind("v1", "ServiceAccount", "serviceaccounts", isNamespaced: true),
    ClusterDouble.Kind("apps/v1", "Deployment", "deployments", isNamespaced: true),
    ClusterDouble.Kind("console.openshift.io/v1", "ConsoleNotification", "consolenotifications"),
    ClusterDouble.Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles"),
    ClusterDouble.Kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings"),
    // Of old clusters.
    ClusterDouble.Kind("apps/v1beta1", "Deployment", "deployments", isNamespaced: true),
    ClusterDouble.Kind("rbac.authorization.k8s.io/v1beta1", "Role", "roles", isNamespaced: true),
    ClusterDouble.Kind("rbac.authorization.k8s.io/v1beta1", "RoleBinding", "rolebindings", isNamespaced: true),
    ClusterDouble.Kind("rbac.authorization.k8s.io/v1beta1", "ClusterRole", "clusterroles"),
    ClusterDouble.Kind("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding", "clusterrolebindings"),
    ClusterDouble.Kind("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "customresourcedefinitions"),
    ClusterDouble.Kind("operators.coreos.com/v1", "OperatorGroup", "operatorgroups", isNamespaced: true),
    ClusterDouble.Kind("operators.coreos.com/v1alpha1", "Subscription", "subscriptions", isNamespaced: true),
    ClusterDouble.Kind(
      "migration.openshift.io/v1alpha1", "MigrationController", "migrationcontrollers", isNamespaced: true),
  ]

  private static let hubKind = ClusterDouble.Kind(
    "addon.open-cluster-management.io/v1alpha1", "ManagedClusterAddOn", "managedclusteraddons", isNamespaced: true)

  /// The path of a file in the output folder.
  func path(_ name: String) -> String { directory("out/\(name)") }

  /// The text of a file in the output folder.
  func text(_ name: String) throws -> String {
    String(decoding: try FileSystem.read(path(name), limit: 1 << 22), as: UTF8.self)
  }

  /// All files below a directory of the output folder, sorted.
  func files(_ name: String) throws -> [String] {
    let found = try runOrFail("find", [path(name), "-type", "f", "-printf", "%P\\n"])
    return found.split(separator: "\n").map(String.init).sorted()
  }

  private func run(_ name: String, on cluster: ClusterDouble) throws -> ToolResult {
    try runTool(
      "kubectl", ["apply", "-R", "--validate=false", "-f", path(name)],
      environment: cluster.environment.map { "\($0)=\($1)" })
  }

  /// What `kubectl` says where a cluster cannot take a directory.
  func errors(_ name: String, on role: Role) throws -> String {
    let result = try run(name, on: Self.makeCluster(role))
    #expect(result.status == 1, "\(result.output)")
    return result.errors
  }

  /// What applying a directory says, for each object its last word.
  func apply(_ name: String, to cluster: ClusterDouble) throws -> [String] {
    let result = try run(name, on: cluster)
    try #require(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").map { line in
      String(line.drop { $0 != " " }.dropFirst())
    }
  }

  /// Demands that a directory can be applied as its NEXT-STEPS says, and a second time changes nothing.
  ///
  /// - Parameters:
  ///   - written: How many objects `kubectl` writes again although they are the same, as it does with those that have
  ///     `creationTimestamp: null`.
  ///   - role: What the cluster is that it is for.
  /// - Returns: What the cluster has then.
  @discardableResult
  func expectToApplyTwice(
    _ name: String, again written: Int = 0, on role: Role = .ordinary, _ location: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let cluster = try Self.makeCluster(role)
    for kind in ["Namespace", "CustomResourceDefinition"] where FileSystem.exists(path("\(name)/\(kind)")) {
      let words = try apply("\(name)/\(kind)", to: cluster)
      #expect(!words.isEmpty && words.allSatisfy { $0 == "created" }, "\(words)", sourceLocation: location)
    }
    let (first, second) = (try apply(name, to: cluster), try apply(name, to: cluster))
    #expect(first.contains("created"), "\(first)", sourceLocation: location)
    let same = second.count { $0 == "unchanged" }
    #expect(same == second.count - written, "\(second)", sourceLocation: location)
    let objects = objects(of: cluster)
    #expect(second.count == objects.count, "\(objects)", sourceLocation: location)
    return objects
  }

  /// Demands what holds for each journey: the plan tells of the bundle, and nothing else was reached for.
  func expectPlanOfBundle(_ location: SourceLocation = #_sourceLocation) throws {
    let plan = try text("plan.txt")
    let contents = try inspected(path("bundle.tar.zst"))
    #expect(plan.hasPrefix("bundle     \(contents["bundle"]?.text ?? "?")\n"), "\(plan)", sourceLocation: location)
    #expect(world.refused.isEmpty, "\(world.refused)", sourceLocation: location)
  }

  /// Copies the configuration of a journey and the manifests that it names, with other words in both.
  static func configure(_ name: String, in directory: TemporaryDirectory, _ words: [(String, String)]) throws -> String
  {
    let (source, place) = (Repository.path("scripts/journeys/\(name)"), directory("configuration"))
    try FileSystem.makeDirectory(place)
    if FileSystem.exists("\(source).files") { try runOrFail("cp", ["-R", "\(source).files/.", place]) }
    try runOrFail("cp", ["\(source).yaml", "\(place)/config.yaml"])
    for file in try runOrFail("find", [place, "-type", "f"]).split(separator: "\n").map(String.init) {
      var text = String(decoding: try FileSystem.read(file, limit: 1 << 20), as: UTF8.self)
      for (word, other) in words { text = text.replacing(word, with: other) }
      text = text.replacing("- path: ", with: "- path: \(place)/")
      try File(file, .replace).write(Array(text.utf8))
    }
    return "\(place)/config.yaml"
  }
}
