/// What an object can do by its kind alone that whoever approves a bundle should look at.
///
/// What it says is not looked at: no object of another kind is harmless for that.
public enum KindPower: String, Sendable {
  /// Roles and bindings, and what else says who may do what.
  case rights = "grants rights"
  /// Who can log in.
  case logins = "changes who can log in"
  /// What the API server lets pass or changes on the way.
  case admission = "changes what the API server admits"
  /// A part of the API is answered for by somebody else.
  case api = "answers for a part of the API"
  /// The configuration of nodes.
  case nodes = "changes the nodes"
  /// What brings rights that it asks for itself.
  case operators = "installs an operator with the rights that it asks for"
  /// What brings objects that are not in the bundle, or sends objects to other clusters.
  case elsewhere = "has other objects applied"

  /// The power of a kind, of whatever API group: of two kinds with one name, the more powerful counts.
  public init?(kind: String) {
    guard let power = Self.kinds[kind] else { return nil }
    self = power
  }

  private static let kinds: [String: KindPower] = {
    let table: [(KindPower, [String])] = [
      (
        .rights,
        [
          "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "CredentialsRequest", "Group",
          "PodSecurityPolicy", "Role", "RoleBinding", "RoleBindingRestriction", "SecurityContextConstraints",
        ]
      ),
      (.logins, ["Authentication", "Identity", "OAuth", "OAuthClient", "User", "UserIdentityMapping"]),
      (
        .admission,
        [
          "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
          "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
        ]
      ),
      (.api, ["APIService"]),
      (
        .nodes,
        [
          "ContainerRuntimeConfig", "KubeletConfig", "MachineConfig", "MachineConfigPool", "MachineOSConfig",
          "NodeNetworkConfigurationPolicy", "PerformanceProfile", "Tuned",
        ]
      ),
      (.operators, ["ClusterExtension", "ClusterServiceVersion", "InstallPlan", "Subscription"]),
      (.elsewhere, ["Application", "ApplicationSet", "ManifestWork", "ManifestWorkReplicaSet", "Policy"]),
    ]
    return Dictionary(table.flatMap { power, kinds in kinds.map { ($0, power) } }) { first, _ in first }
  }()
}

extension ClusterManifest {
  /// What its kind can do that whoever approves it should look at.
  public var power: KindPower? { KindPower(kind: kind) }
}
