internal import BundleFormat
internal import Charts
internal import Content
internal import Digests
internal import OCI
internal import SystemIO

/// Makes the images of charts that are not in a registry yet, so that the same chart gives the same image.
struct ChartImageMaker: Sendable {
  let sources: SourceSet
  let store: MetadataStore
  /// Where the bytes of archives lie until they are in the bundle.
  let directory: String
  /// Threads that write.
  let pool: BlockingPool

  /// Makes the image of a chart, whose archive then lies in `sources`.
  func make(_ chart: FoundChart, _ metadata: ChartMetadata, provenance: [UInt8]?) async throws -> BundleImage {
    let content = try await layer(chart.archive, ChartManifest.contentType)
    var signature: Descriptor?
    if let provenance { signature = try await layer(provenance, ChartManifest.provenanceType) }
    let image = ChartManifest(metadata, content: content, provenance: signature)
    try store.put(image.config.digest, image.configBytes)
    try store.put(image.manifest.digest, image.manifestBytes)
    return BundleImage(
      source: BundleImage.source(built: "chart/\(metadata.name)"), manifest: image.manifest, platforms: [],
      reason: .chart(metadata.title), destination: try metadata.repository, tags: [try metadata.tag],
      subject: nil)
  }

  private func layer(_ bytes: [UInt8], _ type: MediaType) async throws -> Descriptor {
    try await pool.run {
      let file = try File.anonymous(in: directory)
      try file.write(bytes)
      let digest = SHA256Hasher.digest(of: bytes)
      sources.built.add(digest, file)
      return Descriptor(mediaType: type, digest: digest, size: bytes.count)
    }
  }
}
