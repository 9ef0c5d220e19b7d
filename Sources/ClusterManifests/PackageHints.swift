/// What stays the user's when an operator of a known package is brought behind the gap.
///
/// A hint says only what the documentation of the operator says, and is a pointer to it, not a replacement.
struct PackageHints {
  private struct Hint {
    let title: String
    let packages: Set<String>
    /// Kinds whose objects show that the operator comes without a catalog.
    let kinds: Set<String>
    let lines: [String]
  }

  private let hints: [Hint]

  init(packages: [String], written: [ClusterManifest]) {
    let kinds = Set(written.map(\.kind))
    hints = Self.known.filter { !$0.packages.isDisjoint(with: packages) || !$0.kinds.isDisjoint(with: kinds) }
  }

  var text: String? {
    if hints.isEmpty { return nil }
    return hints.map { hint in
      "## \(hint.title): what stays yours\n\n" + hint.lines.map { "- \($0)\n" }.joined()
    }.joined(separator: "\n")
  }

  private static let known = [migration, dataProtection, orchestrator]

  /// Source: OpenShift documentation, "Migration Toolkit for Containers", "Configuring proxies" and "Configuring a
  /// replication repository"; konveyor/mig-operator, `docs/usage/DisconnectedDeployment.md`.
  private static let migration = Hint(
    title: "Migration Toolkit for Containers",
    packages: [
      "cam-operator", "crane-operator", "konveyor-operator", "mig-operator", "mtc-operator",
    ],
    kinds: ["MigrationController"],
    lines: [
      "All clusters must reach each other, the registry, and the replication repository: an object storage that you set "
        + "up, inside the network if there is no way out.",
      "From OpenShift 4.2 on the operator takes the cluster-wide proxy, `oc get proxy cluster -o yaml`. For an older "
        + "cluster, or to use another, set `httpProxy`, `httpsProxy` and `noProxy` in the MigrationController, namespace "
        + "`openshift-migration`; the registry and the replication repository belong into `noProxy` if they are inside.",
      "Direct volume migration from behind a proxy needs one that passes TCP on untouched: `stunnel_tcp_proxy` in the "
        + "MigrationController. The target cluster cannot be behind a proxy too.",
      "A proxy must allow SPDY, and pass the `Upgrade` header on to the API server.",
      "Direct image migration needs a route that exposes the internal registry of each cluster.",
      "On OpenShift 3 there is no operator catalog: apply what was lifted out of the operator's image, and the "
        + "MigrationController last. Which image of the registry stands for which: `grep operator mapping.txt`.",
    ])

  /// Source: OpenShift documentation, "OADP Application backup and restore", "Installing OADP".
  private static let dataProtection = Hint(
    title: "OADP", packages: ["oadp-operator", "redhat-oadp-operator"], kinds: ["DataProtectionApplication"],
    lines: [
      "Backups go to an object storage that you set up, and that the cluster can reach: name it, and the Secret with its "
        + "credentials, in `spec.backupLocations` of the DataProtectionApplication."
    ])

  /// Source: Red Hat OpenShift Data Foundation documentation, "Configuring OpenShift Data Foundation Disaster Recovery".
  private static let orchestrator = Hint(
    title: "ODF Multicluster Orchestrator", packages: ["odf-multicluster-orchestrator"], kinds: [],
    lines: [
      "The orchestrator runs on the hub, beside Advanced Cluster Management; OpenShift Data Foundation runs on the "
        + "managed clusters. `sealift unpack --profile NAME --manifests DIR` writes a directory for each sort of cluster, "
        + "if the bundle was packed with profiles.",
      "A ManagedClusterAddOn is applied on the hub, in the namespace that has the name of the managed cluster, once that "
        + "has joined: a profile of its own, such as `hub-joined`, keeps it apart.",
      "Every cluster needs the mirrors and the trust in the registry; catalogs only those that install operators.",
    ])
}
