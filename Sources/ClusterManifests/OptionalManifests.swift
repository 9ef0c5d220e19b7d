internal import YAML

/// Objects that are not applied unless a person renames their files: they would change what the cluster has.
enum OptionalManifests {
  static let certificatesName = "mirror-registry-ca"

  /// The path of an object; it does not end in .yaml, .yml or .json, so that `apply -R` passes it over.
  static func path(of file: ManifestFile) -> String { "optional/\(stem(of: file)).yaml.off" }

  /// - Parameter written: The objects that are applied.
  static func all(of directory: ManifestDirectory, _ written: [ManifestFile]) -> [ManifestFile] {
    certificates(of: directory) + (written.contains { $0.kind == "CatalogSource" } ? [operatorHub] : [])
  }

  /// Takes away the catalogs that a cluster has by itself, none of which it can reach without the internet.
  static let operatorHub = ManifestFile([
    "apiVersion": "config.openshift.io/v1", "kind": "OperatorHub", "metadata": ["name": "cluster"],
    "spec": ["disableAllDefaultSources": .plain("true")],
  ])

  private static func certificates(of directory: ManifestDirectory) -> [ManifestFile] {
    guard let certificateAuthority = directory.certificateAuthority else { return [] }
    // A key of a ConfigMap cannot hold a colon, and two dots stand for it.
    let registry = directory.target.registry.replacing(":", with: "..")
    let certificates: YAMLValue = [
      "apiVersion": "v1",
      "data": .mapping([
        .init(registry, .string(certificateAuthority)), .init("updateservice-registry", .string(certificateAuthority)),
      ]),
      "kind": "ConfigMap", "metadata": ["name": .string(certificatesName), "namespace": "openshift-config"],
    ]
    let image: YAMLValue = [
      "apiVersion": "config.openshift.io/v1", "kind": "Image", "metadata": ["name": "cluster"],
      "spec": ["additionalTrustedCA": ["name": .string(certificatesName)]],
    ]
    return [ManifestFile(certificates), ManifestFile(image)]
  }

  private static func stem(of file: ManifestFile) -> String {
    switch file.kind {
    case "OperatorHub": "operatorhub"
    case "ClusterCatalog": "clustercatalog-\(file.name)"
    case let kind where MirrorKind(rawValue: kind) != nil: file.name
    default: "\(file.kind)-\(file.name)"
    }
  }
}
