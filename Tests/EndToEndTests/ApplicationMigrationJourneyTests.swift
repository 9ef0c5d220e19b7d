import Digests
import SystemIO
import TestSupport
import Testing

@Suite(.enabled(if: JourneyWorld.isPossible, "\(JourneyWorld.reason)"))
struct ApplicationMigrationJourneyTests {
  @Test func oneOperatorOfThePackageManifestsReachesOpenShift4AndItsFilesOpenShift3() throws {
    let journey = try Journey("application-migration")
    let world = journey.world
    try journey.expectPlanOfBundle()

    // The one operator of the two, in the one version of the two, with what it starts; and the old one with its images.
    let tags = try world.tags(below: "application-migration")
    let operands = ["controller", "registry", "ui", "velero"].map { "openshift-migration-\($0)-rhel8" }
    let repositories = Dictionary(grouping: tags) { String($0.prefix { $0 != ":" }) }.mapValues(\.count)
    var expected = Dictionary(uniqueKeysWithValues: operands.map { ("rhcam-1-2/\($0)", 2) })
    expected["rhcam-1-2/openshift-migration-rhel7-operator"] = 2
    expected["rhcam-1-2/openshift-migration-hook-runner-rhel7"] = 1
    expected["migration/operators"] = 1
    #expect(repositories == expected, "\(tags)")

    let catalog = try world.skopeo("registry.example.com:8443/application-migration/migration/operators:v4.3")
    let source = try journey.text("manifests/openshift-4/CatalogSource/migration-operators.yaml")
    #expect(
      source.contains("image: registry.example.com:8443/application-migration/migration/operators@\(catalog)\n"))
    #expect(source.contains("displayName: Migration Operators\n"))
    #expect(try journey.text("plan.txt").contains("cam-operator: release-v1.2 (default); 1 bundle\n"))

    #expect(
      try journey.expectToApplyTwice("manifests/openshift-4") == [
        "CatalogSource/openshift-migration/migration-operators",
        "ConfigMap/openshift-config/mirror-registry-ca-registry.example.com-8443",
        "ImageContentSourcePolicy/icsp-operator-0", "Namespace/openshift-migration",
        "OperatorGroup/openshift-migration/openshift-migration",
        "Subscription/openshift-migration/cam-operator",
      ])
    // The catalog's namespace came with the bundle, too.
    #expect(
      try journey.text("manifests/openshift-4/NEXT-STEPS.md").contains(
        "\n    oc apply -f Namespace/ -f CatalogSource/\n"))
    // OpenShift 3 has neither mirror sets nor catalogs.
    #expect(
      try journey.expectToApplyTwice("manifests/openshift-3") == [
        "ClusterRoleBinding/migration-operator", "CustomResourceDefinition/migrationcontrollers.migration.openshift.io",
        "Deployment/openshift-migration/migration-operator",
        "MigrationController/openshift-migration/migration-controller", "Namespace/openshift-migration",
        "ServiceAccount/openshift-migration/migration-operator",
      ])
  }

  @Test func whatIsLiftedForOpenShift3IsAsItWasButForTheImages() throws {
    let journey = try Journey("application-migration", "SEALIFT_TARGET=registry.example.com:8443/lifted")
    let mirror = "registry.example.com:8443/lifted"
    let deployment = try journey.text("manifests/openshift-3/Deployment/openshift-migration_migration-operator.yaml")
    let name = "rhcam-1-2/openshift-migration-rhel7-operator"
    let digest = try journey.world.skopeo("\(mirror)/\(name):v1.2")
    #expect(
      deployment.matches(of: /\n *-? *image: (.*)/).map { String($0.1) }
        == Array(repeating: "\(mirror)/\(name)@\(digest)", count: 2))
    #expect(!deployment.contains("registry.redhat.io"))
    let pairs = deployment.matches(of: /- name: ([A-Z_]+)\n *value: (.*)/).map { ("\($0.1)", "\($0.2)") }
    let variables = Dictionary(uniqueKeysWithValues: pairs)
    #expect(variables["REGISTRY"] == mirror && variables["PROJECT"] == "rhcam-1-2", "\(variables)")
    // What the operator will compose of them is there.
    let stems = variables.keys.filter { $0.hasSuffix("_REPO") }.map { $0.dropLast("_REPO".count) }
    #expect(stems.count == 5)
    for stem in stems {
      let composed = "rhcam-1-2/\(variables["\(stem)_REPO"] ?? ""):\(variables["\(stem)_TAG"] ?? "")"
      #expect(
        try journey.world.skopeo("\(mirror)/\(composed)") == journey.world.skopeo("registry.redhat.io/\(composed)"))
    }
  }
}
