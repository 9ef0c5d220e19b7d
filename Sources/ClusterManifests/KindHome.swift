internal import YAML

/// Where objects live that a hub and the clusters that it manages divide among them.
///
/// Source: open-cluster-management.io, "Concepts" and "Developer guides"; Red Hat Advanced Cluster Management
/// documentation, "APIs"; OpenShift Data Foundation documentation, "Configuring disaster recovery"; OpenShift
/// documentation, "Edge computing".
enum KindHome: Sendable, Equatable {
  /// On the hub.
  case hub
  /// On the hub too, in the namespace that has the name of a managed cluster.
  case clusterNamespace
  /// On a managed cluster.
  case managedCluster

  /// - Returns: `nil` for an object that can live on any cluster.
  init?(_ file: ClusterManifest) {
    guard let home = Self.homes[file.apiGroup]?[file.kind], Self.isBound(file) else { return nil }
    self = home
  }

  /// Whether no managed cluster has a place for such an object.
  var isAtHub: Bool { self != .managedCluster }

  /// Whether the object lives where its kind does: two kinds are used elsewhere too.
  private static func isBound(_ file: ClusterManifest) -> Bool {
    let spec = file.object["spec"]
    switch file.kind {
    // Any Argo CD has them; only a hub knows the clusters that a placement chooses.
    case "ApplicationSet":
      return spec?["generators"]?.elements?.contains { $0["clusterDecisionResource"] != nil } == true
    // A hub can host the agent of a cluster.
    case "Klusterlet": return spec?["deployOption"]?["mode"]?.text?.hasSuffix("Hosted") != true
    default: return true
    }
  }

  private static let homes: [String: [String: KindHome]] = {
    let table: [(group: String, home: KindHome, kinds: [String])] = [
      (
        "cluster.open-cluster-management.io", .hub,
        [
          "BackupSchedule", "ManagedCluster", "ManagedClusterSet", "ManagedClusterSetBinding", "Placement",
          "PlacementDecision", "Restore",
        ]
      ),
      ("cluster.open-cluster-management.io", .clusterNamespace, ["AddOnPlacementScore"]),
      ("work.open-cluster-management.io", .hub, ["ManifestWorkReplicaSet"]),
      ("work.open-cluster-management.io", .clusterNamespace, ["ManifestWork"]),
      ("work.open-cluster-management.io", .managedCluster, ["AppliedManifestWork"]),
      (
        "addon.open-cluster-management.io", .hub,
        ["AddOnDeploymentConfig", "AddOnTemplate", "ClusterManagementAddOn"]
      ),
      ("addon.open-cluster-management.io", .clusterNamespace, ["ManagedClusterAddOn"]),
      ("agent.open-cluster-management.io", .clusterNamespace, ["KlusterletAddonConfig"]),
      ("policy.open-cluster-management.io", .hub, ["PlacementBinding", "Policy", "PolicyAutomation", "PolicySet"]),
      ("apps.open-cluster-management.io", .hub, ["Channel", "GitOpsCluster", "PlacementRule"]),
      ("operator.open-cluster-management.io", .hub, ["ClusterManager", "MultiClusterHub"]),
      ("operator.open-cluster-management.io", .managedCluster, ["Klusterlet"]),
      ("multicluster.openshift.io", .hub, ["MultiClusterEngine"]),
      ("config.open-cluster-management.io", .hub, ["KlusterletConfig"]),
      ("imageregistry.open-cluster-management.io", .hub, ["ManagedClusterImageRegistry"]),
      ("observability.open-cluster-management.io", .hub, ["MultiClusterObservability"]),
      ("discovery.open-cluster-management.io", .hub, ["DiscoveredCluster", "DiscoveryConfig"]),
      ("rbac.open-cluster-management.io", .hub, ["MulticlusterRoleAssignment"]),
      ("rbac.open-cluster-management.io", .clusterNamespace, ["ClusterPermission"]),
      ("authentication.open-cluster-management.io", .clusterNamespace, ["ManagedServiceAccount"]),
      ("action.open-cluster-management.io", .clusterNamespace, ["ManagedClusterAction"]),
      ("view.open-cluster-management.io", .clusterNamespace, ["ManagedClusterView"]),
      ("submarineraddon.open-cluster-management.io", .clusterNamespace, ["SubmarinerConfig"]),
      ("siteconfig.open-cluster-management.io", .hub, ["ClusterInstance"]),
      (
        "hive.openshift.io", .hub,
        [
          "ClusterClaim", "ClusterDeployment", "ClusterImageSet", "ClusterPool", "HiveConfig", "MachinePool",
          "SelectorSyncSet", "SyncSet",
        ]
      ),
      ("extensions.hive.openshift.io", .hub, ["AgentClusterInstall", "ImageClusterInstall"]),
      ("agent-install.openshift.io", .hub, ["Agent", "AgentServiceConfig", "InfraEnv", "NMStateConfig"]),
      ("ran.openshift.io", .hub, ["ClusterGroupUpgrade", "PreCachingConfig"]),
      ("lcm.openshift.io", .hub, ["ImageBasedGroupUpgrade"]),
      ("lca.openshift.io", .managedCluster, ["ImageBasedUpgrade", "SeedGenerator"]),
      ("argoproj.io", .hub, ["ApplicationSet"]),
      ("multicluster.odf.openshift.io", .hub, ["MirrorPeer"]),
      ("ramendr.openshift.io", .hub, ["DRCluster", "DRPlacementControl", "DRPolicy"]),
      ("ramendr.openshift.io", .managedCluster, ["DRClusterConfig"]),
    ]
    return table.reduce(into: [:]) { homes, row in
      for kind in row.kinds { homes[row.group, default: [:]][kind] = row.home }
    }
  }()
}
