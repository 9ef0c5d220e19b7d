import ClusterManifests
import Diagnostics
import Digests
import Testing

@Suite struct InstructionsTests {
  private func directory(_ api: MirrorAPI = .idms) throws -> ClusterManifestDirectory {
    var directory = try Sample.directory(api: api)
    directory.images.append(
      .init(
        source: "quay.io/p:1", destination: "openshift/release-images", tags: ["4.18.1-x86_64"], digest: Sample.payload)
    )
    return directory
  }

  @Test func theyAreThoseOfTheReference() throws {
    let text = try #require(try directory().instructions())
    #expect(text.updateImages == ["mirror.local:8443/ns/openshift/release-images:4.18.1-x86_64"])
    #expect(text.mirrorPrefix == "mirror.local:8443/ns/openshift/release")
    #expect(text.installConfig.hasPrefix("imageDigestSources:\n- mirrors:\n  - mirror.local:8443/ns/openshift/"))
    #expect(text.mirrorSets.contains("kind: ImageDigestMirrorSet\n") && !text.mirrorSets.contains("---"))
    #expect(text.signatures == ["ConfigMap/\(Sample.payload.tag).yaml"])
  }

  @Test func olderClustersHaveTheirOwn() throws {
    let text = try #require(try directory(.icsp).instructions())
    #expect(text.installConfig.hasPrefix("imageContentSources:\n") && text.installMember == "imageContentSources")
    #expect(text.mirrorSets.contains("kind: ImageContentSourcePolicy\n"))
  }

  @Test func objectsOfTheUserThatFitNoTargetAreNoHindrance() throws {
    var directory = try directory()
    let expected = try directory.instructions()
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: at sealift.target.invalid}\n"
    directory.templates.append(try ClusterManifest(Array(text.utf8), source: "a.yaml", isForeign: true))
    #expect(throws: SealiftError.self) { try directory.files() }
    #expect(try directory.instructions() == expected)
  }

  @Test func withoutAReleaseThereAreNone() throws {
    var directory = try directory()
    directory.releases = []
    #expect(try directory.instructions() == nil)
  }

  @Test func whatIsNoImageOfARegistryIsACommentInTheMapping() throws {
    var directory = try directory()
    directory.images = [
      .init(
        source: "built:graph-data", destination: "openshift/graph-image", tags: ["latest"], digest: Sample.graph,
        isAtRegistry: false),
      .init(
        source: "quay.io/x/y-operator@\(Sample.payload)", destination: "x/y-operator", tags: [], digest: Sample.payload),
    ]
    #expect(
      try directory.texts()["mapping.txt"] == """
        quay.io/x/y-operator@\(Sample.payload)=mirror.local:8443/ns/x/y-operator@\(Sample.payload)
        # built:graph-data=mirror.local:8443/ns/openshift/graph-image:latest

        """)
  }

  @Test(arguments: [
    ("mtc-operator", "stunnel_tcp_proxy"), ("crane-operator", "replication repository"),
    ("odf-multicluster-orchestrator", "ManagedClusterAddOn"), ("redhat-oadp-operator", "backupLocations"),
  ])
  func whatStaysTheUsersIsNamedForKnownPackages(package: String, word: String) throws {
    var directory = try directory()
    let without = try #require(try directory.texts()["NEXT-STEPS.md"])
    directory.packages = ["another", package]
    let with = try #require(try directory.texts()["NEXT-STEPS.md"])
    #expect(with.contains(word) && !without.contains(word) && !without.contains("what stays yours"))
  }

  @Test func anOldClusterGetsOnlyWhatTheUserBrings() throws {
    var directory = try Sample.directory(
      api: .icsp, clusterVersion: ClusterVersion(major: 3, minor: 11), certificateAuthority: "pem")
    let object = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\n"
    directory.templates.append(try ClusterManifest(Array(object.utf8), source: "x", isForeign: true))
    let texts = try directory.texts()
    #expect(texts.keys.filter { $0.hasSuffix(".yaml") } == ["Deployment/b_a.yaml"])
    let steps = try #require(texts["NEXT-STEPS.md"])
    #expect(steps.contains("oc secrets link default mirror --for=pull") && steps.contains("/etc/docker/certs.d/"))
    for word in ["openshift-config", "machineconfigpool", "image.config", "adm upgrade"] {
      #expect(!steps.contains(word), "\(word)")
    }
  }
}
