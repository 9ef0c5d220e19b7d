public import BundleFormat
public import ClusterManifests
internal import Diagnostics

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

  /// An image that was asked for one by one.
  public struct Image: Sendable, Hashable {
    /// Where it goes, as `path:tag`.
    public let destination: String
    /// The name that it was asked for by.
    public let source: String
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
  /// Its images that were asked for one by one; none of a receipt.
  public let images: [Image]
  /// What clusters find at the mirror because of it; none of a receipt.
  public let mirrored: [MirroredImage]
  /// The mirror sets that it has made, which keep what is there from before; none of a receipt.
  public let mirrorSets: [ClusterManifest]

  /// - Parameters:
  ///   - index: That of the bundle.
  ///   - store: Holds its templates.
  init(path: String, base: BundleIndex.Base, _ index: BundleIndex, _ store: MetadataStore) throws(SealiftError) {
    self.path = path
    self.base = base
    target = nil
    releases = index.releases.map { Release(version: $0.version, architecture: $0.architecture) }
    packages = index.packages
    images = index.requestedImages
    mirrored = index.mirroredImages
    var sets: [ClusterManifest] = []
    let foreign = Set(index.carriedObjects.map(\.path))
    for file in index.templateFiles where MirrorSets.isKind(file.kind) && !foreign.contains(file.path) {
      sets.append(try ClusterManifest(store.required(file.digest), source: file.path))
    }
    mirrorSets = sets
  }

  init(path: String, base: BundleIndex.Base, _ receipt: ReceiptContent, target: TargetAddress) {
    self.path = path
    self.base = base
    self.target = target.description
    releases = receipt.releases.map { Release(version: $0.version, architecture: $0.architecture) }
    packages = []
    images = []
    mirrored = []
    mirrorSets = []
  }
}

extension BundleIndex {
  /// The packages of its catalogs.
  var packages: [BaseFacts.Package] {
    catalogs.flatMap { catalog in
      catalog.packages.map { BaseFacts.Package(catalog: catalog.source, name: $0.name) }
    }
  }

  /// The images that were asked for one by one, under each of their tags.
  var requestedImages: [BaseFacts.Image] {
    images.filter { $0.reasons.contains(.requested) }.flatMap { image in
      image.destinations.map { BaseFacts.Image(destination: $0, source: image.source) }
    }
  }
}
