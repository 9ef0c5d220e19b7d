/// A file-based catalog, as far as its documents were kept.
public struct Catalog: Sendable {
  /// The packages by name.
  public internal(set) var packages: [String: CatalogPackage] = [:]
  /// Documents of unknown schemas that belong to no package.
  public internal(set) var others: [CatalogDocument] = []
  /// What cannot be read, and nobody can tell whose it is: one sentence each.
  public internal(set) var flaws: [String] = []

  init() {}

  /// The names of all packages, sorted.
  public var packageNames: [String] { packages.keys.sorted(by: byteOrder) }

  /// The packages, sorted by name.
  public var sortedPackages: [CatalogPackage] { packageNames.compactMap { packages[$0] } }
}

/// All documents of one package.
public struct CatalogPackage: Sendable {
  /// The name.
  public let name: String
  /// The channel that is taken where none is asked for; empty if the package does not say.
  public internal(set) var defaultChannel = ""
  /// The channels, in the order in which they were read.
  public internal(set) var channels: [CatalogChannel] = []
  /// The bundles, in the order in which they were read.
  public internal(set) var bundles: [OperatorBundle] = []
  /// What is deprecated.
  public internal(set) var deprecations: [DeprecationList] = []
  /// Documents of unknown schemas.
  public internal(set) var others: [CatalogDocument] = []

  /// How many documents of schema `olm.package` there are, and those that are kept.
  var packageDocumentCount = 0
  var packageDocuments: [CatalogDocument] = []
  /// What cannot be read of it, but for bundles: a sentence each, without its subject.
  var flaws: [String] = []

  init(name: String) { self.name = name }

  /// The channel of a name.
  public func channel(_ name: String) -> CatalogChannel? { channels.first { $0.name == name } }

  /// Whether all that there is are documents of unknown schemas.
  var isOnlyOthers: Bool {
    packageDocumentCount == 0 && channels.isEmpty && bundles.isEmpty && deprecations.isEmpty && flaws.isEmpty
  }

  /// The bundle of a name.
  public func bundle(_ name: String) -> OperatorBundle? { bundles.first { $0.name == name } }
}

/// An update path: which bundle replaces which.
public struct CatalogChannel: Sendable {
  /// One bundle's place in a channel.
  public struct Entry: Sendable, Equatable {
    /// The name of the bundle.
    public let name: String
    /// The bundle that it replaces, if any; it need not be in the channel.
    public let replaces: String?
    /// The bundles that are passed over on the way to it; they need not be in the channel.
    public let skips: [String]
    /// A range of versions that update to it directly; empty for none.
    public let skipRange: String

    /// Makes one.
    public init(name: String, replaces: String? = nil, skips: [String] = [], skipRange: String = "") {
      self.name = name
      self.replaces = replaces
      self.skips = skips
      self.skipRange = skipRange
    }
  }

  /// The name.
  public let name: String
  /// The package to which it belongs.
  public let package: String
  /// The bundles.
  public internal(set) var entries: [Entry]
  /// The document, if it is kept.
  public internal(set) var document: CatalogDocument?
}

/// What a package says about deprecated parts of itself.
public struct DeprecationList: Sendable {
  /// One deprecated part.
  public struct Entry: Sendable, Equatable {
    /// `olm.package`, `olm.channel` or `olm.bundle`.
    public let schema: String
    /// The channel or bundle; empty for the package.
    public let name: String
    /// What users are told.
    public let message: String
  }

  /// The parts.
  public internal(set) var entries: [Entry]
  /// The document, if it is kept.
  public internal(set) var document: CatalogDocument?
}

/// The order of names in everything that is written: that of their bytes, as in Go.
func byteOrder(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
