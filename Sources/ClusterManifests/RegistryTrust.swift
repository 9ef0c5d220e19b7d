internal import Diagnostics
internal import YAML

/// What makes a cluster trust the registry: the certificate of its authority, or the word that it needs none.
///
/// Source: OpenShift documentation, "Image configuration resources".
struct RegistryTrust {
  /// The certificates as a file, for those who add them to a ConfigMap that is there.
  static let authoritiesPath = "registry-ca.pem"
  static let namespace = "openshift-config"

  private let registry: String
  private let isInsecure: Bool
  private let isNamedByObjects: Bool
  /// The certificates in PEM form; none where nobody asks for them.
  let authorities: String?

  init(_ directory: ClusterManifestDirectory) {
    registry = directory.cluster.target.registry
    isInsecure = directory.cluster.isInsecure
    isNamedByObjects = !directory.isOpenShift3
    authorities = directory.cluster.isInsecure ? nil : directory.cluster.certificateAuthority
  }

  /// The keys of the certificates in a ConfigMap: the registry, in which two dots stand for a colon, and the name by
  /// which the update service looks for them.
  var keys: [String] { [registry.replacing(":", with: ".."), "updateservice-registry"] }

  /// The registry is a part of the name, so that no bundle takes away what a bundle for another registry has brought.
  var name: String {
    let suffix = String(
      registry.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" })
    return "mirror-registry-ca-\(suffix.prefix(200))"
  }

  /// The ConfigMap with the certificates; by itself it does nothing.
  var certificates: ClusterManifest? {
    guard isNamedByObjects, let authorities else { return nil }
    return ClusterManifest([
      "apiVersion": "v1", "data": .mapping(keys.map { .init($0, .string(authorities)) }), "kind": "ConfigMap",
      "metadata": ["name": .string(name), "namespace": .string(Self.namespace)],
    ])
  }

  /// Refuses objects of the bundle with the name or the path of the ConfigMap: its name is that of the target, so that
  /// nobody could see it when they were packed.
  func requireAbsence(of files: [ClusterManifest]) throws(SealiftError) {
    guard let certificates else { return }
    let path = certificates.path.lowercased()
    let other = files.first { file in
      file.path.lowercased() == path
        || (file.kind, file.namespace, file.name) == (certificates.kind, certificates.namespace, certificates.name)
    }
    guard let other else { return }
    throw SealiftError(
      .configuration, "the bundle brings \(other.path), and the certificate of --dest-ca is to have that name",
      nextStep: "put the certificate into /etc/containers/certs.d/\(registry)/ca.crt in place of --dest-ca, or pack "
        + "without that object")
  }

  /// What `image.config.openshift.io/cluster` must say.
  var imageSettings: ClusterManifest? {
    var spec: [YAMLValue.Entry] = []
    if authorities != nil { spec.append(.init("additionalTrustedCA", ["name": .string(name)])) }
    if isInsecure { spec.append(.init("registrySources", ["insecureRegistries": [.string(registry)]])) }
    if spec.isEmpty || !isNamedByObjects { return nil }
    return ClusterManifest([
      "apiVersion": "config.openshift.io/v1", "kind": "Image", "metadata": ["name": "cluster"], "spec": .mapping(spec),
    ])
  }
}
