internal import Digests
internal import JSON
public import OCI
internal import SystemIO

/// An OCI layout that a test fills with images of its own making.
public final class LayoutFixture {
  /// The directory.
  public let path: String
  private var entries: [Descriptor] = []

  /// Makes an empty layout.
  ///
  /// - Parameter path: A directory that does not exist.
  public init(_ path: String) throws {
    self.path = path
    try FileSystem.makeDirectory("\(path)/blobs/sha256")
    try write(Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), to: "oci-layout")
    try writeIndex()
  }

  /// Stores bytes.
  @discardableResult
  public func blob(_ bytes: [UInt8], _ mediaType: String) throws -> Descriptor {
    let digest = SHA256Hasher.digest(of: bytes)
    try write(bytes, to: "blobs/sha256/\(digest.hex)")
    return Descriptor(mediaType: MediaType(rawValue: mediaType), digest: digest, size: bytes.count)
  }

  /// Stores a layer that cannot be compressed.
  public func layer(seed: UInt64, size: Int) throws -> Descriptor {
    try blob(Self.noise(seed: seed, size: size), "application/vnd.oci.image.layer.v1.tar+gzip")
  }

  /// Stores a plain layer, which can.
  public func plainLayer(seed: UInt64, size: Int) throws -> Descriptor {
    let piece = Self.noise(seed: seed, size: 4096) + [UInt8](repeating: 0, count: 28 << 10)
    var bytes: [UInt8] = []
    while bytes.count < size { bytes += piece.prefix(size - bytes.count) }
    return try blob(bytes, "application/vnd.oci.image.layer.v1.tar")
  }

  /// Stores an image manifest with a config of its own.
  ///
  /// - Parameters:
  ///   - name: Its `org.opencontainers.image.ref.name`; without one it is no entry of the index.
  ///   - subject: What it refers to.
  ///   - docker: Whether it is Docker's schema 2.
  ///   - created: When its config says that it was made.
  @discardableResult
  public func image(
    _ layers: [Descriptor], name: String? = nil, architecture: String = "amd64", subject: Descriptor? = nil,
    docker: Bool = false, created: String? = nil
  ) throws -> Descriptor {
    let time = created.map { #""created":"\#($0)","# } ?? ""
    let config = try blob(
      Array(#"{"architecture":"\#(architecture)",\#(time)"os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#.utf8),
      docker ? MediaType.dockerConfig.rawValue : MediaType.ociConfig.rawValue)
    var writer = JSONWriter()
    let type = docker ? MediaType.dockerManifest : .ociManifest
    writer.object { writer in
      writer.member("config")
      writer.descriptor(config)
      writer.member("layers")
      writer.array(of: layers) { $0.descriptor($1) }
      writer.member("mediaType", type.rawValue)
      writer.member("schemaVersion", 2)
      if let subject {
        writer.member("subject")
        writer.descriptor(subject)
      }
    }
    var manifest = try blob(writer.bytes, type.rawValue)
    manifest.platform = Platform(os: "linux", architecture: architecture)
    if let name { try tag(manifest, name) }
    return manifest
  }

  /// Stores an index.
  @discardableResult
  public func index(_ manifests: [Descriptor], name: String? = nil) throws -> Descriptor {
    let index = try blob(ImageIndex.bytes(manifests), MediaType.ociIndex.rawValue)
    if let name { try tag(index, name) }
    return index
  }

  /// Gives a manifest a name.
  public func tag(_ manifest: Descriptor, _ name: String) throws {
    entries.append(
      Descriptor(
        mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.size,
        annotations: [.init("org.opencontainers.image.ref.name", name)]))
    try writeIndex()
  }

  /// Lists a manifest without a name.
  public func list(_ manifest: Descriptor) throws {
    entries.append(Descriptor(mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.size))
    try writeIndex()
  }

  /// Bytes that look random and are the same for one seed.
  public static func noise(seed: UInt64, size: Int) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    let count = (size + 7) / 8
    // Many tests begin with this, in a debug build: it calls nothing generic.
    let words = [UInt64](unsafeUninitializedCapacity: count) { words, initializedCount in
      guard var place = words.baseAddress else { return }
      let end = place + count
      while place < end {
        state ^= state &<< 13
        state ^= state &>> 7
        state ^= state &<< 17
        place.initialize(to: state)
        place += 1
      }
      initializedCount = count
    }
    return words.withUnsafeBytes { Array(UnsafeRawBufferPointer(rebasing: $0.prefix(size))) }
  }

  private func writeIndex() throws { try write(ImageIndex.bytes(entries), to: "index.json") }

  private func write(_ bytes: [UInt8], to name: String) throws {
    // Nothing here must outlive a power cut, so nothing is synced.
    try File("\(path)/\(name)", .replace).write(bytes)
  }
}
