public import BundleFormat
internal import Diagnostics
public import Digests
internal import JSON
public import OCI
public import Signing
internal import SystemIO
internal import Tar

/// A small bundle that holds one real OCI image, made in memory: its content, its index, and how it is written.
public struct TinyBundle: Sendable {
  /// One layer of the image.
  public struct Layer: Sendable {
    /// The media type, which decides whether the layer is stored raw or compressed.
    public var mediaType: MediaType
    /// The content.
    public var content: [UInt8]

    /// A layer that counts as compressed already.
    public static func gzip(_ content: [UInt8]) -> Layer {
      Layer(mediaType: MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip"), content: content)
    }

    /// A plain layer.
    public static func tar(_ content: [UInt8]) -> Layer {
      Layer(mediaType: MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar"), content: content)
    }
  }

  /// The index, with its head files.
  public let index: BundleIndex
  /// The content of every manifest, config and layer, and of the files of the head that do not follow from the index.
  public let contents: [Digest: [UInt8]]
  /// Who signs.
  public let keys: [PrivateKey]

  /// - Parameters:
  ///   - layers: The layers of the image, base layer first; equal ones are stored once.
  ///   - keys: Who signs; none makes an unsigned bundle.
  ///   - release: What makes the image a release's payload.
  public init(layers: [Layer], keys: [PrivateKey], release: TinyRelease? = nil) {
    let distinct = layers.reduce(into: [Layer]()) { distinct, layer in
      if !distinct.contains(where: { $0.content == layer.content }) { distinct.append(layer) }
    }
    let descriptors = layers.map { Self.descriptor($0.mediaType, $0.content) }
    let config = Self.config(layers)
    let configDescriptor = Self.descriptor(.ociConfig, config)
    let manifest = Self.manifest(configDescriptor, descriptors)
    let manifestDescriptor = Self.descriptor(.ociManifest, manifest)
    let files = release?.files(of: manifestDescriptor.digest) ?? []
    let pairs = distinct.map(\.content) + [config, manifest] + files.map(\.content)
    contents = Dictionary(pairs.map { (SHA256Hasher.digest(of: $0), $0) }) { first, _ in first }
    self.keys = keys
    var index = BundleIndex(
      created: "2026-11-01T00:00:00Z",
      producer: .init(configuration: nil, name: "sealift", version: "1.0.0", zstd: "1.5.4"),
      images: [
        .init(
          source: "registry.example/team/tiny:1.0", manifest: manifestDescriptor, platforms: ["linux/amd64"],
          reason: release.map { .release("\($0.version) \($0.architecture)") } ?? .requested, destination: "team/tiny",
          tags: ["1.0"], subject: nil)
      ],
      files: files.map(\.file), metadata: [manifestDescriptor, configDescriptor], blobs: Self.blobs(distinct),
      releases: release.map { [$0.entry(manifestDescriptor.digest)] } ?? [],
      catalogs: release.map { [$0.catalog(manifestDescriptor.digest)] } ?? [])
    release?.addCarried(layers.first.map { SHA256Hasher.digest(of: $0.content) }, to: &index)
    self.index = index.withHeadFiles()
  }

  /// - Parameters:
  ///   - index: Any index.
  ///   - contents: The content of what it lists.
  ///   - keys: Who signs; none makes an unsigned bundle.
  public init(index: BundleIndex, contents: [Digest: [UInt8]], keys: [PrivateKey]) {
    self.index = index
    self.contents = contents
    self.keys = keys
  }

  /// A policy that trusts the keys that sign, or takes the bundle unsigned if there are none.
  public var policy: TrustPolicy {
    get throws {
      try TrustPolicy(keys: keys.map(\.publicKey), threshold: max(1, keys.count), allowUnsigned: keys.isEmpty)
    }
  }

  /// The signatures of `keys` over bytes.
  public static func signatures(_ bytes: [UInt8], _ keys: [PrivateKey]) throws -> SignatureRegion {
    try SignatureRegion(
      keys.map { key in CarriedSignature(keyID: key.id, bytes: try bytes.withUnsafeBytes { try key.sign($0) }) })
  }

  private static let compressors = BlockingPool(threads: 2)

  /// Writes the bundle, blob by blob.
  ///
  /// - Returns: The size of the bundle.
  @discardableResult
  public func write(to output: any BundleOutput) throws -> Int {
    let writer = try BundleWriter.writeHead(
      index, policy: policy, to: output, pool: Self.compressors, sign: { try Self.signatures($0, keys) },
      content: { contents[$0] ?? [] })
    var tail: [StoredFrame] = []
    for (place, blob) in index.blobs.enumerated() {
      let content = contents[blob.descriptor.digest] ?? []
      if blob.encoding == .raw {
        let raw = writer.rawBlob(place)
        try content.withUnsafeBytes { try raw.append($0) }
        try raw.finish()
      } else {
        let offset = writer.head.tailOffset + tail.totalStoredBytes
        let compressed = try TailBlobWriter(blob.descriptor, at: offset, to: output, pool: Self.compressors) { _, _ in }
        try content.withUnsafeBytes { try compressed.append($0) }
        tail += try compressed.finish()
      }
    }
    return try writer.writeEnd(tail: tail)
  }

  /// Writes the bundle into a file.
  @discardableResult
  public func write(to path: String) throws -> Int { try write(to: File(path, .replace)) }

  private static func blobs(_ layers: [Layer]) -> [BundleIndex.Blob] {
    var position = 0
    let raw = layers.filter { !$0.mediaType.isCompressible }.map { layer in
      defer { position += 512 + (layer.content.count + 511) / 512 * 512 }
      return BundleIndex.Blob(
        descriptor: descriptor(layer.mediaType, layer.content), encoding: .raw, offset: position + 512)
    }
    let compressed = layers.filter(\.mediaType.isCompressible).map { layer in
      BundleIndex.Blob(descriptor: descriptor(layer.mediaType, layer.content), encoding: .zstd, offset: nil)
    }
    return raw + compressed
  }

  private static func descriptor(_ mediaType: MediaType, _ content: [UInt8]) -> Descriptor {
    Descriptor(mediaType: mediaType, digest: SHA256Hasher.digest(of: content), size: content.count)
  }

  // The ids of gzip layers are those of the stored bytes: nobody unpacks the image.
  private static func config(_ layers: [Layer]) -> [UInt8] {
    let ids = layers.map { JSONValue.string(SHA256Hasher.digest(of: $0.content).description) }
    return JSONWriter.bytes(
      of: .object([
        .init("architecture", .string("amd64")), .init("os", .string("linux")),
        .init("rootfs", .object([.init("diff_ids", .array(ids)), .init("type", .string("layers"))])),
      ]))
  }

  private static func manifest(_ config: Descriptor, _ layers: [Descriptor]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("config")
      writer.descriptor(config)
      writer.member("layers")
      writer.array(of: layers) { $0.descriptor($1) }
      writer.member("mediaType", MediaType.ociManifest.rawValue)
      writer.member("schemaVersion", 2)
    }
    return writer.bytes
  }
}

extension TinyBundle {
  /// The example of `formats/bundle-v1.md`: one raw and one compressed layer, taken for a release's payload, signed
  /// with `exampleKey`.
  public static var example: TinyBundle {
    get throws {
      let layers = [
        Layer.gzip(Gzip.stored(tarArchive("hello", "Hello, far side.\n"))),
        Layer.tar(tarArchive("plain", String(repeating: "Nothing compressed this layer.\n", count: 40))),
      ]
      return TinyBundle(layers: layers, keys: [try exampleKey], release: .example)
    }
  }

