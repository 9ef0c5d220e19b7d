internal import Digests
internal import JSON
public import OCI
internal import YAML

/// A chart in a registry: the same manifest and config for the same chart.
///
/// Source: Helm, HIP-0006, "OCI Support"; pkg/registry, what `helm push` writes, but for the time.
public struct ChartManifest: Sendable {
  /// The media type of the config: `Chart.yaml` as JSON.
  public static let configType = MediaType(rawValue: "application/vnd.cncf.helm.config.v1+json")
  /// The media type of the archive.
  public static let contentType = MediaType(rawValue: "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
  /// The media type of the signature.
  public static let provenanceType = MediaType(rawValue: "application/vnd.cncf.helm.chart.provenance.v1.prov")

  /// The config.
  public let config: Descriptor
  /// The bytes of the config.
  public let configBytes: [UInt8]
  /// The manifest.
  public let manifest: Descriptor
  /// The bytes of the manifest.
  public let manifestBytes: [UInt8]

  /// - Parameters:
  ///   - metadata: What the chart says of itself.
  ///   - content: The archive.
  ///   - provenance: The signature beside it, if there is one.
  public init(_ metadata: ChartMetadata, content: Descriptor, provenance: Descriptor?) {
    configBytes = JSONWriter.bytes(of: metadata.json)
    config = Descriptor(
      mediaType: Self.configType, digest: SHA256Hasher.digest(of: configBytes), size: configBytes.count)
    manifestBytes = JSONWriter.bytes(
      of: .object([
        .init("annotations", .object(metadata.manifestAnnotations.map { .init($0.key, .string($0.value)) })),
        .init("config", Self.json(config)),
        .init("layers", .array([content, provenance].compactMap(\.self).map(Self.json))),
        .init("mediaType", .string(MediaType.ociManifest.rawValue)), .init("schemaVersion", .integer(2)),
      ]))
    manifest = Descriptor(
      mediaType: .ociManifest, digest: SHA256Hasher.digest(of: manifestBytes), size: manifestBytes.count)
  }

  private static func json(_ descriptor: Descriptor) -> JSONValue {
    .object([
      .init("digest", .string(descriptor.digest.description)),
      .init("mediaType", .string(descriptor.mediaType.rawValue)), .init("size", .integer(descriptor.size)),
    ])
  }
}
