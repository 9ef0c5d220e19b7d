internal import Diagnostics
internal import Digests
internal import JSON
public import OCI

/// Builds images from a base, or from nothing, so that the same parts give the same bytes.
///
/// Every platform of the base gets the change. What the base's documents have beside what is changed stays, also what
/// Sealift does not know; all is written in canonical JSON, without a time.
///
/// Source: OCI image-spec, manifest.md, image-index.md and config.md; Docker's manifest-v2-2.md.
public struct ImageBuilder: Sendable {
  private let change: ImageChange

  /// - Parameter change: What is added to the base.
  public init(_ change: ImageChange) { self.change = change }

  /// Builds an image on a base.
  ///
  /// Attestations in the base's index are left out: they are about the base.
  ///
  /// - Parameters:
  ///   - base: The descriptor of the base's index or manifest.
  ///   - isWanted: Which platforms of an index; what says none stays.
  ///   - document: Gives the bytes of the base's manifests and configs; their digests are checked here.
  /// - Throws: What `document` throws; `protocol` for a base that is no image, or whose documents are damaged.
  public func build(
    on base: Descriptor, for isWanted: (Platform) -> Bool = { _ in true },
    _ document: (Descriptor) async throws -> [UInt8]
  ) async throws -> BuiltImage {
    var documents: [BuiltImage.Document] = []
    guard let root = try await build(base, isWanted, document, &documents, depth: 0) else {
      throw Self.error("\(base.digest) is no image that can be a base")
    }
    return BuiltImage(root: root, documents: documents)
  }

  /// Builds an image that has nothing but the change.
  ///
  /// - Parameter platforms: One gives an image, more give an index, in their order.
  public func build(for platforms: [Platform]) -> BuiltImage {
    var documents: [BuiltImage.Document] = []
    let manifests = platforms.map { platform in
      let config = ImageEdits.config(ImageEdits.emptyConfig(platform), change)
      let configDescriptor = Self.add(config, .ociConfig, &documents)
      let manifest = ImageEdits.manifest(ImageEdits.emptyManifest, config: configDescriptor, change, isDocker: false)
      var descriptor = Self.add(manifest, .ociManifest, &documents)
      descriptor.platform = platform
      return descriptor
    }
    if var only = manifests.first, manifests.count == 1 {
      only.platform = nil
      return BuiltImage(root: only, documents: documents)
    }
    let bytes = ImageIndex.bytes(manifests)
    let root = Descriptor(mediaType: .ociIndex, digest: SHA256Hasher.digest(of: bytes), size: bytes.count)
    documents.append(BuiltImage.Document(descriptor: root, bytes: bytes))
    return BuiltImage(root: root, documents: documents)
  }

  /// - Returns: `nil` for an artifact that is no image, as attestations are.
  private func build(
    _ base: Descriptor, _ isWanted: (Platform) -> Bool, _ document: (Descriptor) async throws -> [UInt8],
    _ documents: inout [BuiltImage.Document], depth: Int
  ) async throws -> Descriptor? {
    guard depth < Manifest.maximumDepth else { throw Self.error("the base nests \(depth) indexes or more") }
    let bytes = try await Self.checked(base, document)
    let source = "manifest \(base.digest)"
    let manifest = try Manifest(bytes, mediaType: base.mediaType, source: source)
    let tree = try JSONReader.value(bytes, source: source)
    switch manifest.content {
    case .index(let children):
      var built: [Digest: Descriptor] = [:]
      for child in children where !child.isAttestation && built[child.digest] == nil {
        guard child.platform.map(isWanted) ?? true else { continue }
        built[child.digest] = try await build(child, isWanted, document, &documents, depth: depth + 1)
      }
      guard !built.isEmpty else { throw Self.error("\(base.digest) is an index without images") }
      return Self.add(ImageEdits.index(tree, built), manifest.mediaType, &documents)
    case .image(let config, _):
      guard config.mediaType == .ociConfig || config.mediaType == .dockerConfig else { return nil }
      let configSource = "config \(config.digest)"
      let configTree = try JSONReader.value(try await Self.checked(config, document), source: configSource)
      let changed = ImageEdits.config(configTree, change)
      let newConfig = Self.add(changed, config.mediaType, &documents)
      let isDocker = manifest.mediaType == .dockerManifest
      return Self.add(
        ImageEdits.manifest(tree, config: newConfig, change, isDocker: isDocker), manifest.mediaType, &documents)
    }
  }

  private static func checked(
    _ descriptor: Descriptor, _ document: (Descriptor) async throws -> [UInt8]
  ) async throws -> [UInt8] {
    let bytes = try await document(descriptor)
    guard bytes.count == descriptor.size, SHA256Hasher.digest(of: bytes) == descriptor.digest else {
      throw error("the bytes of \(descriptor.digest) have another digest or size")
    }
    return bytes
  }

  private static func add(
    _ tree: JSONValue, _ mediaType: MediaType, _ documents: inout [BuiltImage.Document]
  ) -> Descriptor {
    let bytes = JSONWriter.bytes(of: tree)
    let descriptor = Descriptor(mediaType: mediaType, digest: SHA256Hasher.digest(of: bytes), size: bytes.count)
    if !documents.contains(where: { $0.descriptor.digest == descriptor.digest }) {
      documents.append(BuiltImage.Document(descriptor: descriptor, bytes: bytes))
    }
    return descriptor
  }

  private static func error(_ problem: String) -> SealiftError {
    SealiftError(.protocol, problem, nextStep: "name another base image")
  }
}
