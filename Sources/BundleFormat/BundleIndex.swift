public import Digests
public import OCI

/// What `bundle.json` says: everything that the bundle holds, by digest.
///
/// A value of this type is well-formed, and no more: only a `VerifiedIndex` is also signed by somebody trusted.
///
/// Source: `formats/bundle-v1.md`, "The index"; `formats/bundle-index.schema.json`.
public struct BundleIndex: Sendable, Equatable {
  /// The version that this program writes and reads.
  public static let apiVersion = "sealift/v1"
  /// The greatest size of `bundle.json` in bytes: 150,000 blobs fit.
  public static let maximumBytes = 32 << 20

  /// When the bundle was planned, `YYYY-MM-DDThh:mm:ssZ`.
  public var created: String
  /// What made it.
  public var producer: Producer
  /// The images, in the order in which they were asked for.
  public var images: [Image]
  /// The files of the head that are not blobs, in file order.
  public var files: [HeadFile]
  /// Manifests and configs, which lie in the head, in file order.
  public var metadata: [Descriptor]
  /// All other blobs that it brings, in file order: those of the body, which are stored raw, then those of the tail.
  public var blobs: [Blob]
  /// The blobs that its images need and the target has already, in the order in which they are needed.
  public var held: [HeldBlob] = []
  /// The bundles that have brought these.
  public var bases: [Base] = []
  /// The releases whose payloads are among the images.
  public var releases: [Release]
  /// The operator catalogs whose images are among the images.
  public var catalogs: [Catalog]
  /// The generic files, ascending by name; the content of each is one of `metadata` or `blobs`.
  public var carriedFiles: [CarriedFile] = []
  /// The cluster manifests that the packer has not made itself, ascending by path.
  public var carriedObjects: [CarriedObject] = []
  /// The files of the program that lie beside the bundle, ascending by path.
  public var tools: [Tool] = []

  /// What a reader must know of that was not in the first version of the format; ascending.
  var requires: [String] {
    (images.contains { !$0.absent.isEmpty } ? [Self.absentFeature] : []) + (bases.isEmpty ? [] : [Self.basesFeature])
  }

  /// Images of lists can be left out.
  static let absentFeature = "absent"
  /// Blobs can be held.
  static let basesFeature = "bases"
  /// The encoding of what is not here.
  static let heldEncoding = "held"

  /// Makes an index of parts.
  public init(
    created: String, producer: Producer, images: [Image], files: [HeadFile], metadata: [Descriptor], blobs: [Blob],
    releases: [Release] = [], catalogs: [Catalog] = []
  ) {
    self.created = created
    self.producer = producer
    self.images = images
    self.files = files
    self.metadata = metadata
    self.blobs = blobs
    self.releases = releases
    self.catalogs = catalogs
  }

  /// What made a bundle; the stored bytes depend on all of it.
  public struct Producer: Sendable, Equatable {
    /// The digest of the configuration file's bytes, if there was one.
    public var configuration: Digest?
    /// `sealift`.
    public var name: String
    /// The version of the program.
    public var version: String
    /// The version of libzstd.
    public var zstd: String

    /// Makes one.
    public init(configuration: Digest?, name: String, version: String, zstd: String) {
      self.configuration = configuration
      self.name = name
      self.version = version
      self.zstd = zstd
    }
  }

  /// One image, signature or other referrer.
  public struct Image: Sendable, Equatable {
    /// The reference as it was asked for; `built:NAME` for an image that the packer has built.
    public var source: String
    /// The root manifest; it is one of `metadata`.
    public var manifest: Descriptor
    /// The platforms, `os/architecture[/variant]`; empty for what is no runnable image.
    public var platforms: [String]
    /// Why it is here.
    public var reason: ImageReason
    /// The repository's path, relative to the target.
    public var destination: String
    /// The tags, which may be none for a referrer.
    public var tags: [String]
    /// The manifest that it refers to, if it is a referrer.
    public var subject: Digest?
    /// For an image that the packer has built: the image that it extends, pinned by digest.
    public var base: String?
    /// The images of its lists that were left out: each is named by a list of its, and no part of it; ascending.
    public var absent: [Digest] = []
    /// What else asked for it, under this name or another; none twice, and none that is the first.
    public var also: [Request] = []

    private static let builtPrefix = "built:"

    /// The source of an image that the packer has built.
    public static func source(built name: String) -> String { builtPrefix + name }

    /// Whether a source is that of an image that the packer has built.
    public static func isBuilt(_ source: String) -> Bool { source.hasPrefix(builtPrefix) }

    /// All that asked for it, in the order of asking.
    public var requests: [Request] { [Request(source: source, reason: reason)] + also }
    /// All that it is here for, each once.
    public var reasons: [ImageReason] { requests.map(\.reason).eachOnce }
    /// All names that it was asked for by, each once.
    public var sources: [String] { requests.map(\.source).eachOnce }

    /// Makes one.
    public init(
      source: String, manifest: Descriptor, platforms: [String], reason: ImageReason, destination: String,
      tags: [String],
      subject: Digest?, base: String? = nil
    ) {
      self.source = source
      self.manifest = manifest
      self.platforms = platforms
      self.reason = reason
      self.destination = destination
      self.tags = tags
      self.subject = subject
      self.base = base
    }
  }

  /// What asked for an image.
  public struct Request: Sendable, Hashable {
    /// The reference as it was asked for.
    public var source: String
    /// Why.
    public var reason: ImageReason

    /// Makes one.
    public init(source: String, reason: ImageReason) {
      self.source = source
      self.reason = reason
    }
  }

  /// How a blob is stored.
  public enum Encoding: String, Sendable {
    /// In the body, as raw zstd blocks.
    case raw
    /// In the tail, as compressed frames of its own.
    case zstd
  }

  /// One blob of the body or the tail.
  public struct Blob: Sendable, Equatable {
    /// Digest, size and media type.
    public var descriptor: Descriptor
    /// How it is stored.
    public var encoding: Encoding
    /// For `raw`: where its content begins in the tar stream, counted from the end of the head.
    public var offset: Int?

    /// Makes one.
    public init(descriptor: Descriptor, encoding: Encoding, offset: Int?) {
      self.descriptor = descriptor
      self.encoding = encoding
      self.offset = offset
    }
  }
}

extension Array where Element: Hashable {
  fileprivate var eachOnce: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
