import ClusterManifests
import Digests
import Testing

@Suite struct OcFileTests {
  @Test func theFileHasTheShapeThatOcGivesIt() {
    let digest = SHA256Hasher.digest(of: [1])
    let release = CarriedRelease(
      version: "4.18.1", architecture: "amd64", digest: digest, signatures: [[0xFB, 0xFF, 0xBF], Array("two".utf8)])
    let name = "sha256-\(digest.hex)"
    let expected =
      #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"\#(name)","namespace":"openshift-config-managed","#
      + #""labels":{"release.openshift.io/verification-signatures":""}},"#
      + #""binaryData":{"\#(name)-1":"+/+/","\#(name)-2":"dHdv"}}"# + "\n"
    #expect(release.signatureFile.map { String(decoding: $0.bytes, as: UTF8.self) } == expected)
    #expect(release.signatureFile?.name == "signature-sha256-4bf5122f344554c5.json")
  }

  @Test func aReleaseWithoutSignaturesHasNone() {
    let release = CarriedRelease(
      version: "4.18.1", architecture: "amd64", digest: SHA256Hasher.digest(of: []), signatures: [])
    #expect(release.signatureFile == nil)
  }
}
