internal import BundleFormat
internal import Diagnostics
internal import Digests
public import OCI

extension ImageRepository {
  /// Fetches a config, and proves its digest.
  ///
  /// - Parameter name: What the image is called in messages.
  /// - Throws: `protocol` for one that is too large or damaged; what the source throws.
  public func config(_ config: Descriptor, of name: String) async throws -> [UInt8] {
    guard config.isSmallMetadata else {
      throw SealiftError(
        .protocol, "\(name) has a config of \(config.size.asBytes)", nextStep: "check that it is the image you meant")
    }
    return try await document(config, of: "\(name): the source sent other bytes for config")
  }

  /// Fetches a blob for which memory has room, and proves its digest.
  ///
  /// - Parameter problem: What messages say of other bytes, before its digest.
  /// - Throws: `protocol` for other bytes; what the source throws.
  public func document(_ blob: Descriptor, of problem: String) async throws -> [UInt8] {
    let collected = Collected(limit: blob.size)
    try await self.blob(blob, from: 0) { try collected.append($0) }
    let bytes = collected.bytes
    guard bytes.count == blob.size, SHA256Hasher.digest(of: bytes) == blob.digest else {
      throw SealiftError(
        .protocol, "\(problem) \(blob.digest)",
        nextStep: "run the same command again; if it happens again, the source is damaged")
    }
    return bytes
  }

  /// Fetches a manifest that another one names.
  ///
  /// - Parameter name: What the image is called in messages.
  /// - Throws: `notFound` if the source does not have it; what the source throws.
  public func child(_ child: Descriptor, of name: String) async throws -> FetchedManifest {
    guard let manifest = try await manifest(.digest(child.digest)) else {
      throw SealiftError(
        .notFound, "\(name) names \(child.digest), which its source does not have",
        nextStep: "ask the publisher for a whole image, or name another one")
    }
    return manifest
  }

  /// One image of an index: the one for linux/amd64, or else the first; an image is its own.
  ///
  /// - Parameter name: What the image is called in messages.
  /// - Throws: `protocol` for an index without images; what the source throws.
  public func image(of root: FetchedManifest, of name: String) async throws -> (
    config: Descriptor, layers: [Descriptor]
  ) {
    var image = root
    if case .index(let children) = root.manifest.content {
      if let chosen = children.preferredImage { image = try await child(chosen, of: name) }
    }
    guard case .image(let config, let layers) = image.manifest.content else {
      throw SealiftError(.protocol, "\(name) is no image", nextStep: "check that it is the image you meant")
    }
    return (config, layers)
  }
}

extension [Descriptor] {
  /// Of the images of an index the one that stands for all: that for linux/amd64, or else the first.
  public var preferredImage: Descriptor? {
    first { $0.platform?.os == "linux" && $0.platform?.architecture == "amd64" } ?? first
  }
}

extension Descriptor {
  /// Whether a config is small enough for the head; one of an artifact can be any size.
  public var isSmallMetadata: Bool { size <= BundleIndex.maximumMetadata }
}
