internal import OCI
internal import YAML

/// The objects that tell a cluster where the mirror of an image is, one of each kind for each category.
///
/// Source: `formats/manifests.md`, "Mirror sets".
public enum MirrorSets {
  /// Whether objects of a kind are mirror sets.
  public static func isKind(_ kind: String) -> Bool { MirrorKind(rawValue: kind) != nil }

  /// The templates for a list of images.
  ///
  /// - Parameters:
  ///   - images: The images, in the order in which mirrors of one source are to be tried.
  ///   - repositoryScope: Whether each repository stands by itself: needed where the target joins components of paths,
  ///     so that a namespace at the source is none at the target.
  ///   - earlier: Templates of earlier bundles, whose images the target has as well.
  public static func templates(
    _ images: [MirroredImage], repositoryScope: Bool = false, keeping earlier: [ClusterManifest] = []
  ) -> [ClusterManifest] {
    let all = images.filter { $0.role != .named }
    let scopes = MirrorScopes(all, repositoryScope: repositoryScope)
    return MirroredImage.Category.allCases.flatMap { category in
      let wanted = all.filter { $0.category == category }
      let digests = MirrorEntries(wanted.lazy.filter(\.isUsedByDigest), scopes)
      let tags = MirrorEntries(wanted.lazy.filter { $0.source.tag != nil }, scopes)
      return [
        object(.imageDigestMirrorSet, category, digests, earlier),
        object(.imageContentSourcePolicy, category, digests, earlier),
        object(.imageTagMirrorSet, category, tags, earlier),
      ].compactMap(\.self)
    }
  }

  private static func object(
    _ kind: MirrorKind, _ category: MirroredImage.Category, _ entries: MirrorEntries, _ earlier: [ClusterManifest]
  ) -> ClusterManifest? {
    let name = "\(kind.prefix)-\(category.rawValue)-0"
    var entries = entries
    for set in earlier where set.kind == kind.rawValue && set.name == name {
      entries.add(set.object["spec"]?[kind.list]?.elements ?? [])
    }
    guard !entries.isEmpty else { return nil }
    var metadata: [YAMLValue.Entry] = [.init("name", .string(name))]
    if category == .operator { metadata.append(.init("labels", ["operators.openshift.org/catalog": "true"])) }
    return ClusterManifest([
      "apiVersion": .string(kind.apiVersion), "kind": .string(kind.rawValue), "metadata": .mapping(metadata),
      "spec": .mapping([.init(kind.list, entries.value)]),
    ])
  }
}

/// The three kinds of mirror sets.
enum MirrorKind: String, CaseIterable {
  case imageDigestMirrorSet = "ImageDigestMirrorSet"
  case imageTagMirrorSet = "ImageTagMirrorSet"
  case imageContentSourcePolicy = "ImageContentSourcePolicy"

  /// What names begin with.
  var prefix: String {
    switch self {
    case .imageDigestMirrorSet: "idms"
    case .imageTagMirrorSet: "itms"
    case .imageContentSourcePolicy: "icsp"
    }
  }

  var apiVersion: String {
    self == .imageContentSourcePolicy ? "operator.openshift.io/v1alpha1" : "config.openshift.io/v1"
  }

  /// The member of `spec` that holds the entries.
  var list: String {
    switch self {
    case .imageDigestMirrorSet: "imageDigestMirrors"
    case .imageTagMirrorSet: "imageTagMirrors"
    case .imageContentSourcePolicy: "repositoryDigestMirrors"
    }
  }
}

extension MirroredImage {
  fileprivate var isUsedByDigest: Bool { source.digest != nil || role == .payload }
}
