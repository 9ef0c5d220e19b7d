internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Publishing
internal import SystemIO

/// What must stay at a target, whatever a list says, and because of what.
struct KeptContent: Sendable {
  /// The manifests, each with who needs it.
  private(set) var places: [ManifestPlace: String] = [:]
  /// What tags can stand for, by `repository:tag`.
  private(set) var tags: [String: Set<Digest>] = [:]
  /// The blobs that updates rest on, each with the repositories where these look for it, and with one such update.
  private var held: [Digest: (repositories: Set<String>, owner: String)] = [:]
  /// The configs and layers.
  private(set) var blobs: Set<Digest> = []
  /// The ids of the bundles whose content it is.
  private(set) var bundles: Set<String> = []
  /// What it was made of: the digest of each receipt's bytes, and the id of each bundle.
  private(set) var sources: Set<Digest> = []

  /// Adds what a receipt of `unpack` lists, or what a bundle has.
  ///
  /// - Parameters:
  ///   - host: The target's host: a receipt of another registry is an error.
  ///   - bundle: Opens the file as a bundle.
  mutating func add(
    _ path: String, host: String, bundle: () throws -> CarriedImages
  ) throws {
    guard let receipt = try ReceiptContent(ofReceipt: path) else { return try add(bundle()) }
    sources.insert(receipt.digest)
    try add(receipt, path, host)
  }

  /// Adds all that a bundle has.
  private mutating func add(_ carried: CarriedImages) {
    sources.insert(carried.id)
    bundles.insert(carried.id.description)
    let owner = "\(carried.path), which rests on it until its own receipt is kept"
    for (digest, repositories) in carried.held {
      held[digest, default: ([], owner)].repositories.formUnion(repositories)
    }
    for image in carried.images {
      add(image, for: "\(image.entry.reason) of \(carried.path)")
      for tag in image.entry.tags {
        tags["\(image.repository):\(tag)", default: []].formUnion(image.roots.map(\.digest))
      }
    }
  }

  /// The update that rests on a blob in a repository, and may be on its way: one that was unpacked has a receipt.
  func update(restingOn blobs: [Descriptor], in repository: String) -> String? {
    blobs.lazy.compactMap { held[$0.digest] }.first { $0.repositories.contains(repository) }?.owner
  }

  /// Whether an update may be on its way.
  var hasUpdates: Bool { !held.isEmpty }

  /// Adds manifests that stay because of who needs them.
  mutating func add(_ places: [ManifestPlace], for owner: String) {
    for place in places where self.places[place] == nil { self.places[place] = owner }
  }

  /// Adds one image of a bundle, or a part of it.
  mutating func add(_ image: CarriedImages.Image, for owner: String) {
    add(image.places, for: owner)
    for blob in image.blobs { blobs.insert(blob.digest) }
  }

  private mutating func add(_ receipt: ReceiptContent, _ path: String, _ host: String) throws(SealiftError) {
    guard case .registry(host, _) = try TargetAddress(receipt.target) else {
      throw SealiftError(
        .configuration, "\(path) is a receipt of \(receipt.target), and not of the registry \(host)",
        nextStep: "leave it out if that is another registry; if not, name the target as it was named there")
    }
    bundles.insert(receipt.bundle)
    add(receipt.manifests, for: path)
    for (tag, digest) in receipt.tags {
      tags[tag, default: []].insert(digest)
      guard let repository = tag.split(separator: ":").first else { continue }
      add([ManifestPlace(repository: String(repository), digest: digest)], for: path)
    }
    blobs.formUnion(receipt.blobs.lazy.map(\.digest))
  }
}
