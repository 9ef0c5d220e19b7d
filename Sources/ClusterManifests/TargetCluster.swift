/// The cluster that a directory of manifests is for, and the registry that it pulls from.
public struct TargetCluster: Sendable {
  /// The registry.
  public var target: MirrorTarget
  /// Which mirror sets are written; the others lie under `optional/`.
  public var api: MirrorAPI
  /// Its version, if that is known: an object of a kind that it does not serve lies under `optional/`.
  public var version: ClusterVersion?
  /// The certificate of the authority that vouches for the registry, in PEM form, if it is known.
  public var certificateAuthority: String?
  /// Whether the registry is reached without TLS, or with a certificate that nobody vouches for.
  public var isInsecure: Bool
  /// The profile that it has, if it has one.
  public var profile: String?

  /// Makes one.
  public init(
    target: MirrorTarget, api: MirrorAPI, version: ClusterVersion? = nil, certificateAuthority: String? = nil,
    isInsecure: Bool = false, profile: String? = nil
  ) {
    self.target = target
    self.api = api
    self.version = version
    self.certificateAuthority = certificateAuthority.map { text in
      let lines = text.replacing("\r\n", with: "\n").split(separator: "\n")
      return lines.map { $0 + "\n" }.joined()
    }
    self.isInsecure = isInsecure
    self.profile = profile
  }
}

/// What publishing a bundle has changed at its registry beyond what the bundle brings: sentences for people.
public struct RegistryChanges: Sendable {
  /// What the bundle takes the place of.
  public var replacements: [String] = []
  /// Which catalogs offer what earlier bundles have brought, too.
  public var merges: [String] = []
  /// Lists of images that were made anew.
  public var rewrittenLists: [String] = []

  /// Nothing at first.
  public init() {}
}
