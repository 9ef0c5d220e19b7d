internal import YAML

/// Objects that one cluster is given in one step, and what of them that step cannot bring yet.
struct ApplyStep {
  /// The objects.
  let files: [ClusterManifest]
  /// The namespaces that are there, or come first.
  private let namespaces: Set<String>
  /// The namespaces that a hub makes, each when the managed cluster of that name joins.
  private let clusters: Set<String>

  init(_ files: [ClusterManifest]) {
    self.files = files
    namespaces = Set(files.filter { ["Namespace", "Project"].contains($0.kind) }.map(\.name))
    clusters = files.reduce(into: []) { clusters, file in
      if KindHome(file) == .clusterNamespace, let namespace = file.namespace { clusters.insert(namespace) }
      if KindHome(file) == .hub, file.kind == "ManagedCluster" { clusters.insert(file.name) }
    }
  }

  /// Those in a namespace that comes when a managed cluster joins.
  var beforeClusters: [ClusterManifest] { files.filter(waitsForCluster) }

  /// Those in a namespace of which nothing is known.
  var withoutNamespace: [ClusterManifest] { files.filter { lacksNamespace($0) && !waitsForCluster($0) } }

  /// All others of kinds that a cluster serves when an operator is there, where the step installs one.
  var beforeOperators: [ClusterManifest] {
    guard files.contains(where: Self.installsOperator) else { return [] }
    let defined = Set(files.compactMap(Self.definition))
    return files.filter { file in
      !EveryCluster.serves(group: file.apiGroup) && !defined.contains([file.apiGroup, file.kind])
        && !waitsForCluster(file)
    }
  }

  private func lacksNamespace(_ file: ClusterManifest) -> Bool {
    guard let namespace = file.namespace else { return false }
    return !namespaces.contains(namespace) && !EveryCluster.hasNamespace(namespace)
  }

  private func waitsForCluster(_ file: ClusterManifest) -> Bool {
    lacksNamespace(file) && file.namespace.map(clusters.contains) == true
  }

  private static func installsOperator(_ file: ClusterManifest) -> Bool {
    ["operators.coreos.com": "Subscription", "olm.operatorframework.io": "ClusterExtension"][file.apiGroup] == file.kind
  }

  /// The group and the kind that an object defines.
  private static func definition(_ file: ClusterManifest) -> [String]? {
    guard file.kind == "CustomResourceDefinition", let spec = file.object["spec"] else { return nil }
    return [spec["group"]?.text ?? "", spec["names"]?["kind"]?.text ?? ""]
  }
}
