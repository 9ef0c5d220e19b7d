public import Diagnostics
public import Digests
internal import JSON
internal import OCI
internal import SystemIO
internal import Volumes

/// What a receipt says is at a target.
///
/// Source: `formats/receipt.schema.json`.
public struct ReceiptContent: Sendable {
  /// A config or a layer in a repository of the target.
  public struct Blob: Sendable {
    /// Its digest.
    public let digest: Digest
    /// The repository's path at the target.
    public let repository: String
    /// Its size in bytes, where the receipt says it.
    public let size: Int?
  }

  /// A release that the bundle has brought.
  public struct Release: Sendable {
    /// The version.
    public let version: String
    /// The architecture.
    public let architecture: String
    /// The digest of the payload, where the receipt says it.
    public let digest: Digest?
  }

  /// The digest of its bytes.
  public let digest: Digest
  /// The target.
  public let target: String
  /// The id of the bundle.
  public let bundle: String
  /// What the bundle's file was called, without directories; `nil` for one from a pipe.
  public let bundleName: String?
  /// When the bundle was planned, where the receipt says it.
  public let created: String?
  /// The ids of the trusted keys that had signed the bundle.
  public let signers: [String]
  /// Whether everything that the bundle holds, and was not left out, was brought.
  public let isComplete: Bool
  /// The manifests that were brought.
  public let manifests: [ManifestPlace]
  /// The digests that tags stand for, by `repository:tag`.
  public let tags: [String: Digest]
  /// The configs and layers that were brought, once for each repository.
  public let blobs: [Blob]
  /// The releases of the bundle.
  public let releases: [Release]
  /// The generic files that are in their directory, by name; `nil` if none were to be.
  public let files: [String: Digest]?

  /// Reads a file.
  ///
  /// - Returns: `nil` if it looks like a bundle.
  public init?(ofReceipt path: String) throws(SealiftError) {
    guard let file = try SignedReceipt(ofReceipt: path) else { return nil }
    try self.init(file.line, path: path)
  }

  /// Reads the first line of a file.
  ///
  /// - Throws: `configuration` for anything but a receipt of a run that brought all images.
  public init(_ bytes: [UInt8], path: String) throws(SealiftError) {
    var fields = ReceiptFields()
    do throws(SealiftError) {
      try JSONReader.read(bytes, source: path, code: .configuration) { (reader) throws(SealiftError) in
        try fields.read(&reader)
      }
    } catch {
      throw SealiftError(.configuration, error.problem, nextStep: Self.wanted)
    }
    guard fields.version == "sealift/receipt/v1", let target = fields.target, let bundle = fields.bundle,
      let manifests = fields.manifests, let blobs = fields.blobs, let tags = fields.tags
    else {
      throw SealiftError(
        .configuration, "\(path) is neither a bundle nor a receipt of unpack",
        nextStep: Self.wanted)
    }
    // Manifests for the cluster are written when all images are there; what fails after that fails there. A run that went
    // on without what the target did not take has listed all the rest.
    guard !fields.hasFailed || fields.hasClusterManifests || fields.hasRefused, !manifests.isEmpty else {
      throw SealiftError(
        .configuration, "\(path) is the receipt of a run that did not bring all images, so what they need is not known",
        nextStep: "unpack that bundle again with --receipt, or name the bundle itself")
    }
    digest = SHA256Hasher.digest(of: bytes)
    self.target = target
    self.bundle = bundle
    bundleName = fields.bundleName
    created = fields.created
    signers = fields.signers
    files = fields.files
    isComplete = (!fields.hasFailed || fields.hasClusterManifests) && !fields.hasRefused
    self.manifests = manifests
    self.blobs = blobs
    self.tags = tags
    releases = fields.releases
  }

  private static let wanted = "name what `sealift unpack --receipt FILE` wrote, or the bundle that it unpacked"
}

extension SignedReceipt {
  // A receipt has a line for each blob in each repository: 300,000 of them fit.
  private static let maximumBytes = 256 << 20

  /// Reads a file.
  ///
  /// - Returns: `nil` if it looks like a bundle, in one file or in volumes.
  public init?(ofReceipt path: String) throws(SealiftError) {
    guard case .file = try VolumeSearch.find([path]),
      try File(path, .read).bytes(at: 0, count: 1) == [UInt8(ascii: "{")]
    else { return nil }
    try self.init(FileSystem.read(path, limit: Self.maximumBytes), path: path)
  }
}
