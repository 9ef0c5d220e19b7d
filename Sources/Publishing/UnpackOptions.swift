public import Content
internal import SystemIO

/// What `unpack` is asked to do.
public struct UnpackOptions: Sendable {
  /// What the user names as the bundle.
  public var bundle: BundlePlaces
  /// `REGISTRY[:PORT][/prefix]`, `oci:DIR` or `file://DIR`; `nil` where only files are wanted.
  public var target: String?
  /// Whom to trust.
  public var trust: TrustOptions
  /// Whom to trust in what releases are.
  public var releaseTrust: ReleaseTrustOptions
  /// How registries are reached.
  public var registry: RegistryAccess
  /// Where the receipt is written.
  public var receipt: String?
  /// The greatest number of components in a repository's path; what is over is joined with `-`.
  public var maxNestedPaths: Int?
  /// The cluster manifests that are wanted, if they are.
  public var clusterManifests: ClusterManifestOptions?
  /// The directory that the bundle's files are written into, if they are wanted.
  public var files: String?
  /// The profile whose manifests and files are wanted beside those of all profiles.
  public var profile: String?
  /// How many transfers run at once, at most.
  public var parallel = 16
  /// Patterns of images: only those that one of them matches are wanted; none wants all.
  public var only: [String] = []
  /// Patterns of images that are not wanted.
  public var except: [String] = []
  /// Whether signatures and other referrers are wanted.
  public var withReferrers = true
  /// Whether lists that were packed in part are made anew, of what there is of them.
  public var rewritesLists = false
  /// Whether what the target does not take is left out, and the rest is brought.
  public var keepsGoing = false
  /// Whether nothing may be replaced that another bundle has put there.
  public var refusesReplacing = false
  /// Receipts of earlier runs and earlier bundles, with whose catalogs those of the bundle are merged.
  public var mergedWith: [String] = []
  /// Older bundles at hand, out of which is taken what the target lacks of what the bundle rests on.
  public var bases: [String] = []
  /// Whether all that the bundle rests on is read to its end at a registry, too.
  public var provesHeld = false
  /// The key that signs the receipt.
  public var receiptKey: KeyFile?
  /// Whether the target registry keeps a record of the bundle.
  public var keepsRecord = true
  /// Whether only the plan is wanted.
  public var isDryRun = false
  /// How long manifests may be without a tag before they are sent again: registries such as Quay drop them after an hour.
  public var refreshInterval = Duration.seconds(45 * 60)

  /// How many of all run at once.
  var lanes: Lanes { Lanes(transfers: parallel, requests: registry.requestsAtOnce) }

  /// Makes options.
  public init(bundle: BundlePlaces, target: String?, trust: TrustOptions, registry: RegistryAccess) {
    self.bundle = bundle
    self.target = target
    self.trust = trust
    self.registry = registry
    releaseTrust = ReleaseTrustOptions(environment: registry.environment)
  }
}
