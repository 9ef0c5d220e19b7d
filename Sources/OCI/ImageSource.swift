public import Digests

/// A manifest with its exact bytes.
public struct FetchedManifest: Sendable {
  /// Media type, digest (of these bytes, computed here) and size.
  public let descriptor: Descriptor
  /// The bytes as the source has them.
  public let bytes: [UInt8]
  /// What the bytes say.
  public let manifest: Manifest

  /// Makes one of parts that belong together.
  public init(descriptor: Descriptor, bytes: [UInt8], manifest: Manifest) {
    self.descriptor = descriptor
    self.bytes = bytes
    self.manifest = manifest
  }
}

/// Where images are: a registry, an OCI layout, a bundle.
///
/// All methods may be called from any task, many at once. A registry retries on its own what may pass; an error that
/// arrives here is final.
public protocol ImageSource: Sendable {
  /// Fetches a manifest.
  ///
  /// - Returns: `nil` if the source does not have it.
  /// - Throws: `protocol` if it is no manifest, or its digest is not the one asked for.
  func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest?

  /// Fetches a manifest that belongs to another one, under a tag made of that one's digest: mostly there is none.
  ///
  /// - Returns: `nil` also if the source refuses to say, which some do of all that they do not have.
  func companion(_ tag: String, in repository: String) async throws -> FetchedManifest?

  /// Fetches a blob of a repository; see `BlobSource`.
  func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws

  /// Whether the source answers for other manifests of a repository just now, asked where it has failed at one.
  func answersOthers(in repository: String) async -> Bool
}

extension ImageSource {
  /// A disk that fails at one thing fails at all.
  public func answersOthers(in repository: String) async -> Bool { false }

  /// Fetches it as any other manifest: what is on a disk is there or not.
  public func companion(_ tag: String, in repository: String) async throws -> FetchedManifest? {
    try await manifest(.tag(tag), in: repository)
  }
}

/// A source that tells what refers to an image: signatures, attestations, SBOMs.
public protocol ReferrerSource: ImageSource {
  /// The referrers of a manifest, by the referrers API.
  ///
  /// - Returns: `nil` if the source has no such API.
  func referrers(of digest: Digest, in repository: String) async throws -> [Descriptor]?
}
