public import BundleFormat
public import Digests
public import JSON
public import OCI
public import Signing

/// A bundle that a test makes part by part, and breaks by one rule or another: it is written and signed whatever it says.
///
/// What follows from other parts (offsets, sizes, the files that every head has, the digests of what names a changed
/// manifest) is made new when it is written, so that one thing is wrong, and only one.
public struct BundleDraft: Sendable {
  /// The index; the files that every head has are none of its `files`.
  public var index: BundleIndex
  /// What each digest stands for.
  public var contents: [Digest: [UInt8]] = [:]
  /// Who signs.
  public var keys: [PrivateKey] = []
  /// Other contents for the files that every head has, by path.
  public var derived: [String: [UInt8]] = [:]
  /// The last change to the index's tree, before it is signed.
  public var change: (@Sendable (JSONValue) -> JSONValue)?
  /// The last change to the index's text, before it is signed.
  public var changeText: (@Sendable (String) -> String)?

  /// An empty bundle.
  public init() {
    index = BundleIndex(
      created: "2026-11-01T00:00:00Z", producer: .init(configuration: nil, name: "draft", version: "1", zstd: "1.5.4"),
      images: [], files: [], metadata: [], blobs: [])
  }

  /// Adds a manifest or a config.
  @discardableResult
  public mutating func addMetadata(_ type: MediaType, _ bytes: [UInt8]) -> Descriptor {
    let descriptor = descriptor(type, bytes)
    if !index.metadata.contains(where: { $0.digest == descriptor.digest }) { index.metadata.append(descriptor) }
    return descriptor
  }

