internal import Diagnostics
public import Digests
internal import JSON
internal import OCI

extension BundleIndex {
  /// One operator catalog whose image is among the images.
  public struct Catalog: Sendable, Equatable {
    /// The greatest number of catalogs.
    static let maximumCount = 4096

    /// The digest of the root manifest of its image, as it is packed.
    public var digest: Digest
    /// The packages that it has, ascending by name.
    public var packages: [CatalogPackage]
    /// Whether something was left out of it, or it was made anew, so that its image is not the publisher's.
    public var pruned: Bool
    /// Where it came from, as it was asked for.
    public var source: String

    /// Makes one.
    public init(digest: Digest, packages: [CatalogPackage], pruned: Bool, source: String) {
      self.digest = digest
      self.packages = packages
      self.pruned = pruned
      self.source = source
    }
  }

  /// One package of a catalog, as it is packed.
  public struct CatalogPackage: Sendable, Equatable {
    /// The names of its operator bundles, ascending.
    public var operatorBundles: [String]
    /// The names of its channels, ascending.
    public var channels: [String]
    /// One of the channels.
    public var defaultChannel: String
    /// Its name.
    public var name: String

    /// Makes one.
    public init(operatorBundles: [String], channels: [String], defaultChannel: String, name: String) {
      self.operatorBundles = operatorBundles
      self.channels = channels
      self.defaultChannel = defaultChannel
      self.name = name
    }
  }

  /// Checks that each catalog is one of the images, and that names are in order.
  ///
  /// - Parameter manifests: The root manifests of the images.
  func checkCatalogs(_ manifests: Set<Digest>) throws(SealiftError) {
    var sources: Set<String> = []
    for catalog in catalogs {
      guard !catalog.source.isEmpty else { throw .index("a catalog has no source") }
      let name = "catalog \(catalog.source)"
      guard sources.insert(catalog.source).inserted else { throw .index("\(name) is listed twice") }
      guard manifests.contains(catalog.digest) else {
        throw .index("the image of \(name), \(catalog.digest), is not among the images")
      }
      try Self.checkOrder(catalog.packages.map(\.name), "the packages of \(name)")
      for package in catalog.packages {
        try Self.checkOrder(package.channels, "the channels of package '\(package.name)'")
        try Self.checkOrder(package.operatorBundles, "the bundles of package '\(package.name)'")
        guard package.channels.contains(package.defaultChannel) else {
          throw .index("package '\(package.name)' has no channel '\(package.defaultChannel)', its default")
        }
      }
    }
  }

  /// Checks that names are ascending by their bytes, so that none stands twice, and that none is empty.
  static func checkOrder(_ names: [String], _ what: String) throws(SealiftError) {
    guard !names.contains("") else { throw .index("a name among \(what) is empty") }
    for (name, next) in zip(names, names.dropFirst()) {
      guard name.utf8.lexicographicallyPrecedes(next.utf8) else {
        throw .index("\(what) are not in order: '\(next)' comes after '\(name)'")
      }
    }
  }
}

extension JSONReader {
  /// Reads an element of `catalogs`.
  mutating func catalog(_ texts: inout TextCount) throws(SealiftError) -> BundleIndex.Catalog {
    var digest: Digest?
    var packages: [BundleIndex.CatalogPackage]?
    var pruned: Bool?
    var source: String?
    try object { (reader, name) throws(SealiftError) in
      switch name {
      case "digest": digest = try reader.digest()
      case "packages":
        packages = try texts.list(&reader) { (reader, texts) throws(SealiftError) in try reader.catalogPackage(&texts) }
      case "pruned": pruned = try reader.boolean()
      case "source": source = try reader.string()
      default: try reader.skip()
      }
    }
    guard let digest, let packages, let pruned, let source else {
      throw failure("a catalog lacks its digest, packages, pruned or source")
    }
    return BundleIndex.Catalog(digest: digest, packages: packages, pruned: pruned, source: source)
  }

  private mutating func catalogPackage(_ texts: inout TextCount) throws(SealiftError) -> BundleIndex.CatalogPackage {
    try texts.count(in: self)
    var (bundles, channels): ([String]?, [String]?)
    var (defaultChannel, packageName): (String?, String?)
    try object { (reader, name) throws(SealiftError) in
      switch name {
      case "bundles": bundles = try texts.list(&reader)
      case "channels": channels = try texts.list(&reader)
      case "defaultChannel": defaultChannel = try reader.string()
      case "name": packageName = try reader.string()
      default: try reader.skip()
      }
    }
    guard let bundles, let channels, let defaultChannel, let packageName else {
      throw failure("a package lacks its bundles, channels, defaultChannel or name")
    }
    return BundleIndex.CatalogPackage(
      operatorBundles: bundles, channels: channels, defaultChannel: defaultChannel, name: packageName)
  }
}

extension JSONWriter {
  /// Writes an element of `catalogs`.
  mutating func catalog(_ catalog: BundleIndex.Catalog) {
    object { writer in
      writer.member("digest", catalog.digest.description)
      writer.member("packages")
      writer.array(of: catalog.packages) { writer, package in
        writer.object { writer in
          writer.member("bundles")
          writer.array(of: package.operatorBundles) { $0.string($1) }
          writer.member("channels")
          writer.array(of: package.channels) { $0.string($1) }
          writer.member("defaultChannel", package.defaultChannel)
          writer.member("name", package.name)
        }
      }
      writer.member("pruned", catalog.pruned)
      writer.member("source", catalog.source)
    }
  }
}
