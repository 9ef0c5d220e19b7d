internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import JSON
internal import OCI
internal import SystemIO

/// What must stay at a target, whatever a list says, and because of what.
struct KeptContent: Sendable {
  /// The manifests, each with who needs it.
  private(set) var places: [ManifestPlace: String] = [:]
  /// What tags stand for, by `repository:tag`.
  private(set) var tags: [String: Digest] = [:]
  /// The configs and layers.
  private(set) var blobs: Set<Digest> = []
  /// The ids of the bundles whose content it is.
  private(set) var bundles: Set<String> = []
  /// What it was made of: the digest of each receipt's bytes, and the id of each bundle.
  private(set) var sources: Set<Digest> = []

  // A receipt has a line for each blob in each repository: 300,000 of them fit.
  private static let maximumReceiptBytes = 256 << 20

  /// Adds what a receipt of `unpack` lists, or what a bundle has.
  ///
  /// - Parameters:
  ///   - host: The target's host: a receipt of another registry is an error.
  ///   - bundle: Opens the file as a bundle.
  mutating func add(
    _ path: String, host: String, bundle: () throws -> CarriedImages
  ) throws {
    let first = try File(path, .read).bytes(at: 0, count: 1)
    guard first == [UInt8(ascii: "{")] else { return try add(bundle()) }
    let bytes = try FileSystem.read(path, limit: Self.maximumReceiptBytes)
    sources.insert(SHA256Hasher.digest(of: bytes))
    try add(ReceiptContent(bytes, path: path), path, host)
  }

  /// Adds all that a bundle has.
  private mutating func add(_ carried: CarriedImages) {
    sources.insert(carried.id)
    bundles.insert(carried.id.description)
    for image in carried.images {
      add(image, for: "\(image.entry.reason) of \(carried.path)")
      for tag in image.entry.tags { tags["\(image.repository):\(tag)"] = image.entry.manifest.digest }
    }
  }

  /// Adds one image of a bundle, or a part of it.
  mutating func add(_ image: CarriedImages.Image, for owner: String) {
    for place in image.places where places[place] == nil { places[place] = owner }
    for blob in image.blobs { blobs.insert(blob.digest) }
  }

  private mutating func add(_ receipt: ReceiptContent, _ path: String, _ host: String) throws(SealiftError) {
    guard case .registry(host, _) = try TargetAddress(receipt.target) else {
      throw SealiftError(
        .configuration, "\(path) is a receipt of \(receipt.target), and not of the registry \(host)",
        nextStep: "leave it out if that is another registry; if not, name the target as it was named there")
    }
    bundles.insert(receipt.bundle)
    for place in receipt.manifests where places[place] == nil { places[place] = path }
    for (tag, digest) in receipt.tags {
      tags[tag] = digest
      guard let repository = tag.split(separator: ":").first else { continue }
      let place = ManifestPlace(repository: String(repository), digest: digest)
      if places[place] == nil { places[place] = path }
    }
    blobs.formUnion(receipt.blobs)
  }
}

/// What a receipt says is at a target.
///
/// Source: `formats/receipt.schema.json`.
private struct ReceiptContent {
  let target: String
  let bundle: String
  private(set) var manifests: [ManifestPlace] = []
  private(set) var tags: [String: Digest] = [:]
  private(set) var blobs: [Digest] = []

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
        nextStep: "unpack that bundle again with --receipt, or name the bundle itself with --keep")
    }
    self.target = target
    self.bundle = bundle
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
