public import Diagnostics
public import Digests
internal import JSON
internal import OCI
internal import SystemIO

/// What a receipt says is at a target.
///
/// Source: `formats/receipt.schema.json`.
public struct ReceiptContent: Sendable {
  /// The digest of its bytes.
  public let digest: Digest
  /// The target.
  public let target: String
  /// The id of the bundle.
  public let bundle: String
  /// Whether trusted keys had signed the bundle.
  let isSigned: Bool
  /// The manifests that were brought.
  public private(set) var manifests: [ManifestPlace] = []
  /// The digests that tags stand for, by `repository:tag`.
  public private(set) var tags: [String: Digest] = [:]
  /// The blobs that were brought.
  public private(set) var blobs: [Digest] = []

  // A receipt has a line for each blob in each repository: 300,000 of them fit.
  private static let maximumBytes = 256 << 20

  /// Reads a file.
  ///
  /// - Returns: `nil` if it looks like a bundle.
  public init?(ofReceipt path: String) throws(SealiftError) {
    guard try File(path, .read).bytes(at: 0, count: 1) == [UInt8(ascii: "{")] else { return nil }
    try self.init(FileSystem.read(path, limit: Self.maximumBytes), path: path)
  }

  /// - Throws: `configuration` for anything but a receipt of a run that brought all images.
  init(_ bytes: [UInt8], path: String) throws(SealiftError) {
    let document: JSONValue
    do throws(SealiftError) { document = try JSONReader.value(bytes, source: path, code: .configuration) } catch {
      throw SealiftError(.configuration, error.problem, nextStep: Self.wanted)
    }
    guard document["apiVersion"]?.text == "sealift/receipt/v1", let target = document["target"]?.text,
      let bundle = document["bundle"]?.text, let manifests = document["manifests"]?.elements,
      let blobs = document["blobs"]?.elements, let tags = document["tags"]?.elements
    else {
      throw SealiftError(
        .configuration, "\(path) is neither a bundle nor a receipt of unpack",
        nextStep: Self.wanted)
    }
    // Manifests for the cluster are written when all images are there; what fails after that fails there. A run that went
    // on without what the target did not take has listed all the rest.
    let isWhole =
      document["failure"] == .null || document["clusterManifests"]?.members != nil
      || document["refused"]?.elements?.isEmpty == false
    guard isWhole, !manifests.isEmpty else {
      throw SealiftError(
        .configuration, "\(path) is the receipt of a run that did not bring all images, so what they need is not known",
        nextStep: "unpack that bundle again with --receipt, or name the bundle itself")
    }
    digest = SHA256Hasher.digest(of: bytes)
    self.target = target
    self.bundle = bundle
    isSigned = document["signers"]?.elements?.isEmpty == false
    for manifest in manifests {
      let digest = try Self.digest(of: manifest, path)
      self.manifests.append(ManifestPlace(repository: manifest["repository"]?.text ?? "", digest: digest))
    }
    for blob in blobs { self.blobs.append(try Self.digest(of: blob, path)) }
    for tag in tags { self.tags[tag["name"]?.text ?? ""] = try Self.digest(of: tag, path) }
  }

  private static let wanted = "name what `sealift unpack --receipt FILE` wrote, or the bundle that it unpacked"

  private static func digest(of value: JSONValue, _ path: String) throws(SealiftError) -> Digest {
    guard let text = value["digest"]?.text, let digest = try? Digest(text) else {
      throw SealiftError(.configuration, "\(path) is a receipt with an entry that has no digest", nextStep: wanted)
    }
    return digest
  }
}
