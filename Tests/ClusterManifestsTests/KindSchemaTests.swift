import ClusterManifests
import JSON
import TestSupport
import Testing
import YAML

/// Every object against what the published definition of its kind takes.
@Suite(.enabled(if: SchemaValidator.isInstalled, "\(SchemaValidator.reason)")) struct KindSchemaTests {
  @Test func everyObjectIsWhatItsKindTakes() throws {
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    let files = try Sample.directory(api: .both, certificateAuthority: certificate).files()
      .filter { $0.path.hasSuffix(".yaml") || $0.path.hasSuffix(".off") }
      .map { try ClusterManifest($0.bytes, source: $0.path) }
    #expect(Set(files.map(\.kind)).count == 9)
    for file in try files + Sample.templates() {
      #expect(
        try SchemaValidator("manifests/\(file.kind).schema.json").verdicts([file.json()]) == ["ok"], "\(file.path)")
    }
  }

  @Test func catalogsOfEverySortAreWhatTheirKindsTake() throws {
    let template = """
      apiVersion: operators.coreos.com/v1alpha1
      kind: CatalogSource
      metadata: {name: mine, namespace: ours, labels: {a: b}, annotations: {c: d}}
      spec:
        displayName: Mine
        priority: -1
        icon: {base64data: "", mediatype: ""}
        secrets: [pull]
        updateStrategy: {registryPoll: {interval: 30m}}
        grpcPodConfig:
          securityContextConfig: restricted
          memoryTarget: 30Mi
          nodeSelector: {kubernetes.io/os: linux}
          tolerations: [{key: a, operator: Exists, effect: NoSchedule}]
          extractContent: {cacheDir: /tmp/cache, catalogDir: /configs}
      """
    for form in [CarriedCatalog.Form.published, .rebuilt, .documents(hasCache: true), .documents(hasCache: false)] {
      for template in [nil, template] {
        for isNamedByTag in [false, true] {
          let catalog = try Sample.catalog(form: form, template: template, isNamedByTag: isNamedByTag)
          for file in try catalog.templates() {
            let verdicts = try SchemaValidator("manifests/\(file.kind).schema.json").verdicts([file.json()])
            #expect(verdicts == ["ok"], "\(file.text)")
          }
        }
      }
    }
  }

  @Test(arguments: [
    ("CatalogSource", "sourceType: grpc", "sourceType: configmap"),
    ("CatalogSource", "image: ", "picture: "),
    ("CatalogSource", "@sha256:", "@sha256:0"),
    ("CatalogSource", "name: cs-", "name: CS-"),
    ("CatalogSource", "namespace: ", "labels: {a: b}\n  space: "),
    ("ClusterCatalog", "type: Image", "type: image"),
    ("ClusterCatalog", "ref: mirror", "pollIntervalMinutes: 5\n      ref: mirror"),
    ("ClusterCatalog", "v1\n", "v1alpha1\n"),
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
      return try ClusterManifest(Array(whole.utf8), source: file.path).json()
    }
    #expect(try SchemaValidator("manifests/\(kind).schema.json").verdicts(changed).contains { $0 != "ok" })
  }
}
