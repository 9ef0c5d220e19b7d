public import BundleFormat
public import Diagnostics
public import Digests
internal import OCI

/// What a bundle holds, as a plan announces it and as an inspection finds it.
public struct BundleContents: Sendable {
  /// One image.
  public struct Image: Sendable {
    /// The reference as it was asked for.
    public let source: String
    /// All references that it was asked for by, in the order of asking, each once.
    public let sources: [String]
    /// The digest of its root manifest.
    public let digest: String
    /// Where it goes, relative to the target: `path:tag`, or `path@digest` where it has no tag.
    public let destinations: [String]
    /// Its platforms.
    public let platforms: [String]
    /// The digests of the images of its lists that it was packed without.
    public let absent: [String]
    /// Why it is here.
    public let reason: String
    /// Further reasons, where several things need it.
    public let also: [String]
    /// For an update: the bytes of its layers that travel, and of those that the target has; each counts for one image.
    public let share: (new: Int, held: Int)?
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
      /// Its operator bundles, sorted.
      public let operatorBundles: [String]
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
  public struct Template: Sendable {
    /// The kind of object.
    public internal(set) var kind: String
    /// Its name.
    public internal(set) var name: String
    /// Its namespace, if it has one.
    public internal(set) var namespace: String?
    /// Its path in the bundle.
    public let path: String
    /// Its size in bytes.
    public let size: Int
    /// The profiles that are given it; none: all.
    public let profiles: [String]
    /// What it came from, as it was asked for; `nil` for one that the packer has made.
    public let source: String?
    /// What an object of its kind can do that whoever approves the bundle should look at, such as `grants rights`.
    public internal(set) var grants: String?
    /// The digest of its text.
    public let digest: Digest
  }

  /// One generic file.
  public struct File: Sendable {
    /// Its name.
    public let name: String
    /// Its size in bytes.
    public let size: Int
    /// The digest of its content.
    public let digest: String
    /// The URL or path that it came from, as it was asked for.
    public let source: String
    /// The profiles that are given it; none: all.
    public let profiles: [String]
  }

  /// One file of the program, which lies beside the bundle.
  public struct Tool: Sendable {
    /// Its path in the directory beside the bundle.
    public let path: String
    /// Its size in bytes.
    public let size: Int
    /// The digest of its content.
    public let digest: String
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
  public let templates: [Template]
  /// Its generic files, ascending by name.
  public let files: [File]
  /// The files of the program that lie beside it, ascending by path.
  public let tools: [Tool]
  /// The profiles that something in it belongs to, sorted.
  public let profiles: [String]
  /// How many blobs it has: manifests, configs and layers.
  public let blobs: Int
  /// The bytes of all blobs, each once.
  public let blobBytes: Int
  /// The bundles that the target must have taken before.
  public let bases: [Base]
  /// How many blobs the target must have, and their bytes.
  public let held: (blobs: Int, bytes: Int)
  /// How many blobs lie behind the head, and their bytes.
  public let behindHead: (blobs: Int, bytes: Int)

  /// - Parameters:
  ///   - templates: Those of the bundle, as far as their texts are known.
  ///   - store: Holds the manifests of all images; `nil` for what is no update.
  public init(_ verified: VerifiedIndex, _ templates: [Template], _ store: MetadataStore?) throws(SealiftError) {
    let index = verified.index
    id = verified.id.description
    bases = Self.bases(of: index)
    held = (index.held.count, index.heldBytes)
    behindHead = (index.blobs.count, index.bytesBehindHead)
    var shares: [(new: Int, held: Int)] = []
    if let store, !bases.isEmpty { shares = try UpdateShares(index, store).images }
    images = index.images.enumerated().map { number, image in
      Image(
        source: image.source, sources: image.sources, digest: image.manifest.digest.description,
        destinations: image.destinations,
        platforms: image.platforms, absent: image.absent.map(\.description), reason: image.reason.description,
        also: image.reasons.dropFirst().map(\.description), share: shares.isEmpty ? nil : shares[number])
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
            operatorBundles: package.operatorBundles)
        })
    }
    self.templates = templates
    files = Self.files(index)
    tools = index.tools.map { Tool(path: $0.path, size: $0.size, digest: $0.digest.description) }
    profiles = index.profiles
    blobs = index.metadata.count + index.blobs.count
    blobBytes = index.blobBytes
  }

  private static func files(_ index: BundleIndex) -> [File] {
    guard !index.carriedFiles.isEmpty else { return [] }
    let descriptors = index.metadata + index.blobs.map(\.descriptor)
    let sizes = Dictionary(descriptors.map { ($0.digest, $0.size) }) { first, _ in first }
    return index.carriedFiles.map { file in
      File(
        name: file.name, size: sizes[file.digest] ?? 0, digest: file.digest.description, source: file.source,
        profiles: file.profiles)
    }
  }
}
