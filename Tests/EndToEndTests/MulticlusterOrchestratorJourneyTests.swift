import SystemIO
import TestSupport
import Testing

@Suite(.enabled(if: JourneyWorld.isPossible, "\(JourneyWorld.reason)"))
struct MulticlusterOrchestratorJourneyTests {
  @Test func oneBundleServesTheHubAndTheManagedClusters() throws {
    let (hub, managed) = ("hub-registry.example.com:8443", "managed-registry.example.com:8443")
    let journey = try Journey(
      "multicluster-orchestrator", "SEALIFT_HUB_TARGET=\(hub)/orchestrator",
      "SEALIFT_MANAGED_TARGET=\(managed)/orchestrator")
    let world = journey.world
    try journey.expectPlanOfBundle()

    let tags = try world.tags(below: "orchestrator", at: "hub-registry")
    #expect(try world.tags(below: "orchestrator", at: "managed-registry") == tags && !tags.isEmpty)
    let repositories = Set(tags.map { String($0.prefix { $0 != ":" }) })
    #expect(
      repositories == [
        "odf4/odf-multicluster-operator-bundle", "odf4/odf-multicluster-rhel9-operator",
        "odf4/odf-multicluster-console-rhel9", "odf4/odr-hub-operator-bundle", "odf4/odr-hub-rhel9-operator",
        "odf4/odr-rhel9-operator", "redhat/redhat-operator-index",
      ])
    #expect(try world.tags(below: "multicluster-orchestrator").isEmpty)
    let again = try journey.text("unpack-again.txt")
    #expect(again.contains("\nsent       0 blobs, 0 B\n") && again.contains("\nmounted    0 blobs, 0 B\n"))

    let common = ["CatalogSource/openshift-marketplace/cs-redhat-operator-index-v4-15"]
    let mirrors = ["ImageDigestMirrorSet/idms-operator-0"]
    let hubTrust = ["ConfigMap/openshift-config/mirror-registry-ca-hub-registry.example.com-8443"]
    #expect(
      try journey.expectToApplyTwice("manifests/hub", on: .newHub) == common + hubTrust + mirrors + [
        "Namespace/openshift-dr-system", "OperatorGroup/openshift-dr-system/openshift-dr-system",
        "Subscription/openshift-dr-system/odf-multicluster-orchestrator",
      ])
    #expect(
      try journey.expectToApplyTwice("manifests/managed") == common
        + ["ConfigMap/openshift-config/mirror-registry-ca-managed-registry.example.com-8443"] + mirrors + [
          "Namespace/openshift-storage"
        ])
    // The add-ons are the hub's, in the namespaces that it makes when the clusters join.
    let addOns = "manifests/hub-joined"
    #expect(
      try journey.expectToApplyTwice(addOns, on: .hub) == common + hubTrust + mirrors + [
        "ManagedClusterAddOn/managed-east/tokenexchange", "ManagedClusterAddOn/managed-west/tokenexchange",
      ])
    #expect(try journey.errors(addOns, on: .newHub).contains(#"namespaces "managed-east" not found"#))
    #expect(try journey.errors(addOns, on: .ordinary).contains(#"no matches for kind "ManagedClusterAddOn""#))
    #expect(try journey.text("\(addOns)/NEXT-STEPS.md").contains("then: `managed-east`, `managed-west`."))
    #expect(try !journey.text("plan.txt").contains("ManagedClusterAddOn managed-east/tokenexchange,"))
    for (name, host) in [("hub", hub), ("hub-joined", hub), ("managed", managed)] {
      let source = try journey.text("manifests/\(name)/CatalogSource/cs-redhat-operator-index-v4-15.yaml")
      #expect(source.contains("image: \(host)/orchestrator/redhat/redhat-operator-index@sha256:"))
    }
  }
}
