import ClusterManifests
import JSON
import TestSupport
import Testing
import YAML

/// Every object against what the published definition of its kind takes.
@Suite(.enabled(if: SchemaValidator.isInstalled, "\(SchemaValidator.reason)")) struct SchemaTests {
  @Test func everyObjectIsWhatItsKindTakes() throws {
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    let files = try Sample.directory(api: .both, certificateAuthority: certificate).files()
      .filter { $0.path.hasSuffix(".yaml") || $0.path.hasSuffix(".off") }
      .map { try ManifestFile($0.bytes, source: $0.path) }
    #expect(Set(files.map(\.kind)).count == 6)
    for file in try files + Sample.templates() {
      #expect(
        try SchemaValidator("manifests/\(file.kind).schema.json").verdicts([file.json()]) == ["ok"], "\(file.path)")
    }
  }

  @Test(arguments: [
    ("ImageDigestMirrorSet", "apiVersion: config.openshift.io/v1", "apiVersion: config.openshift.io/v1alpha1"),
    ("ImageDigestMirrorSet", "source: ", "origin: "),
    ("ImageDigestMirrorSet", "source: quay.io", "source: https://quay.io"),
    ("ImageTagMirrorSet", "- mirror.local:8443/ns", "- mirror.local:8443/NS"),
    ("ImageContentSourcePolicy", "repositoryDigestMirrors", "imageDigestMirrors"),
    ("ConfigMap", ": kP8A", ": kP8"),
    ("ConfigMap", "-1: ", "-1/: "),
    ("UpdateService", "@sha256:", ":"),
    ("UpdateService", "replicas: 2", "replicas: 0"),
  ])
  func theSchemasRefuseWhatAClusterRefuses(kind: String, text: String, replacement: String) throws {
    let files = try Sample.directory(api: .both).files().filter { $0.path.hasPrefix("\(kind)/") }
    let changed = try files.map { file in
      let whole = String(decoding: file.bytes, as: UTF8.self).replacing(text, with: replacement)
      return try ManifestFile(Array(whole.utf8), source: file.path).json()
    }
    #expect(try SchemaValidator("manifests/\(kind).schema.json").verdicts(changed).contains { $0 != "ok" })
  }
}
