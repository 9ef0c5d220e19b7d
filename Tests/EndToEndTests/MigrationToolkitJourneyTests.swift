import Digests
import SystemIO
import TestSupport
import Testing

@Suite(.enabled(if: JourneyWorld.isPossible, "\(JourneyWorld.reason)"))
struct MigrationToolkitJourneyTests {
  @Test func theTargetGetsTheOperatorWithOADPAndTheSourceTheLegacyOne() throws {
    let journey = try Journey("migration-toolkit")
    let world = journey.world
    try journey.expectPlanOfBundle()
    let mirror = "registry.example.com:8443/migration-toolkit"

    let plan = try journey.text("plan.txt")
    #expect(plan.contains("\n             mtc-operator: release-v1.8 (default); 1 bundle\n"))
    #expect(plan.contains("\n             redhat-oadp-operator: stable-1.3 (default); 1 bundle\n"))
    let repositories = try Set(world.tags(below: "migration-toolkit").map { String($0.prefix { $0 != ":" }) })
    let toolkit = [
      "controller-rhel8", "hook-runner-rhel7", "legacy-rhel8-operator", "must-gather-rhel8", "operator-bundle",
      "registry-rhel8", "rhel9-operator", "ui-rhel8", "velero-rhel8",
    ]
    let data = ["operator-bundle", "rhel9-operator", "velero-plugin-rhel9", "velero-rhel9"]
    #expect(
      repositories
        == Set(
          toolkit.map { "rhmtc/openshift-migration-\($0)" } + data.map { "oadp/oadp-\($0)" }
            + ["redhat/redhat-operator-index"]))
    for image in ["openshift-migration-must-gather-rhel8:v1.8", "openshift-migration-hook-runner-rhel7:v1.8"] {
      #expect(try world.skopeo("\(mirror)/rhmtc/\(image)") == world.skopeo("registry.redhat.io/rhmtc/\(image)"))
    }

    // What the old document looks for by hand.
    let mapping = try journey.text("operator-image-mapping.txt").split(separator: "\n")
    let legacy = "rhmtc/openshift-migration-legacy-rhel8-operator"
    #expect(!mapping.isEmpty && mapping.allSatisfy { $0.hasPrefix("registry.redhat.io/\(legacy)") })
    #expect(mapping.allSatisfy { $0.contains("=\(mirror)/\(legacy)") })

    let deployment = try journey.text("manifests/source/Deployment/openshift-migration_migration-operator.yaml")
    #expect(deployment.contains("value: \(mirror)\n") && !deployment.contains("registry.redhat.io"))
    for found in deployment.matches(of: /value: (.*)@sha256\n.*\n *value: ([0-9a-f]{64})/) {
      let image = "rhmtc/\(found.1)@sha256:\(found.2)"
      #expect(try world.skopeo("\(mirror)/\(image)") == Digest("sha256:\(found.2)"))
    }

    for profile in ["source", "target"] {
      let steps = try journey.text("manifests/\(profile)/NEXT-STEPS.md")
      #expect(steps.contains("replication repository") && steps.contains("proxy"), "\(steps)")
    }
    let target = try journey.expectToApplyTwice("manifests/target")
    #expect(
      target.filter { !$0.hasPrefix("Image") } == [
        "CatalogSource/openshift-marketplace/cs-redhat-operator-index-v4-15",
        "ConfigMap/openshift-config/mirror-registry-ca-registry.example.com-8443", "Namespace/openshift-migration",
        "OperatorGroup/openshift-migration/openshift-migration", "Subscription/openshift-migration/mtc-operator",
      ])
    let source = try journey.expectToApplyTwice("manifests/source")
    #expect(source.contains("Deployment/openshift-migration/migration-operator"))
    #expect(source.contains("MigrationController/openshift-migration/migration-controller"))
    #expect(source.filter { $0.hasPrefix("Image") }.allSatisfy { $0.hasPrefix("ImageContentSourcePolicy/") })
    #expect(!source.contains { $0.hasPrefix("Subscription/") })
  }
}
