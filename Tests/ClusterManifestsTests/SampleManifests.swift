import ClusterManifests
import Digests
import OCI

/// Values that several suites use.
enum Sample {
  static let payload = digest("a")
  static let graph = digest("b")

  static func digest(_ digit: Character) -> Digest {
    guard let digest = Digest(hex: String(repeating: digit, count: 64)) else { preconditionFailure("not a digest") }
    return digest
  }

  static func image(
    _ source: String, _ destination: String, _ category: MirroredImage.Category = .generic,
    _ role: MirroredImage.Role = .other
  ) throws -> MirroredImage {
    MirroredImage(source: try ImageReference(source), destination: destination, category: category, role: role)
  }

  static let target = MirrorTarget(registry: "mirror.local:8443") { $0.isEmpty ? "ns" : "ns/\($0)" }

  static let release = CarriedRelease(
    version: "4.18.1", architecture: "amd64", digest: payload, signatures: [[0x90, 0xFF, 0x00], [0x01]])

  static func catalog(
    _ destination: String = "redhat/redhat-operator-index", _ version: ManifestReference = .tag("v4.18"),
    form: CarriedCatalog.Form = .published, template: String? = nil, isNamedByTag: Bool = false
  ) throws -> CarriedCatalog {
    CarriedCatalog(
      source: "registry.redhat.io/\(destination):\(version)", destination: destination, version: version,
      tag: version.description.replacing(":", with: "-"), digest: digest("9"), form: form,
      template: try template.map { try CatalogSourceTemplate(Array($0.utf8), path: "cs.yaml") },
      isNamedByTag: isNamedByTag)
  }

  /// One image of each sort.
  static func images() throws -> [MirroredImage] {
    [
      try image(
        "quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64", "openshift/release-images", .release, .payload),
      try image("quay.io/openshift-release-dev/ocp-v4.0-art-dev@\(digest("c"))", "openshift/release", .release),
      try image("quay.io/openshift-release-dev/ocp-v4.0-art-dev@\(digest("d"))", "openshift/release", .release),
      try image(
        "registry.redhat.io/redhat/redhat-operator-index:v4.18", "redhat/redhat-operator-index", .operator, .named),
      try image("registry.redhat.io/foo/bar@\(digest("e"))", "foo/bar", .operator),
      try image("registry.access.redhat.com/ubi9/ubi:9.5", "ubi9/ubi"),
    ]
  }

  static func templates() throws -> [ClusterManifest] {
    try ClusterManifestTemplates.all(
      images: images(), releases: [release],
      updateService: UpdateService.template(graphImage: "openshift/graph-image", digest: graph), catalogs: [catalog()])
  }

  static func directory(
    api: MirrorAPI = .idms, clusterVersion: ClusterVersion? = ClusterVersion(major: 4, minor: 18),
    certificateAuthority: String? = nil
  ) throws -> ClusterManifestDirectory {
    ClusterManifestDirectory(
      templates: try templates(),
      images: [
        .init(source: "quay.io/a/b:2", destination: "a/b", tags: ["2", "1"], digest: digest("c")),
        .init(source: "quay.io/a/b@\(digest("d"))", destination: "a/b", tags: [], digest: digest("d")),
      ],
      releases: [release],
      cluster: TargetCluster(
        target: target, api: api, version: clusterVersion, certificateAuthority: certificateAuthority))
  }
}

extension ClusterManifest {
  var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension ClusterManifestDirectory {
  func texts() throws -> [String: String] {
    Dictionary(uniqueKeysWithValues: try files().map { ($0.path, String(decoding: $0.bytes, as: UTF8.self)) })
  }
}
