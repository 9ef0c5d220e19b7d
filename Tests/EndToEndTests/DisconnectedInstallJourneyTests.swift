import Digests
import SystemIO
import TestSupport
import Testing

@Suite(.enabled(if: JourneyWorld.isPossible, "\(JourneyWorld.reason)"))
struct DisconnectedInstallJourneyTests {
  @Test func aReleaseIsReadyToBeInstalledWithAndWithoutTLS() throws {
    let journey = try Journey(
      "disconnected-install", "SEALIFT_TARGET_WITHOUT_TLS=registry.example.com:5000/disconnected-install")
    let world = journey.world
    try journey.expectPlanOfBundle()
    let expected = try world.tags(ofRelease: "4.16.3")
    #expect(try world.tags(below: "disconnected-install") == expected)
    #expect(try world.tags(below: "disconnected-install", at: "plain") == expected)

    for (directory, host) in [
      ("manifests", "registry.example.com:8443"), ("manifests-without-tls", "registry.example.com:5000"),
    ] {
      let snippet = try journey.text("\(directory)/install-config-snippet.txt")
      let lines = [
        "- mirrors:", "  - \(host)/disconnected-install/openshift/release-images",
        "  source: quay.io/openshift-release-dev/ocp-release", "- mirrors:",
        "  - \(host)/disconnected-install/openshift/release",
        "  source: quay.io/openshift-release-dev/ocp-v4.0-art-dev",
      ]
      #expect(snippet.contains((["imageDigestSources:"] + lines).joined(separator: "\n")), "\(snippet)")
      #expect(snippet.contains((["imageContentSources:"] + lines).joined(separator: "\n# ")), "\(snippet)")
      // Only a registry with TLS has a certificate to trust.
      #expect(snippet.contains("\nadditionalTrustBundle: |\n") == (directory == "manifests"))
    }

    // What 'oc adm release mirror' prints.
    let printed = try journey.text("unpack.txt")
    let images = "registry.example.com:8443/disconnected-install/openshift"
    for line in [
      "Update image:  \(images)/release-images:4.16.3-x86_64", "Mirror prefix: \(images)/release",
      "imageDigestSources:",
      "kind: ImageDigestMirrorSet",
    ] {
      #expect(printed.contains("\n\(line)\n"), "\(printed)")
    }
    #expect(try journey.files("tools") == ["openshift-client-linux.tar.gz", "openshift-install-linux.tar.gz"])

    let common = [
      "ConfigMap/openshift-config-managed/\(try world.payload("4.16.3").tag)",
      "ConfigMap/openshift-config/mirror-registry-ca-registry.example.com-8443",
    ]
    #expect(try journey.expectToApplyTwice("manifests") == common + ["ImageDigestMirrorSet/idms-release-0"])
    #expect(try journey.expectToApplyTwice("manifests-icsp") == common + ["ImageContentSourcePolicy/icsp-release-0"])
  }
}
