import ClusterManifests
import Testing

/// Objects that a profile gives to a cluster that cannot take them, or cannot yet.
@Suite struct PlaceNotesTests {
  /// A manifest: `GROUP/VERSION KIND [NAMESPACE/]NAME`, its profiles, and more lines of it.
  private typealias Brought = (object: String, profiles: [String], more: String)

  private func notes(_ brought: [Brought], of profiles: [String] = []) throws -> [String] {
    var manifests = UserObjects()
    for (object, profiles, more) in brought {
      let words = object.split(separator: " ").map(String.init)
      let names = words[2].split(separator: "/").map(String.init)
      let space = names.count == 2 ? ", namespace: \(names[0])" : ""
      let text = "apiVersion: \(words[0])\nkind: \(words[1])\nmetadata: {name: \(names.last ?? "")\(space)}\n\(more)\n"
      for manifest in try UserObject.read(Array(text.utf8), source: "a.yaml", profiles: profiles) {
        try manifests.add(manifest)
      }
    }
    return manifests.placeNotes(profiles: profiles)
  }

  private static let addOn = "addon.open-cluster-management.io/v1alpha1 ManagedClusterAddOn"
  private static let subscription: Brought = (
    "operators.coreos.com/v1alpha1 Subscription hubs/acm", ["hub"], "spec: {name: advanced-cluster-management}"
  )
  private static let space: Brought = ("v1 Namespace hubs", ["hub"], "")

