public import Digests

/// What names a piece of content: its digest, its size and its media type.
///
/// Source: OCI image-spec, descriptor.md.
public struct Descriptor: Hashable, Sendable {
  /// The media type.
  public var mediaType: MediaType
  /// The digest of the content.
  public var digest: Digest
  /// The size of the content in bytes, 0 or more.
  public var size: Int
  // What few descriptors have, at most one element: a list of 100,000 blobs must stay small.
  private var details: [Details] = []

  private struct Details: Hashable, Sendable {
    var platform: Platform?
    var artifactType: String?
    var annotations: [Annotation] = []
    var hasURLs = false
  }

  /// The platform, where an index tells it.
  public var platform: Platform? {
    get { details.first?.platform }
    set { change { $0.platform = newValue } }
  }

  /// The artifact type, where one is given.
  public var artifactType: String? {
    get { details.first?.artifactType }
    set { change { $0.artifactType = newValue } }
  }

  /// Annotations, in the byte order of their names.
  public var annotations: [Annotation] {
    get { details.first?.annotations ?? [] }
    set { change { $0.annotations = newValue } }
  }

  /// Whether the content may also lie at other URLs, as foreign layers do.
  public var hasURLs: Bool {
    get { details.first?.hasURLs ?? false }
    set { change { $0.hasURLs = newValue } }
  }

  /// One annotation.
  public struct Annotation: Hashable, Sendable {
    /// The name, for example `org.opencontainers.image.ref.name`.
    public let name: String
    /// The value.
    public let value: String

    /// Makes an annotation.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Makes a descriptor.
  public init(
    mediaType: MediaType, digest: Digest, size: Int, platform: Platform? = nil, artifactType: String? = nil,
    annotations: [Annotation] = [], hasURLs: Bool = false
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    change {
      $0 = Details(platform: platform, artifactType: artifactType, annotations: annotations, hasURLs: hasURLs)
    }
  }

  /// The value of an annotation.
  public func annotation(_ name: String) -> String? { annotations.first { $0.name == name }?.value }

  /// Whether it is a layer that registries do not hold, but other URLs do.
  ///
  /// Source: OCI image-spec, layer.md, "Non-Distributable Layers"; Docker's foreign layers.
  public var isForeign: Bool { hasURLs || mediaType.isForeign }

  private mutating func change(_ edit: (inout Details) -> Void) {
    var changed = details.first ?? Details()
    edit(&changed)
    details = changed == Details() ? [] : [changed]
  }
}

extension Descriptor {
  /// Whether it is what build tools attach to an image rather than an image.
  ///
  /// Source: BuildKit, "Image attestation storage".
  public var isAttestation: Bool {
    annotation("vnd.docker.reference.type") == "attestation-manifest"
      || (platform?.os == "unknown" && platform?.architecture == "unknown")
  }
}

/// An operating system and a processor.
///
/// Source: OCI image-spec, image-index.md, "platform".
public struct Platform: Hashable, Sendable, CustomStringConvertible {
  /// For example `linux`.
  public let os: String
  /// For example `amd64`.
  public let architecture: String
  /// For example `v8`.
  public let variant: String?

  /// Makes a platform.
  public init(os: String, architecture: String, variant: String? = nil) {
    self.os = os
    self.architecture = architecture
    self.variant = variant
  }

  /// `os/architecture[/variant]`.
  public var description: String { [os, architecture, variant].compactMap(\.self).joined(separator: "/") }
}
