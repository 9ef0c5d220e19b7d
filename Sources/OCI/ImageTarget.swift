public import Diagnostics
public import Digests

/// The bytes of one blob, which can be read from the start as often as a retry needs it.
public protocol BlobContent: Sendable {
  /// The digest and size that the bytes must have.
  var descriptor: Descriptor { get }

  /// Starts reading.
  func open() throws -> any BlobReader
}

/// Reads one blob from front to back. Its calls block.
///
/// A reader proves what it reads: it throws before it hands out the last bytes unless the digest of all of them is right.
public protocol BlobReader: AnyObject {
  /// Reads up to `buffer.count` bytes.
  ///
  /// - Returns: The number of bytes; 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// An upload that is fed chunk by chunk, for content that can be read only once.
public protocol BlobUpload: Sendable {
  /// Sends the next bytes. They are kept until the target has them, so that a retry is possible.
  ///
  /// - Throws: `again` if the upload cannot go on.
  func append(_ chunk: [UInt8]) async throws

  /// Completes the upload. The caller has proven that the digest is right.
  func finish(_ digest: Digest) async throws

  /// Drops what was sent; never fails.
  func cancel() async
}

/// Where images go: a registry, an OCI layout. What stands there can be read; of what refers to it, the bundle tells.
///
/// All methods may be called from any task, many at once. A registry retries on its own what may pass; an error that
/// arrives here is final.
public protocol ImageTarget: ImageSource {
  /// Whether the repository has a blob of that digest and size.
  func hasBlob(_ descriptor: Descriptor, in repository: String) async throws -> Bool

  /// Links a blob from another repository of the same target.
  ///
  /// - Returns: `false` if the target did not do it, so that the blob must be sent.
  func mountBlob(_ descriptor: Descriptor, from other: String, into repository: String) async throws -> Bool

  /// Sends a blob.
  func putBlob(_ content: any BlobContent, in repository: String) async throws

  /// Starts an upload that is fed chunk by chunk.
  func startUpload(in repository: String) async throws -> any BlobUpload

  /// Whether the repository has a manifest under a digest or a tag.
  ///
  /// - Returns: The digest, or `nil` if there is none.
  func hasManifest(_ reference: ManifestReference, in repository: String) async throws -> Digest?

  /// Sends a manifest, byte for byte. A tag of a layout shows after `commit()`.
  ///
  /// - Returns: Whether the target said that it indexed the manifest as a referrer of its subject (`OCI-Subject`).
  @discardableResult
  func putManifest(
    _ bytes: [UInt8], mediaType: MediaType, as reference: ManifestReference, in repository: String
  ) async throws -> Bool

  /// Finds out of a failure what else stands in the way of the same kind, so that all of it is mended at once.
  ///
  /// - Parameter repositories: All that are written to.
  /// - Returns: The failure, or one that says more.
  func explain(_ failure: SealiftError, writingTo repositories: [String]) async -> SealiftError

  /// Whether the target takes other things into a repository just now, asked where it has failed at one.
  func takesOthers(in repository: String) async -> Bool

  /// Makes all tags visible; a registry has done so already.
  func commit() async throws
}

extension ImageTarget {
  /// Nothing more is known of it.
  public func explain(_ failure: SealiftError, writingTo repositories: [String]) async -> SealiftError { failure }

  /// A disk that fails at one thing fails at all.
  public func takesOthers(in repository: String) async -> Bool { false }
}