  /// A tar archive of one file.
  public static func tarArchive(_ name: String, _ text: String) -> [UInt8] {
    let size = text.utf8.count
    return TarHeader.bytes(name: name, size: size) + text.utf8
      + [UInt8](repeating: 0, count: TarHeader.padding(size)) + TarHeader.endOfArchive
  }

  /// A key that the whole world knows. Its kind signs without chance: the same bytes give the same signature.
  public static var exampleKey: PrivateKey {
    get throws { try PrivateKey(pem: exampleKeyPEM, name: "the example's key") }
  }

  /// The same as a file.
  public static let exampleKeyPEM = pem("MC4CAQAwBQYDK2VwBCIEIDn/2jy6wpZOPq8MQ/CPJRwq3liwv1UZjYtjo1O441Mg")

  /// Another one.
  public static var secondKey: PrivateKey {
    get throws {
      let pem = pem("MC4CAQAwBQYDK2VwBCIEIGTbBIdnuuquVsTtLt3uwTEc2BYdwpabrpdG+4cESNdx")
      return try PrivateKey(pem: pem, name: "the second key")
    }
  }

  private static func pem(_ text: String) -> [UInt8] {
    Array("-----BEGIN PRIVATE KEY-----\n\(text)\n-----END PRIVATE KEY-----\n".utf8)
  }
}
