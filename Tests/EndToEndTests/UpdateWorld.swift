import BundleFormat
import Digests
import JSON
import OCI
import Signing
import SystemIO
import TestSupport
import Testing

/// Bundles that rest on each other, written by hand: only what the format says of them counts.
struct UpdateWorld {
  /// An image, as the layers that it has: each number is a layer.
  struct Image {
    let destination: String
    let layers: [UInt64]

    init(_ destination: String, _ layers: UInt64...) {
      self.destination = destination
      self.layers = layers
    }
  }

  /// A bundle that is written.
  struct Bundle {
    let path: String
    let id: Digest
    let created: String
    /// The repositories that it has brought each layer to, without those that were there.
    fileprivate let brought: [UInt64: [String]]
    /// What it rests on, and what that rests on.
    fileprivate let bases: [Bundle]

    var name: String { FileSystem.name(of: path) }
  }

  let directory: TemporaryDirectory
  let key: SigningKey

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ed25519, in: directory, name: "signer")
  }

  /// The bytes of a layer.
  static func layer(_ number: UInt64) -> [UInt8] { LayoutFixture.noise(seed: number, size: 3000 + Int(number)) }

  /// The digest of a layer.
  static func digest(_ number: UInt64) -> Digest { SHA256Hasher.digest(of: layer(number)) }

  /// Writes a bundle in which what its bases have brought is held.
  ///
  /// - Parameter signed: Whether the world's key signs it.
  func bundle(
    _ month: Int, _ images: [Image], since direct: [Bundle] = [], signed: Bool = true, name: String? = nil
  ) throws -> Bundle {
    var bases: [Bundle] = []
    for base in direct.flatMap({ $0.bases + [$0] }) where !bases.contains(where: { $0.id == base.id }) {
      bases.append(base)
    }
    var draft = BundleDraft()
    draft.index.created = "2026-\(month < 10 ? "0" : "")\(month)-01T00:00:00Z"
    var held: [UInt64] = []
    var brought: [UInt64: [String]] = [:]
    for image in images {
      let layers = image.layers.map { number in
        let isHeld = bases.contains { $0.brought[number] != nil }
        if isHeld {
          if !held.contains(number) { held.append(number) }
        } else {
          brought[number, default: []].append(image.destination)
        }
        return isHeld ? Self.descriptor(number) : draft.addBlob(Self.layer(number), Self.type, .zstd)
      }
      let config = draft.addMetadata(.ociConfig, Array(#"{"image":"\#(image.destination) \#(month)"}"#.utf8))
      draft.addImage(draft.addManifest(config: config, layers: layers), at: image.destination, tags: ["v\(month)"])
    }
    Self.hold(held, of: bases, in: &draft.index)
    let path = directory(name ?? "month-\(month).tar.zst")
    let keys = signed ? [try PrivateKey(file: key.privatePath)] : []
    try FileSystem.makeDirectory(FileSystem.parent(of: path))
    try TinyBundle(index: draft.index.withHeadFiles(), contents: draft.contents, keys: keys).write(to: path)
    let id = try BundleFront.read(BundleInput(File(path, .read))).id
    return Bundle(path: path, id: id, created: draft.index.created, brought: brought, bases: bases)
  }

  private static let type = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip")

  private static func descriptor(_ number: UInt64) -> Descriptor {
    Descriptor(mediaType: type, digest: digest(number), size: layer(number).count)
  }

  /// Lists layers as held, and the repositories of the bases that have brought them.
  private static func hold(_ layers: [UInt64], of bases: [Bundle], in index: inout BundleIndex) {
    var places: [(base: Digest, repository: String)] = []
    for base in bases {
      let repositories = Set(layers.flatMap { base.brought[$0] ?? [] }).sorted()
      guard !repositories.isEmpty else { continue }
      index.bases.append(
        .init(created: base.created, id: base.id, name: base.name, repositories: repositories))
      places += repositories.map { (base.id, $0) }
    }
    index.held = layers.map { layer in
      let used = places.indices.filter { place in
        bases.contains { $0.id == places[place].base && $0.brought[layer]?.contains(places[place].repository) == true }
      }
      return .init(descriptor: descriptor(layer), places: used)
    }
  }

  /// The arguments that unpack a bundle.
  func unpack(_ bundle: Bundle, to target: String, _ more: String...) -> [String] {
    [
      "unpack", bundle.path, target, "--trust", key.publicPath, "--dest-tls-verify=false", "--retries", "0",
      "--receipt", directory("receipt.json"),
    ] + more
  }

  /// The receipt of the last run, which keeps to its schema.
  func receipt() throws -> JSONValue {
    let file = try FileSystem.read(directory("receipt.json"), limit: 1 << 20)
    let line = Array(file.prefix { $0 != UInt8(ascii: "\n") })
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("receipt.schema.json").verdicts([line]) == ["ok"])
    }
    return try JSONReader.value(line, source: "the receipt")
  }

  /// How blobs of a receipt have ended, each as `repository@digest`.
  func blobs(_ outcome: String) throws -> Set<String> {
    let blobs = try receipt()["blobs"]?.elements?.filter { $0["outcome"]?.text == outcome } ?? []
    return Set(blobs.map { "\($0["repository"]?.text ?? "")@\($0["digest"]?.text ?? "")" })
  }

  /// What a receipt says to be missing: the layers, by the name of the bundle that brings them.
  func missing() throws -> [String: Set<String>] {
    let missing = try receipt()["missing"]?.elements ?? []
    return Dictionary(
      missing.map { entry in
        (entry["base"]?["name"]?.text ?? "", Set(entry["blobs"]?.elements?.compactMap { $0["digest"]?.text } ?? []))
      }
    ) { first, _ in first }
  }
}
