public import Versions

/// What is wanted of one catalog, as a configuration file says it.
public struct CatalogRequest: Sendable, Hashable {
  /// The packages; none stands for all.
  public var packages: [PackageRequest]
  /// Whether whole channels are wanted, and not their heads alone.
  public var isFull: Bool

  /// Makes one.
  public init(packages: [PackageRequest] = [], isFull: Bool = false) {
    self.packages = packages
    self.isFull = isFull
  }
}

/// What is wanted of one package.
public struct PackageRequest: Sendable, Hashable {
  /// The name of the package.
  public var name: String
  /// The channels; none stands for all.
  public var channels: [ChannelRequest]
  /// The versions, in every channel; only where no channel has bounds of its own.
  public var bounds: VersionBounds
  /// The default channel of the package in place of its own.
  public var defaultChannel: String?
  /// Whether the package is here for the sake of `required` in its channels alone.
  public var isOnlyRequired: Bool

  /// Makes one.
  public init(
    name: String, channels: [ChannelRequest] = [], bounds: VersionBounds = VersionBounds(),
    defaultChannel: String? = nil, isOnlyRequired: Bool = false
  ) {
    self.name = name
    self.channels = channels
    self.bounds = bounds
    self.defaultChannel = defaultChannel
    self.isOnlyRequired = isOnlyRequired
  }
}

/// What is wanted of one channel.
public struct ChannelRequest: Sendable, Hashable {
  /// The name of the channel.
  public var name: String
  /// The versions.
  public var bounds: VersionBounds
  /// Bundles that are wanted whatever their version, because others need them.
  public var required: Set<String>
  /// Whether the channel is here for the sake of `required` alone.
  public var isOnlyRequired: Bool

  /// Makes one.
  public init(
    name: String, bounds: VersionBounds = VersionBounds(), required: Set<String> = [], isOnlyRequired: Bool = false
  ) {
    self.name = name
    self.bounds = bounds
    self.required = required
    self.isOnlyRequired = isOnlyRequired
  }
}

/// The lowest and the highest version that are wanted, both included.
///
/// A bound without a pre-release part stands for all pre-releases of its version too: `1.34.1` is neither above nor below
/// `1.34.1-5`, which is how Red Hat counts builds. Build metadata counts nowhere.
public struct VersionBounds: Sendable, Hashable, CustomStringConvertible {
  /// The lowest version; `nil` for no bound.
  public var minimum: VersionLimit?
  /// The highest version; `nil` for no bound.
  public var maximum: VersionLimit?

  /// Makes bounds as they are written.
  public init(from minimum: VersionLimit?, to maximum: VersionLimit?) {
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Makes bounds of versions.
  public init(minimum: SemanticVersion? = nil, maximum: SemanticVersion? = nil) {
    self.init(from: minimum.map(VersionLimit.init), to: maximum.map(VersionLimit.init))
  }

  /// Whether nothing is bounded.
  public var isEmpty: Bool { minimum == nil && maximum == nil }

  /// Whether no version can lie within.
  public var isContradictory: Bool {
    guard let minimum, let maximum else { return false }
    if minimum.isPrerelease, maximum.isPrerelease { return maximum.precedes(minimum.version) }
    return maximum.precedesNumbers(of: minimum.version)
  }

  /// Whether exactly one version is asked for.
  public var exact: SemanticVersion? {
    guard let minimum = minimum?.exact, let maximum = maximum?.exact, !minimum.precedes(maximum),
      !maximum.precedes(minimum)
    else { return nil }
    return minimum
  }

  /// Whether a version lies within.
  public func contains(_ version: SemanticVersion) -> Bool {
    if let minimum, minimum.isPrerelease ? minimum.follows(version) : minimum.followsNumbers(of: version) {
      return false
    }
    if let maximum, maximum.isPrerelease ? maximum.precedes(version) : maximum.precedesNumbers(of: version) {
      return false
    }
    return true
  }

  /// Whether a version is within only because bounds without a pre-release part cover pre-releases: what the ranges of
  /// oc-mirror would leave out.
  func includesQuietly(_ version: SemanticVersion) -> Bool {
    version.isPrerelease && contains(version) && minimum?.isPrerelease != true && maximum?.isPrerelease != true
  }

  /// `1.0.0 to 2.0.0`, `1.0.0 and above`, `up to 2.0.0`.
  public var description: String {
    switch (minimum, maximum) {
    case (let minimum?, let maximum?): "\(minimum) to \(maximum)"
    case (let minimum?, nil): "\(minimum) and above"
    case (nil, let maximum?): "up to \(maximum)"
    case (nil, nil): "any version"
    }
  }
}

extension VersionLimit {
  fileprivate var isPrerelease: Bool { version.isPrerelease }
}
