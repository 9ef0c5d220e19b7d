internal import Content
internal import Diagnostics
internal import Digests
internal import JSON
internal import OCI
internal import Signing

/// The receipt of a bundle as its target registry keeps it, for whoever packs what comes next.
///
/// It says what is there, not what one run did: the same bundle unpacked again writes the same bytes, and then nothing is
/// sent.
struct ReceiptRecord: Sendable {
  /// The type of the artifact, and of its one layer.
  static let type = MediaType(rawValue: "application/vnd.sealift.receipt.v1+json")
  /// The repository of all records, relative to the target.
  static let destination = "sealift/receipts"

  /// The repository at the target.
  let repository: String
  let target: any ImageTarget

  // A receipt has a line for each blob in each repository: 300,000 of them fit.
  private static let maximumBytes = 256 << 20
  // A config that says nothing, as the specification has it.
  private static let config = ProvenBytes(Array("{}".utf8), MediaType(rawValue: "application/vnd.oci.empty.v1+json"))

  /// Keeps the receipt of a bundle, unless one is there that says as much and is signed as well.
  func keep(_ receipt: Receipt, signedBy key: PrivateKey?) async throws {
    let record = receipt.record
    let id = try Digest(receipt.bundle)
    if let known = try? await read(id.tag), try known.covers(record, signedBy: key) { return }
    let layer = ProvenBytes(try record.bytes(signedBy: key), Self.type)
    for blob in [Self.config, layer] where try await !target.hasBlob(blob.descriptor, in: repository) {
      try await target.putBlob(blob, in: repository)
    }
    try await target.putManifest(
      Self.manifest(layer.descriptor), mediaType: .ociManifest, as: .tag(id.tag), in: repository)
  }

  /// Reads the record of a tag.
  ///
  /// - Throws: `notFound`; `protocol` or `configuration` for anything but a receipt.
  func read(_ tag: String) async throws -> Kept {
    let name = "\(repository):\(tag)"
    guard let manifest = try await target.manifest(.tag(tag), in: repository) else {
      throw SealiftError(.notFound, "\(name) is not there", nextStep: "unpack the bundle again")
    }
    guard manifest.manifest.artifactType == Self.type.rawValue, case .image(_, let layers) = manifest.manifest.content,
      let layer = layers.first, layers.count == 1, layer.size <= Self.maximumBytes
    else {
      throw SealiftError(.protocol, "\(name) is no receipt", nextStep: "look at who has put it there")
    }
    let bytes = try await ImageRepository(repository, of: target).document(
      layer, of: "\(name): the registry sent other bytes for")
    return try Kept(bytes, tag: tag, name: name)
  }

  /// A receipt that a registry has.
  struct Kept: Sendable {
    /// Its tag.
    let tag: String
    /// All bytes, those of its signatures too.
    let bytes: [UInt8]
    let content: ReceiptContent
    let signed: SignedReceipt

    init(_ bytes: [UInt8], tag: String, name: String) throws(SealiftError) {
      self.tag = tag
      self.bytes = bytes
      signed = try SignedReceipt(bytes, path: name)
      content = try ReceiptContent(signed.line, path: name)
    }

    /// Whether it says at least what another one says of the same bundle, and a key has signed it.
    fileprivate func covers(_ other: Receipt, signedBy key: PrivateKey?) throws -> Bool {
      if let key {
        let own = signed.signatures.first { $0.keyID == key.id }
        let isSigned = own.map { own in
          signed.line.withUnsafeBytes { key.publicKey.verify(signature: own.bytes, message: $0) }
        }
        guard isSigned == true else { return false }
      }
      guard content.bundle == other.bundle, content.created == other.created, content.isComplete else { return false }
      let blobs = content.blobs.lazy.map { ManifestPlace(repository: $0.repository, digest: $0.digest) }
      let places = Set(content.manifests).union(blobs)
      return (other.manifests + other.blobs).allSatisfy { places.contains($0.place) }
        && other.tags.allSatisfy { content.tags[$0.name] == $0.digest }
    }
  }

  /// Source: OCI image-spec, manifest.md, "Guidelines for Artifact Usage".
  private static func manifest(_ layer: Descriptor) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("artifactType", type.rawValue)
      writer.member("config")
      writer.descriptor(config.descriptor)
      writer.member("layers")
      writer.array(of: [layer]) { $0.descriptor($1) }
      writer.member("mediaType", MediaType.ociManifest.rawValue)
      writer.member("schemaVersion", 2)
    }
    return writer.bytes
  }
}

extension ProvenBytes {
  fileprivate init(_ bytes: [UInt8], _ type: MediaType) {
    let digest = SHA256Hasher.digest(of: bytes)
    self.init(descriptor: Descriptor(mediaType: type, digest: digest, size: bytes.count), bytes: bytes)
  }
}

extension Receipt {
  /// What there is of it at the target, however it came there.
  fileprivate var record: Receipt {
    var record = self
    record.blobs = blobs.map(\.found)
    record.manifests = manifests.map(\.found)
    record.tags = tags.map { Tag(name: $0.name, digest: $0.digest, outcome: .present) }
    record.replaced = []
    record.clusterManifests = nil
    record.files = nil
    return record
  }

  /// The bytes of its file: one line, and another one with the signature if a key is given.
  func bytes(signedBy key: PrivateKey?) throws(SealiftError) -> [UInt8] {
    let line = JSONWriter.bytes(of: json)
    guard let key else { return line + [UInt8(ascii: "\n")] }
    let signature = CarriedSignature(keyID: key.id, bytes: try key.sign(line))
    return line + [UInt8(ascii: "\n")] + SignedReceipt.line(of: [signature]) + [UInt8(ascii: "\n")]
  }
}

extension Receipt.Content {
  fileprivate var found: Receipt.Content {
    Receipt.Content(descriptor: descriptor, repository: repository, outcome: .present)
  }

  fileprivate var place: ManifestPlace { ManifestPlace(repository: repository, digest: descriptor.digest) }
}

extension PrivateKey {
  fileprivate func sign(_ bytes: [UInt8]) throws(SealiftError) -> [UInt8] {
    let result = bytes.withUnsafeBytes { bytes in Result { () throws(SealiftError) in try sign(bytes) } }
    return try result.get()
  }
}
