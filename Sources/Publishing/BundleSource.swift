internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// The images of a bundle in a file, which can be read before they are anywhere else; what it rests on is read where it
/// was found.
///
/// Threads: any, many at once.
struct BundleSource: ImageSource {
  private let bundle: BundleFile
  private let store: MetadataStore
  private let pool: BlockingPool
  private let held: HeldBlobs?
  private let metadata: [Digest: Descriptor]
  private let blobs: [Digest: Int]

  private static let chunkBytes = 256 << 10

  /// - Parameters:
  ///   - store: Holds what lies in the head.
  ///   - held: Where the blobs are that are not in the bundle.
  ///   - pool: Threads that read.
  init(_ bundle: BundleFile, _ store: MetadataStore, held: HeldBlobs?, pool: BlockingPool) {
    self.bundle = bundle
    self.store = store
    self.pool = pool
    self.held = held
    let index = bundle.head.verified.index
    metadata = Dictionary(index.metadata.map { ($0.digest, $0) }) { first, _ in first }
    blobs = Dictionary(index.blobs.enumerated().map { ($1.descriptor.digest, $0) }) { first, _ in first }
  }

  /// A manifest by its digest; a bundle has no tags of its own.
  func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest? {
    guard case .digest(let digest) = reference, let descriptor = metadata[digest], descriptor.mediaType.isManifest
    else { return nil }
    let (manifest, bytes) = try store.manifest(descriptor)
    return FetchedManifest(descriptor: descriptor, bytes: bytes, manifest: manifest)
  }

  /// Reads a config or a layer; see `ImageSource`.
  func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    if let held, held.has(descriptor) {
      return try await held.read(descriptor, offset..<max(offset, descriptor.size), consume)
    }
    let content = try content(descriptor)
    try await pool.runCancellable { flag in
      let reader = try content.open()
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
      defer { buffer.deallocate() }
      var position = 0
      while true {
        try flag.check()
        let count = try reader.read(into: buffer)
        if count == 0 { return }
        let known = min(max(offset - position, 0), count)
        if known < count { try consume(UnsafeRawBufferPointer(rebasing: buffer[known..<count])) }
        position += count
      }
    }
  }

  private func content(_ descriptor: Descriptor) throws(SealiftError) -> any BlobContent {
    if let place = blobs[descriptor.digest] { return bundle.content(place) }
    return ProvenBytes(descriptor: descriptor, bytes: try store.required(descriptor.digest))
  }
}
