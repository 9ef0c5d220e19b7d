/// The media type of a manifest, a config or a layer, as the source wrote it.
///
/// Source: OCI image-spec, media-types.md; Docker's are those of distribution, manifest-v2-2.md.
public struct MediaType: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
  /// The text, for example `application/vnd.oci.image.manifest.v1+json`.
  public let rawValue: String

  /// Makes a media type of any text.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// An OCI image index.
  public static let ociIndex = MediaType(rawValue: "application/vnd.oci.image.index.v1+json")
  /// An OCI image manifest.
  public static let ociManifest = MediaType(rawValue: "application/vnd.oci.image.manifest.v1+json")
  /// An OCI image config.
  public static let ociConfig = MediaType(rawValue: "application/vnd.oci.image.config.v1+json")
  /// A Docker manifest list.
  public static let dockerList = MediaType(rawValue: "application/vnd.docker.distribution.manifest.list.v2+json")
  /// A Docker image manifest, schema 2.
  public static let dockerManifest = MediaType(rawValue: "application/vnd.docker.distribution.manifest.v2+json")
  /// A Docker image config.
  public static let dockerConfig = MediaType(rawValue: "application/vnd.docker.container.image.v1+json")

  /// The manifests that Sealift carries; what a client says it accepts.
  public static let manifests: [MediaType] = [ociIndex, ociManifest, dockerList, dockerManifest]

  /// Whether it is an index or a manifest list.
  public var isIndex: Bool { self == .ociIndex || self == .dockerList }

  /// Whether it is an index or a manifest.
  public var isManifest: Bool { Self.manifests.contains(self) }

  /// Whether it is Docker's image manifest of schema 1, whose digest does not cover its layers' sizes.
  public var isDockerSchema1: Bool { rawValue.hasPrefix("application/vnd.docker.distribution.manifest.v1") }

  /// Whether it is that of layers which registries do not hold.
  var isForeign: Bool {
    switch rawValue {
    // Nearly all have one of these.
    case "application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.docker.image.rootfs.diff.tar.gzip",
      "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+zstd",
      Self.ociConfig.rawValue, Self.dockerConfig.rawValue:
      false
    default: holds("nondistributable") || holds("foreign.diff")
    }
  }

  // Swift's own search of a text for another is slower by far, and a hostile manifest asks for it 38,000 times.
  private func holds(_ word: String) -> Bool {
    let first = word.utf8.first
    var rest = rawValue.utf8[...]
    while let start = rest.firstIndex(where: { $0 == first }) {
      rest = rest[start...]
      if rest.starts(with: word.utf8) { return true }
      rest.removeFirst()
    }
    return false
  }

  /// A tar archive as it is.
  public static let tar = MediaType(rawValue: "application/x-tar")
  /// A disk image as it is, most of it often empty.
  public static let rawDisk = MediaType(rawValue: "application/x-raw-disk-image")
  /// A disk image of QEMU.
  public static let qemuDisk = MediaType(rawValue: "application/x-qemu-disk")
  /// Text.
  public static let text = MediaType(rawValue: "text/plain")
  /// JSON.
  public static let json = MediaType(rawValue: "application/json")
  /// Anything.
  public static let bytes = MediaType(rawValue: "application/octet-stream")

  /// Whether the content is plain tar, a plain disk image or text, so that compressing it saves much.
  ///
  /// Everything that is not known to be plain is taken as compressed already.
  public var isCompressible: Bool {
    switch rawValue {
    case "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.nondistributable.v1.tar",
      "application/vnd.docker.image.rootfs.diff.tar", "application/vnd.docker.image.rootfs.foreign.diff.tar",
      Self.tar.rawValue, Self.rawDisk.rawValue, Self.qemuDisk.rawValue:
      true
    default: rawValue.hasSuffix("+json") || rawValue == "application/json" || rawValue.hasPrefix("text/")
    }
  }

  /// The text.
  public var description: String { rawValue }
}