  @Test func aHubsObjectInAProfileOfManagedClustersIsNamed() throws {
    let notes = try notes([
      Self.space, Self.subscription, ("\(Self.addOn) east/token", ["managed"], ""),
      ("\(Self.addOn) west/token", ["managed"], ""),
    ])
    #expect(
      notes == [
        "ManagedClusterAddOn east/token, ManagedClusterAddOn west/token in profile managed: this lives on the hub, and no "
          + "managed cluster takes it: unless that is the hub's profile, give it one that is, such as hub"
      ])
  }

  @Test(arguments: [
    "cluster.open-cluster-management.io/v1 ManagedCluster x",
    "cluster.open-cluster-management.io/v1beta2 ManagedClusterSet x",
    "work.open-cluster-management.io/v1 ManifestWork default/x",
    "policy.open-cluster-management.io/v1 Policy default/x",
    "addon.open-cluster-management.io/v1alpha1 ClusterManagementAddOn x",
    "agent.open-cluster-management.io/v1 KlusterletAddonConfig default/x",
    "hive.openshift.io/v1 ClusterDeployment default/x",
    "hive.openshift.io/v1 ClusterClaim default/x", "agent-install.openshift.io/v1beta1 InfraEnv default/x",
    "operator.open-cluster-management.io/v1 MultiClusterHub default/x", "ramendr.openshift.io/v1alpha1 DRPolicy x",
    "ran.openshift.io/v1alpha1 ClusterGroupUpgrade default/x", "multicluster.odf.openshift.io/v1alpha1 MirrorPeer x",
  ])
  func eachKindOfTheHubIsKnownByItsGroup(object: String) throws {
    // One that is the hub's by what it holds, or by its name, is not noted.
    let isProof = object.contains("MultiClusterHub")
    #expect(try notes([(object, ["edge"], "")]).count == (isProof ? 0 : 1))
    for profile in ["hub", "hub-joined", "hub2", "emea-hub-prod", "acm"] {
      #expect(try notes([(object, [profile], "")]).isEmpty)
    }
    // Without profiles there is one kind of clusters, which may be the hub.
    #expect(try notes([(object, [], "")]).isEmpty)
    // What is for all is for the managed clusters too, of which a bundle may have files alone.
    #expect(try notes([(object, [], "")], of: ["hub", "edge"]).map { $0.contains("in profile edge: ") } == [true])
    #expect(
      try notes([(object, ["edge", "branch"], "")]).map { $0.contains("in the profiles branch, edge: ") }
        == (isProof ? [] : [true]))
  }

  @Test(arguments: [
    "cluster.open-cluster-management.io/v1alpha1 ClusterClaim id",
    "policy.open-cluster-management.io/v1 ConfigurationPolicy default/x",
    "apps.open-cluster-management.io/v1 Subscription default/x", "example.com/v1 ManagedCluster x",
    "argoproj.io/v1alpha1 ApplicationSet default/x",
  ])
  func aKindThatBothHaveIsNotNoted(object: String) throws {
    #expect(try notes([(object, ["managed"], "")]).isEmpty)
  }

  @Test func whatTheObjectSaysDecidesForKindsThatBothHave() throws {
    let set = "argoproj.io/v1alpha1 ApplicationSet openshift-config/x"
    let generators = "spec: {generators: [{clusterDecisionResource: {}}]}"
    #expect(try notes([(set, ["managed"], generators)]).count == 1)
    let agent = "operator.open-cluster-management.io/v1 Klusterlet x"
    #expect(try notes([(agent, ["hub"], "")]).map { $0.hasSuffix("give it a profile for those") } == [true])
    #expect(try notes([(agent, ["hub"], "spec: {deployOption: {mode: SingletonHosted}}")]).isEmpty)
    #expect(try notes([(agent, ["managed"], "")]).isEmpty)
  }

  @Test func aNamespaceThatComesWithAClusterNeedsAStepOfItsOwn() throws {
    let addOn: (String) -> Brought = { ("\(Self.addOn) east/token", [$0], "") }
    let early = try notes([Self.space, Self.subscription, addOn("hub")])
    #expect(
      early == [
        "ManagedClusterAddOn east/token in profile hub: its namespace is there when the managed cluster of that name has "
          + "joined: give it a profile of its own, such as hub-joined, that is applied then, or bring the Namespace"
      ])
    // What everybody is given has come before.
    let shared: Brought = ("v1 ConfigMap default/all", [], "")
    #expect(try notes([Self.space, Self.subscription, shared, addOn("hub-joined")]).isEmpty)
    #expect(try notes([Self.space, addOn("hub"), ("v1 Namespace east", ["hub"], "")]).isEmpty)
    // The kind comes with the hub's operator still.
    let kind = try notes([Self.space, Self.subscription, addOn("hub"), ("v1 Namespace east", ["hub"], "")])
    #expect(kind.map { $0.contains("its kind comes with an operator") } == [true])
    // The ManagedCluster says what the namespace is, whatever lies there.
    let cluster: Brought = ("cluster.open-cluster-management.io/v1 ManagedCluster east", [], "")
    let secret: Brought = ("v1 Secret east/auto-import-secret", [], "")
    #expect(
      try notes([cluster, secret]).map { $0.hasPrefix("Secret east/auto-import-secret: its namespace") } == [true])
    #expect(try notes([cluster, secret, ("v1 Namespace east", [], "")]).isEmpty)
  }

  @Test func aNamespaceThatNothingMakesIsNamedOnce() throws {
    let one: Brought = ("v1 ConfigMap fleet/one", [], "")
    let others = (1...5).map { number -> Brought in ("v1 Secret fleet/s\(number)", [], "") }
    #expect(
      try notes([one]) == [
        "ConfigMap fleet/one: nothing that is applied with it makes the namespace fleet: bring it, or see that it is there "
          + "before"
      ])
    #expect(
      try notes([one] + others).map {
        $0.hasPrefix("ConfigMap fleet/one, Secret fleet/s1, Secret fleet/s2 and 3 more: ")
      }
        == [true])
    for kind in ["v1 Namespace fleet", "project.openshift.io/v1 Project fleet"] {
      #expect(try notes([one, (kind, [], "")]).isEmpty)
    }
    // The other profile makes it.
    let found = try notes([("v1 ConfigMap fleet/one", ["managed"], ""), ("v1 Namespace fleet", ["hub"], "")])
    #expect(found.count == 1 && found[0].hasPrefix("ConfigMap fleet/one in profile managed: "))
    for name in [
      "default", "kube-system", "openshift", "openshift-config", "openshift-marketplace", "openshift-operators",
    ] {
      #expect(try notes([("v1 ConfigMap \(name)/one", [], "")]).isEmpty)
    }
    #expect(try notes([("v1 ConfigMap openshift-storage/one", [], "")]).count == 1)
  }

  @Test func aKindThatComesWithTheOperatorOfTheSameStepIsNamed() throws {
    let object: Brought = ("operator.open-cluster-management.io/v1 MultiClusterHub hubs/hub", ["hub"], "")
    let found = try notes([Self.space, Self.subscription, object])
    #expect(
      found == [
        "MultiClusterHub hubs/hub in profile hub: its kind comes with an operator, and is refused until that is installed: "
          + "apply the same again then, or give it a profile of its own"
      ])
    // The operator is there already, or the definition comes along.
    #expect(try notes([Self.space, object]).isEmpty)
    let definition: Brought = (
      "apiextensions.k8s.io/v1 CustomResourceDefinition fleets.example.com", [],
      "spec: {group: example.com, names: {kind: Fleet}}"
    )
    let fleet: Brought = ("example.com/v1 Fleet hubs/one", ["hub"], "")
    #expect(try notes([Self.space, Self.subscription, fleet]).count == 1)
    #expect(try notes([Self.space, Self.subscription, fleet, definition]).isEmpty)
    // What OpenShift serves by itself.
    for kind in [
      "machineconfiguration.openshift.io/v1 MachineConfig", "rbac.authorization.k8s.io/v1 Role", "apps/v1 Deployment",
    ] {
      #expect(try notes([Self.space, Self.subscription, ("\(kind) hubs/x", ["hub"], "")]).isEmpty)
    }
    #expect(
      try notes([("olm.operatorframework.io/v1 ClusterExtension x", [], ""), ("example.com/v1 Fleet f", [], "")]).count
        == 1)
  }

  @Test func theNextStepsSayWhenWhatIsLateCanBeApplied() throws {
    var directory = try Sample.directory()
    for text in [
      "apiVersion: operators.coreos.com/v1alpha1\nkind: Subscription\nmetadata: {name: a, namespace: lost}\n",
      "apiVersion: operator.open-cluster-management.io/v1\nkind: MultiClusterHub\nmetadata: {name: a, namespace: default}\n",
      "apiVersion: agent.open-cluster-management.io/v1\nkind: KlusterletAddonConfig\nmetadata: {name: b, namespace: west}\n",
    ] { directory.templates.append(try ClusterManifest(Array(text.utf8), source: "x", isForeign: true)) }
    let steps = try #require(try directory.texts()["NEXT-STEPS.md"])
    for line in [
      "A hub makes these namespaces when the managed clusters of these names join. Apply what lies there then: `west`.\n",
      "Nothing here makes these namespaces. See that they are there before all else: `lost`.\n",
      "These kinds come with an operator, and are refused until it is installed. Apply them again then: `MultiClusterHub`.\n",
    ] { #expect(steps.contains("\n\(line)"), "\(steps)") }
  }
}
