internal import BundleFormat
public import Diagnostics
internal import Digests
internal import OCI
internal import Signing
internal import SystemIO

/// What the front of a bundle says.
public struct Inspection: Sendable {
  /// One signature and what it is worth.
  public struct Signature: Sendable {
    /// The id of the key that it names.
    public let keyID: String
    /// `trusted`, `unknown-key`, `invalid`.
    public let state: String
  }

  /// One image.
  public struct Image: Sendable {
    /// The reference as it was asked for.
    public let source: String
    /// The digest of its root manifest.
    public let digest: String
    /// Where it goes, relative to the target: `path:tag`, or `path@digest` where it has no tag.
    public let destinations: [String]
    /// Its platforms.
    public let platforms: [String]
    /// Why it is here.
    public let reason: String
  }

  /// The id of the bundle.
  public let id: String
  /// When it was planned.
  public let created: String
  /// The name and version of the program that made it.
  public let producer: String
  /// Its signatures.
  public let signatures: [Signature]
  /// Whether the policy that was given accepts them; `nil` if none was given.
  public let isTrusted: Bool?
  /// Its images.
  public let images: [Image]
  /// How many blobs it has.
  public let blobs: Int
  /// The bytes of all blobs, each once.
  public let blobBytes: Int
  /// The size of the file; `nil` for a pipe.
  public let fileBytes: Int?
}

/// Reads the front of a bundle, and not more.
///
/// Without any trusted key the index is shown all the same, as what it is: a claim that nobody has vouched for.
///
/// - Parameters:
///   - bundle: The path, or `-` for standard input.
///   - trust: Whom to trust.
/// - Throws: `untrusted` if trusted keys were named and have not signed, unless that is allowed.
public func inspect(_ bundle: String, trust: TrustOptions) throws(SealiftError) -> Inspection {
  let file = bundle == "-" ? File(descriptor: 0, path: "standard input") : try File(bundle, .read)
  let front = try BundleFront.read(BundleInput(file))
  var isTrusted: Bool?
  var signatures = front.region.signatures.map {
    Inspection.Signature(keyID: $0.keyID.description, state: "unknown-key")
  }
  let index: BundleIndex
  if trust.keys.isEmpty {
    index = try BundleIndex(front.indexBytes)
  } else {
    let policy = try trust.policy()
    let detached = try trust.detachedSignatures(for: front, policy)
    let verified = try front.verify(policy, detached: detached)
    isTrusted = verified.verdict.isTrusted
    signatures = verified.verdict.findings.map { .init(keyID: $0.keyID.description, state: $0.state.rawValue) }
    index = verified.index
  }
  let size = file.isSeekable ? try file.size() : nil
  return Inspection(index, id: front.id.description, signatures: signatures, isTrusted: isTrusted, fileBytes: size)
}

extension Inspection {
  fileprivate init(
    _ index: BundleIndex, id: String, signatures: [Signature], isTrusted: Bool?, fileBytes: Int?
  ) {
    self.id = id
    self.signatures = signatures
    self.isTrusted = isTrusted
    self.fileBytes = fileBytes
    created = index.created
    producer = "\(index.producer.name) \(index.producer.version)"
    images = index.images.map { image in
      Image(
        source: image.source, digest: image.manifest.digest.description, destinations: image.destinations,
        platforms: image.platforms, reason: image.reason)
    }
    blobs = index.metadata.count + index.blobs.count
    blobBytes = index.blobBytes
  }
}