  /// Adds a layer, or the content of a file.
  @discardableResult
  public mutating func addBlob(
    _ bytes: [UInt8], _ type: MediaType = .init(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip"),
    _ encoding: BundleIndex.Encoding = .raw
  ) -> Descriptor {
    let descriptor = descriptor(type, bytes)
    let blob = BundleIndex.Blob(descriptor: descriptor, encoding: encoding, offset: encoding == .raw ? 0 : nil)
    let place = encoding == .raw ? index.blobs.firstIndex { $0.encoding != .raw } : nil
    if !index.blobs.contains(where: { $0.descriptor.digest == descriptor.digest }) {
      index.blobs.insert(blob, at: place ?? index.blobs.count)
    }
    return descriptor
  }

  /// Adds an image manifest.
  public mutating func addManifest(
    config: Descriptor, layers: [Descriptor], type: MediaType = .ociManifest, subject: Descriptor? = nil
  ) -> Descriptor {
    var members: [JSONValue.Member] = [
      .init("config", config.json), .init("layers", .array(layers.map(\.json))),
      .init("mediaType", .string(type.rawValue)), .init("schemaVersion", .integer(2)),
    ]
    if let subject { members.append(.init("subject", subject.json)) }
    return addMetadata(type, JSONWriter.bytes(of: .object(members)))
  }

  /// Adds an index of images.
  public mutating func addIndex(_ children: [Descriptor], type: MediaType = .ociIndex) -> Descriptor {
    let members: [JSONValue.Member] = [
      .init("manifests", .array(children.map(\.json))), .init("mediaType", .string(type.rawValue)),
      .init("schemaVersion", .integer(2)),
    ]
    return addMetadata(type, JSONWriter.bytes(of: .object(members)))
  }

  /// Lists an image.
  public mutating func addImage(
    _ manifest: Descriptor, at destination: String, tags: [String], reason: ImageReason = .requested,
    subject: Digest? = nil
  ) {
    index.images.append(
      .init(
        source: "registry.example/\(destination):\(tags.first ?? "none")",
        manifest: Descriptor(mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.size),
        platforms: [], reason: reason, destination: destination, tags: tags, subject: subject))
  }

  /// Adds a file of the head, or gives it another content.
  public mutating func addFile(_ path: String, _ text: String) {
    let bytes = Array(text.utf8)
    let file = BundleIndex.HeadFile(path: path, digest: SHA256Hasher.digest(of: bytes), size: bytes.count)
    contents[file.digest] = bytes
    index.files.removeAll { $0.path == path }
    index.files.append(file)
    index.files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// Gives a manifest or a config other bytes, and everything that names it the new digest.
  public mutating func replace(_ old: Digest, with bytes: [UInt8]) {
    let new = SHA256Hasher.digest(of: bytes)
    guard new != old, !index.metadata.contains(where: { $0.digest == new }) else { return }
    contents[new] = bytes
    let renew = { (descriptor: inout Descriptor) in
      guard descriptor.digest == old else { return }
      descriptor.digest = new
      descriptor.size = bytes.count
    }
    for place in index.metadata.indices { renew(&index.metadata[place]) }
    for place in index.images.indices {
      renew(&index.images[place].manifest)
      if index.images[place].subject == old { index.images[place].subject = new }
      if case .referrer(let kind, of: old) = index.images[place].reason {
        index.images[place].reason = .referrer(kind, of: new)
      }
    }
    for place in index.releases.indices where index.releases[place].digest == old { index.releases[place].digest = new }
    for place in index.catalogs.indices where index.catalogs[place].digest == old { index.catalogs[place].digest = new }
    for parent in index.metadata.map(\.digest) where parent != new {
      let text = String(decoding: contents[parent] ?? [], as: UTF8.self)
      guard text.contains(old.hex) else { continue }
      replace(parent, with: Array(text.replacing(old.hex, with: new.hex).utf8))
    }
  }

  /// The file.
  public func bytes() throws -> [UInt8] {
    var index = index
    index.blobs = Self.placed(index.blobs)
    index.files = Forge.fixedPaths.map { .init(path: $0, digest: SHA256Hasher.digest(of: []), size: 0) } + index.files
    var tree = try JSONReader.value(index.bytes, source: "the draft")
    if let change { tree = change(tree) }
    var fixed: [String: [UInt8]] = [:]
    for path in Forge.fixedPaths { fixed[path] = derived[path] ?? Forge.derived(path, tree) }
    var forge = Forge(index, contents: contents, keys: keys, derived: fixed)
    forge.indexBytes = JSONWriter.bytes(of: tree.listing(fixed))
    if let changeText { forge.indexBytes = Array(changeText(String(decoding: forge.indexBytes, as: UTF8.self)).utf8) }
    return try forge.bytes
  }

  private static func placed(_ blobs: [BundleIndex.Blob]) -> [BundleIndex.Blob] {
    var position = 0
    return blobs.map { blob in
      guard blob.encoding == .raw else { return blob }
      defer { position += 512 + (blob.descriptor.size + 511) / 512 * 512 }
      var blob = blob
      blob.offset = position + 512
      return blob
    }
  }

  private mutating func descriptor(_ type: MediaType, _ bytes: [UInt8]) -> Descriptor {
    let digest = SHA256Hasher.digest(of: bytes)
    contents[digest] = bytes
    return Descriptor(mediaType: type, digest: digest, size: bytes.count)
  }
}

extension Descriptor {
  /// As a manifest has it.
  public var json: JSONValue {
    var writer = JSONWriter()
    writer.descriptor(self)
    let tree = try? JSONReader.value(writer.bytes, source: "a descriptor")
    return tree ?? .null
  }
}

extension JSONValue {
  /// An index with the digests and sizes of files that follow from it.
  fileprivate func listing(_ contents: [String: [UInt8]]) -> JSONValue {
    guard case .object(var members) = self, let place = members.firstIndex(where: { $0.name == "files" }),
      let files = members[place].value.elements
    else { return self }
    members[place].value = .array(
      files.map { file in
        guard let path = file["path"]?.text, let content = contents[path] else { return file }
        return .object([
          .init("digest", .string(SHA256Hasher.digest(of: content).description)), .init("path", .string(path)),
          .init("size", .integer(content.count)),
        ])
      })
    return .object(members)
  }
}
