public import BundleFormat
public import ClusterManifests

/// What is told of one base, and compared with what is packed.
public struct BaseFacts: Sendable {
  /// A release that it has brought.
  public struct Release: Sendable, Hashable {
    /// The version.
    public let version: String
    /// The architecture.
    public let architecture: String
  }

  /// A package of a catalog that it has brought.
  public struct Package: Sendable, Hashable {
    /// Where the catalog came from.
    public let catalog: String
    /// The package's name.
    public let name: String
  }

  /// The path by which it was named.
  public let path: String
  /// The bundle: its own id, name and time, and all repositories that it has brought something to.
  public let base: BundleIndex.Base
  /// For a receipt: the target.
  public let target: String?
  /// Its releases.
  public let releases: [Release]
  /// The packages of its catalogs; none of a receipt, which does not tell.
  public let packages: [Package]
  /// Its images that were asked for one by one, as `path:tag`; none of a receipt.
  public let images: [String]
  /// What clusters find at the mirror because of it; none of a receipt.
  public let mirrored: [MirroredImage]

  /// - Parameter index: That of the bundle.
  init(path: String, base: BundleIndex.Base, _ index: BundleIndex) {
    self.path = path
    self.base = base
    target = nil
    releases = index.releases.map { Release(version: $0.version, architecture: $0.architecture) }
    packages = index.packages
    images = index.requestedImages
    mirrored = index.mirroredImages
  }

  init(path: String, base: BundleIndex.Base, _ receipt: ReceiptContent, target: TargetAddress) {
    self.path = path
    self.base = base
    self.target = target.description
    releases = receipt.releases.map { Release(version: $0.version, architecture: $0.architecture) }
    packages = []
    images = []
    mirrored = []
  }
}

extension BundleIndex {
  /// The packages of its catalogs.
  var packages: [BaseFacts.Package] {
    catalogs.flatMap { catalog in
      catalog.packages.map { BaseFacts.Package(catalog: catalog.source, name: $0.name) }
    }
  }

  /// The images that were asked for one by one, as `path:tag`.
  var requestedImages: [String] { images.filter { $0.reasons.contains(.requested) }.flatMap(\.destinations) }
}
