/// What each OpenShift cluster has by itself.
///
/// Source: OpenShift documentation, "API reference"; the manifests of a release.
enum EveryCluster {
  /// Whether it has a namespace.
  static func hasNamespace(_ name: String) -> Bool {
    ["default", "openshift"].contains(name) || name.hasPrefix("kube-") || namespaces.contains(name)
  }

  /// Whether it serves kinds of an API group before any operator is installed.
  static func serves(group: String) -> Bool {
    // Those of Kubernetes: `apps`, `batch`, `rbac.authorization.k8s.io`.
    !group.contains(".") || group.hasSuffix(".k8s.io") || groups.contains(group)
  }

  private static let groups: Set<String> = [
    "apps.openshift.io", "authorization.openshift.io", "autoscaling.openshift.io", "build.openshift.io",
    "cloudcredential.openshift.io", "config.openshift.io", "console.openshift.io", "controlplane.operator.openshift.io",
    "helm.openshift.io", "image.openshift.io", "imageregistry.operator.openshift.io", "ingress.operator.openshift.io",
    "k8s.cni.cncf.io", "k8s.ovn.org", "machine.openshift.io", "machineconfiguration.openshift.io", "metal3.io",
    "monitoring.coreos.com", "monitoring.openshift.io", "network.operator.openshift.io", "oauth.openshift.io",
    "olm.operatorframework.io", "operator.openshift.io", "operators.coreos.com", "packages.operators.coreos.com",
    "performance.openshift.io", "project.openshift.io", "quota.openshift.io", "route.openshift.io",
    "samples.operator.openshift.io", "security.internal.openshift.io", "security.openshift.io", "template.openshift.io",
    "tuned.openshift.io", "user.openshift.io", "whereabouts.cni.cncf.io",
  ]

  private static let namespaces: Set<String> = [
    "openshift-apiserver", "openshift-apiserver-operator", "openshift-authentication",
    "openshift-authentication-operator", "openshift-catalogd", "openshift-cloud-controller-manager",
    "openshift-cloud-controller-manager-operator", "openshift-cloud-credential-operator",
    "openshift-cloud-network-config-controller", "openshift-cluster-csi-drivers", "openshift-cluster-machine-approver",
    "openshift-cluster-node-tuning-operator", "openshift-cluster-olm-operator", "openshift-cluster-samples-operator",
    "openshift-cluster-storage-operator", "openshift-cluster-version", "openshift-config", "openshift-config-managed",
    "openshift-config-operator", "openshift-console", "openshift-console-operator", "openshift-console-user-settings",
    "openshift-controller-manager", "openshift-controller-manager-operator", "openshift-dns", "openshift-dns-operator",
    "openshift-etcd", "openshift-etcd-operator", "openshift-host-network", "openshift-image-registry",
    "openshift-infra", "openshift-ingress", "openshift-ingress-canary", "openshift-ingress-operator",
    "openshift-insights", "openshift-kube-apiserver", "openshift-kube-apiserver-operator",
    "openshift-kube-controller-manager", "openshift-kube-controller-manager-operator", "openshift-kube-scheduler",
    "openshift-kube-scheduler-operator", "openshift-machine-api", "openshift-machine-config-operator",
    "openshift-marketplace", "openshift-monitoring", "openshift-multus", "openshift-network-diagnostics",
    "openshift-network-node-identity", "openshift-network-operator", "openshift-node", "openshift-oauth-apiserver",
    "openshift-operator-controller", "openshift-operator-lifecycle-manager", "openshift-operators",
    "openshift-ovn-kubernetes", "openshift-route-controller-manager", "openshift-sdn", "openshift-service-ca",
    "openshift-service-ca-operator", "openshift-user-workload-monitoring",
  ]
}
