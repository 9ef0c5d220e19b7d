import Digests
import SystemIO
import TestSupport
import Testing

/// The migration of applications with the package manifests and files of an operator that was published.
@Suite(
  .enabled(if: JourneyWorld.isPossible, "\(JourneyWorld.reason)"),
  .enabled(if: Corpus.isPresent, "\(Corpus.reason)"))
struct PublishedMigrationJourneyTests {
  private let directory: TemporaryDirectory
  private let deploy = Corpus.path("bundles/mtc/konveyor-mig-operator-release-1.2.5/deploy")

  init() throws {
    directory = try TemporaryDirectory()
    try File(directory("config.yaml"), .replace).write(
      Array(
        """
        apiVersion: mirror.openshift.io/v2alpha1
        kind: ImageSetConfiguration
        mirror:
          operators:
            - catalog: dir:manifests-redhat-operators
              targetCatalog: migration/operators
              targetTag: v4.3
              targetCatalogSourceTemplate: catalogsource.yaml
              packages:
                - name: konveyor-operator
                  channels:
                    - name: release-v1.2
          extract:
            - image: quay.io/konveyor/mig-operator-container:release-1.2.5
              paths: [/operator.yml, /controller-3.yml]
              rewriteImages: true
              variables: {REGISTRY: host, PROJECT: path}
              profiles: [openshift-3]
          manifests:
            - path: openshift-4
              profiles: [openshift-4]

        """.utf8))
  }

  @Test func theRealOperatorIsPackedAndItsFilesNameTheMirror() throws {
    let mirror = "registry.example.com:8443/published"
    let journey = try Journey(
      "application-migration", "SEALIFT_CONFIG=\(directory("config.yaml"))", "SEALIFT_TARGET=\(mirror)",
      "SEALIFT_OPERATOR_MANIFESTS=\(deploy)/olm-catalog")
    try journey.expectPlanOfBundle()
    #expect(try journey.text("plan.txt").contains("konveyor-operator: release-v1.2 (default); 1 bundle\n"))

    // All that the version names is there, and only one version.
    let service = "olm-catalog/konveyor-operator/v1.2.5/konveyor-operator.v1.2.5.clusterserviceversion.yaml"
    let text = String(decoding: try FileSystem.read("\(deploy)/\(service)", limit: 1 << 22), as: UTF8.self)
    let named = Set(text.matches(of: /quay\.io\/(konveyor\/[a-z0-9._:-]+)/).map { String($0.1) })
    let tags = try journey.world.tags(below: "published").map { String($0.prefix { $0 != " " }) }
    #expect(named.count == 11 && Set(tags) == named.union(["migration/operators:v4.3"]), "\(tags)")

    // The file that was published, but for its images.
    let name = "konveyor/mig-operator-container"
    let digest = try journey.world.skopeo("\(mirror)/\(name):release-1.2.5")
    let lifted = try journey.text("manifests/openshift-3/Deployment/openshift-migration_migration-operator.yaml")
    let original = String(
      decoding: try FileSystem.read("\(deploy)/non-olm/v1.2.5/operator.yml", limit: 1 << 22), as: UTF8.self)
    #expect(original.contains("image: quay.io/\(name):release-1.2.5\n"))
    #expect(lifted.contains("image: \(mirror)/\(name)@\(digest)\n") && !lifted.contains("quay.io"))
    #expect(lifted.contains("- name: REGISTRY\n          value: \(mirror)\n"), "\(lifted)")
    #expect(lifted.contains("- name: PROJECT\n          value: konveyor\n"))
  }
}
