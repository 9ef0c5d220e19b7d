internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// What a file of the user's proves to be at a target: a receipt of an earlier run, or the bundle that it has unpacked.
struct CatalogProof: Sendable {
  /// The path of the file.
  let path: String
  /// What tags stand for, by `repository:tag`.
  let tags: [String: Digest]
  /// The repositories that have a manifest.
  let repositories: [Digest: [String]]

  /// Reads a file.
  ///
  /// - Throws: `untrusted` for what nobody trusted has signed; `configuration` for what is neither, and for another
  ///   target.
  init(_ path: String, at address: TargetAddress, _ options: UnpackOptions, directory: String) throws {
    guard let receipt = try ReceiptContent(ofReceipt: path) else {
      let bundle = try CarriedImages(
        path, options.trust, address, maxNestedPaths: options.maxNestedPaths, directory)
      let tags = bundle.images.flatMap { image in
        image.entry.tags.map { ("\(image.repository):\($0)", image.entry.manifest.digest) }
      }
      self.init(path, tags: Dictionary(tags) { first, _ in first }, places: bundle.images.flatMap(\.places))
      return
    }
    guard try TargetAddress(receipt.target).isOne(with: address) else {
      throw SealiftError(
        .configuration, "\(path) is a receipt of \(receipt.target), and the target is \(options.target ?? "another")",
        nextStep: "name the receipt of the run that brought the other catalog to this target, or the bundle")
    }
    guard !receipt.signers.isEmpty || options.trust.allowUnsigned else {
      throw SealiftError(
        .untrusted, "\(path) is the receipt of a bundle that nobody who was trusted had signed",
        nextStep: "name a signed bundle that has the catalog, or pass --allow-unsigned")
    }
    self.init(path, tags: receipt.tags, places: receipt.manifests)
  }

  private init(_ path: String, tags: [String: Digest], places: [ManifestPlace]) {
    self.path = path
    self.tags = tags
    repositories = Dictionary(grouping: places, by: \.digest).mapValues { $0.map(\.repository) }
  }
}
