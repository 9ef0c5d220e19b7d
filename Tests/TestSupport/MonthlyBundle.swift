internal import BundleFormat
internal import Digests
internal import OCI
internal import Signing
internal import SystemIO

/// A bundle with something of every kind, and the one that comes a month later.
public enum MonthlyBundle {
  /// The first one.
  public static var october: BundleDraft { get throws { try bundle(.october) } }
  /// The one that comes after it.
  public static var november: BundleDraft { get throws { try bundle(.november) } }

  /// Both as files, and the public key that signs them.
  public static func files() throws -> (directory: TemporaryDirectory, old: String, new: String, key: String) {
    let directory = try TemporaryDirectory()
    let (old, new, key) = (directory("old"), directory("new"), directory("key.pub"))
    try FileSystem.write(october.bytes(), to: old)
    try FileSystem.write(november.bytes(), to: new)
    try FileSystem.write(TinyBundle.exampleKey.publicKey.pem, to: key)
    return (directory, old, new, key)
  }

  /// What differs.
  private struct Month {
    let release: String
    let operatorVersion: String
    let chart: String
    let settings: String
    let tool: String

    static let october = Month(
      release: "4.18.1", operatorVersion: "1.8.3", chart: "6.5.0", settings: "hello", tool: "a tool")
    static let november = Month(
      release: "4.18.2", operatorVersion: "1.8.10", chart: "6.5.1", settings: "goodbye", tool: "a newer tool")
  }

  private static func bundle(_ month: Month) throws -> BundleDraft {
    var draft = BundleDraft()
    let base = draft.addBlob(Array("base".utf8))
    let config = draft.addMetadata(.ociConfig, Array(#"{"architecture":"amd64","os":"linux"}"#.utf8))
    func image(_ text: String) -> Descriptor {
      draft.addManifest(config: config, layers: [base, draft.addBlob(Array(text.utf8))])
    }
    let app = image("the application")
    draft.addImage(app, at: "team/app", tags: ["1.0"])
    draft.index.images[0].platforms = ["linux/amd64"]
    addSBOM(of: app, to: &draft)
    let payload = image("release \(month.release)")
    draft.addImage(payload, at: "openshift/release", tags: [month.release], reason: .release("\(month.release) amd64"))
    draft.index.releases = [
      .init(
        architecture: "amd64", digest: payload.digest, signatures: [],
        source: "quay.example/release@\(payload.digest)", version: month.release)
    ]
    addCatalog(image("catalog \(month.operatorVersion)"), image("mover \(month.operatorVersion)"), month, to: &draft)
    let chart = draft.addManifest(
      config: draft.addMetadata(.init(rawValue: "application/vnd.cncf.helm.config.v1+json"), Array("{ }".utf8)),
      layers: [
        draft.addBlob(
          Array("chart \(month.chart)".utf8),
          .init(rawValue: "application/vnd.cncf.helm.chart.content.v1.tar+gzip"))
      ])
    draft.addImage(chart, at: "charts/podinfo", tags: [month.chart], reason: .chart("podinfo \(month.chart)"))
    let file = draft.addBlob(Array(month.tool.utf8), .bytes)
    draft.index.carriedFiles = [
      .init(digest: file.digest, name: "tool.bin", profiles: [], source: "https://files.example/tool.bin")
    ]
    addObjects(month, to: &draft)
    draft.keys = [try TinyBundle.exampleKey]
    return draft
  }

  private static func addSBOM(of app: Descriptor, to draft: inout BundleDraft) {
    let sbom = draft.addManifest(
      config: draft.addMetadata(.init(rawValue: "application/vnd.oci.empty.v1+json"), Array("{}".utf8)),
      layers: [draft.addBlob(Array("an SBOM".utf8), .init(rawValue: "application/spdx+json"), .zstd)], subject: app)
    draft.addImage(
      sbom, at: "team/app", tags: [], reason: .referrer(ImageReason.referrerKind, of: app.digest), subject: app.digest)
  }

  private static func addCatalog(
    _ catalog: Descriptor, _ mover: Descriptor, _ month: Month, to draft: inout BundleDraft
  ) {
    let name = "mover.v\(month.operatorVersion)"
    draft.addImage(catalog, at: "team/catalog", tags: ["v4.18"], reason: .catalog)
    draft.addImage(mover, at: "team/mover", tags: [month.operatorVersion], reason: .operatorBundle(name))
    draft.index.catalogs = [
      .init(
        digest: catalog.digest,
        packages: [
          .init(operatorBundles: [name], channels: ["fast", "stable"], defaultChannel: "stable", name: "mover")
        ], pruned: true, source: "registry.example/team/catalog:v4.18")
    ]
  }

  private static func addObjects(_ month: Month, to draft: inout BundleDraft) {
    draft.addFile(HostileBundle.mirrors, HostileBundle.mirrorSet("idms-release-0"))
    draft.addFile(HostileBundle.settings, HostileBundle.configMap("settings", month.settings))
    draft.index.carriedObjects = [.init(path: HostileBundle.settings, profiles: ["hub"], source: "settings.yaml")]
    draft.index.tools = [
      .init(digest: SHA256Hasher.digest(of: Array("sealift".utf8)), path: "bin/sealift", size: 7)
    ]
    guard month.release == Month.november.release else { return }
    let binding = "config/ClusterRoleBinding/mover.yaml"
    draft.addFile(
      binding, "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: mover\n")
    draft.index.carriedObjects.insert(.init(path: binding, profiles: [], source: "rbac.yaml"), at: 0)
  }
}

extension BundleDraft {
  /// Gives the object that the user has brought another text.
  public mutating func setGreeting(_ text: String) {
    addFile(HostileBundle.settings, HostileBundle.configMap("settings", text))
  }
}
