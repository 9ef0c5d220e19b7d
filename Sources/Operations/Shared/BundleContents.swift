internal import BundleFormat
internal import Digests
internal import OCI

/// What a bundle holds, as a plan announces it and as an inspection finds it.
public struct BundleContents: Sendable {
  /// One image.
  public struct Image: Sendable {
    /// The reference as it was asked for.
    public let source: String
    /// The digest of its root manifest.
    public let digest: String
    /// Where it goes, relative to the target: `path:tag`, or `path@digest` where it has no tag.
    public let destinations: [String]
    /// Its platforms.
    public let platforms: [String]
    /// Why it is here.
    public let reason: String
  }

  /// One release.
  public struct Release: Sendable {
    /// The version.
    public let version: String
    /// The architecture.
    public let architecture: String
    /// The digest of the payload.
    public let digest: String
    /// The payload's reference as it was resolved.
    public let source: String
    /// The fingerprints of the keys whose signatures the bundle carries; none for a release packed by permission.
    public let signers: [String]
  }

  /// One operator catalog.
  public struct Catalog: Sendable {
    /// One package of it.
    public struct Package: Sendable {
      /// Its name.
      public let name: String
      /// The channel that is taken where none is asked for.
      public let defaultChannel: String
      /// Its channels, sorted.
      public let channels: [String]
      /// Its bundles, sorted.
      public let bundles: [String]
    }

    /// Where it came from, as it was asked for.
    public let source: String
    /// The digest of its image as it is packed.
    public let digest: String
    /// Whether its image was made anew, from a part of the catalog or from documents that had none.
    public let isPruned: Bool
    /// Its packages, sorted.
    public let packages: [Package]
  }

  /// One template of a cluster manifest.
  public struct Manifest: Sendable {
    /// The kind of object.
    public let kind: String
    /// Its name.
    public let name: String
    /// Its path in the bundle.
    public let path: String
    /// Its size in bytes.
    public let size: Int
  }

  /// The id of the bundle.
  public let id: String
  /// Its images in the order of the index.
  public let images: [Image]
  /// Its releases.
  public let releases: [Release]
  /// Its operator catalogs.
  public let catalogs: [Catalog]
  /// Its cluster manifests, ascending by path.
  public let manifests: [Manifest]
  /// How many blobs it has: manifests, configs and layers.
  public let blobs: Int
  /// The bytes of all blobs, each once.
  public let blobBytes: Int

  init(_ verified: VerifiedIndex) {
    let index = verified.index
    id = verified.id.description
    images = index.images.map { image in
      Image(
        source: image.source, digest: image.manifest.digest.description, destinations: image.destinations,
        platforms: image.platforms, reason: image.reason)
    }
    releases = index.releases.map { release in
      Release(
        version: release.version, architecture: release.architecture, digest: release.digest.description,
        source: release.source, signers: release.signatures.map(\.key))
    }
    catalogs = index.catalogs.map { catalog in
      Catalog(
        source: catalog.source, digest: catalog.digest.description, isPruned: catalog.pruned,
        packages: catalog.packages.map { package in
          Catalog.Package(
            name: package.name, defaultChannel: package.defaultChannel, channels: package.channels,
            bundles: package.bundles)
        })
    }
    manifests = index.manifestFiles.map { file in
      Manifest(kind: file.kind, name: file.manifestName, path: file.path, size: file.size)
    }
    blobs = index.metadata.count + index.blobs.count
    blobBytes = index.blobBytes
  }
}
