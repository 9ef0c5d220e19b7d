public import Content
public import Parity
public import SystemIO

/// What `pack` is asked to do.
public struct PackOptions: Sendable {
  /// The path of the configuration file.
  public var configuration: String?
  /// Images named one by one: references, `oci:DIR[:NAME]`, or `file://DIR[//REPOSITORY[:TAG|@DIGEST]]`.
  public var images: [String] = []
  /// The path of the bundle, or `-` for standard output.
  public var output: String
  /// The keys that sign.
  public var keys: [KeyFile] = []
  /// Whether a bundle without a signature is wanted.
  public var allowUnsigned = false
  /// Whether only the plan is wanted.
  public var isDryRun = false
  /// Whether signatures and other referrers travel along.
  public var withReferrers = true
  /// Whether foreign layers are left out.
  public var skipForeignLayers = false
  /// How many transfers run at once, at most.
  public var parallel = 16
  /// Where facts about releases come from, and whose signatures on them count.
  public var releases = ReleaseOptions()
  /// How operator catalogs are packed.
  public var catalogs = CatalogOptions()
  /// Whether images that are missing at their source are left out, with what needs them.
  public var keepsGoing = false
  /// Whether the program itself is left beside the bundle, with the libraries that it needs.
  public var includesSelf = false
  /// What the target has already.
  public var bases = BaseOptions()
  /// The size of a volume, if the bundle is to be written into volumes.
  public var volumeBytes: Int?
  /// How much parity is made, if any.
  public var parity: ParityAmount?
  /// Whether a label is written for each volume.
  public var writesLabels = false
  /// How registries are reached.
  public var registry: RegistryAccess
  /// The time of the bundle in seconds since 1970, from `SOURCE_DATE_EPOCH`; the clock's where it is `nil`.
  public var created: Int?

  /// How many of all run at once.
  public var lanes: Lanes { Lanes(transfers: parallel, requests: registry.requestsAtOnce) }

  /// - Parameters:
  ///   - output: The path of the bundle, or `-`.
  ///   - registry: How registries are reached.
  public init(output: String, registry: RegistryAccess) {
    self.output = output
    self.registry = registry
  }
}
