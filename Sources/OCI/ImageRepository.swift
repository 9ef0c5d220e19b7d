/// One repository of a source of images.
public struct ImageRepository: BlobSource {
  /// The registry, layout or bundle that it is in.
  public let source: any ImageSource
  /// Its path there; none in a layout, which has one store for all.
  public let path: String

  /// Names one, which need not be there.
  public init(_ path: String, of source: any ImageSource) {
    self.path = path
    self.source = source
  }

  /// Fetches a manifest; see `ImageSource`.
  public func manifest(_ reference: ManifestReference) async throws -> FetchedManifest? {
    try await source.manifest(reference, in: path)
  }

  /// Fetches a blob; see `BlobSource`.
  public func blob(
    _ descriptor: Descriptor, from offset: Int, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    try await source.blob(descriptor, in: path, from: offset, consume)
  }
}
