import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// A source registry with images, a key, and a directory to work in.
final class World {
  let directory: TemporaryDirectory
  let layout: LayoutFixture
  let source: RegistryServer
  /// Stands between Sealift and the source; images are named by its address.
  let relay: Relay
  let key: SigningKey
  /// The images that the tests pack, without their registry.
  static let names = ["team/app:v1", "team/other:v1", "team/multi:v2"]
  /// `team/app:v1`, which has a signature and a referrer.
  let app: Descriptor
  let signature: Descriptor
  let referrer: Descriptor

  /// - Parameter largeLayer: The size of a layer of `team/app:v1`.
  init(largeLayer: Int = 700_000) throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ed25519, in: directory, name: "signer")
    layout = try LayoutFixture(directory("layout"))
    let base = try layout.layer(seed: 1, size: 300_000)
    let large = try layout.blob(Self.filler(largeLayer), base.mediaType.rawValue)
    app = try layout.image([base, large, layout.layer(seed: 2, size: 100_001)], name: "team/app:v1")
    let dockerLayers = try [base, layout.layer(seed: 3, size: 70_000)].map { layer in
      Descriptor(mediaType: Self.dockerLayer, digest: layer.digest, size: layer.size)
    }
    let other = try layout.image(dockerLayers, name: "team/other:v1", docker: true)
    let arm = try layout.image([layout.layer(seed: 4, size: 10)], architecture: "arm64")
    let amd = try layout.image([
      base, layout.plainLayer(seed: 5, size: 200_000), layout.plainLayer(seed: 6, size: 9000),
    ])
    let multi = try layout.index([arm, amd], name: "team/multi:v2")
    signature = try layout.image([layout.layer(seed: 7, size: 300)])
    referrer = try layout.image([layout.layer(seed: 8, size: 400)], subject: app)
    source = try RegistryServer()
    relay = try Relay(to: source.port)
    let storage = RegistryStorage(source)
    try storage.add(app, from: layout, to: "team/app", tag: "v1")
    try storage.add(other, from: layout, to: "team/other", tag: "v1")
    try storage.add(multi, from: layout, to: "team/multi", tag: "v2")
    try storage.add(signature, from: layout, to: "team/app", tag: "\(app.digest.tag).sig")
    try storage.add(layout.index([referrer]), from: layout, to: "team/app", tag: app.digest.tag)
  }

  /// Layers that travel with `names`.
  var layerCount: Int { 9 }

  /// The arguments that pack all images.
  ///
  /// - Parameter signer: The key that signs, if not the world's own.
  func pack(_ output: String, signer: SigningKey? = nil, _ more: String...) -> [String] {
    let images = Self.names.flatMap { ["--image", "\(relay.address)/\($0)"] }
    return ["pack"] + images + [
      "--key", (signer ?? key).privatePath, "--src-tls-verify=false", "--retries", "0", "-o", path(output),
    ] + more
  }

  /// Packs all images.
  @discardableResult
  func packed(_ output: String = "bundle.tar.zst") throws -> String {
    try Program.succeed(pack(output))
    return path(output)
  }

  /// The arguments that unpack a bundle.
  func unpack(_ bundle: String, to target: String, _ more: String...) -> [String] {
    [
      "unpack", bundle == "-" ? "-" : path(bundle), target, "--trust", key.publicPath, "--dest-tls-verify=false",
      "--retries", "0",
    ] + more
  }

  /// The path of a name in the working directory; an absolute path and `-` stay what they are.
  func path(_ name: String) -> String { name.hasPrefix("/") || name == "-" ? name : directory(name) }

  /// The bytes of a file in the working directory.
  func bytes(_ name: String) throws -> [UInt8] { try FileSystem.read(path(name), limit: 1 << 30) }

  /// What is in the working directory beside what the world itself has put there.
  func files() throws -> [String] {
    try FileSystem.list(directory.path).filter { $0 != "layout" && !$0.hasPrefix("signer") }
  }

  private static let dockerLayer = MediaType(rawValue: "application/vnd.docker.image.rootfs.diff.tar.gzip")

  /// Bytes made quickly; as a layer that counts as compressed they need not be random.
  private static func filler(_ size: Int) -> [UInt8] {
    let block = LayoutFixture.noise(seed: 9, size: 4000)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size + 4096)
    while bytes.count < size {
      withUnsafeBytes(of: bytes.count) { bytes += $0 }
      bytes += block
    }
    return Array(bytes.prefix(size))
  }
}

/// A pair of keys that `openssl` has made.
struct SigningKey {
  enum Kind: String, CaseIterable {
    case ecdsa
    case rsa
    case ed25519

    fileprivate var options: [String] {
      switch self {
      case .ecdsa: ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
      case .rsa: ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
      case .ed25519: ["ed25519"]
      }
    }
  }

  let kind: Kind
  let privatePath: String
  let publicPath: String

  private typealias Halves = (secret: [UInt8], open: [UInt8])

  // Each name has one key of a kind in the process: to make one takes longer than many a test.
  private static let made = Shared<[String: Result<Halves, any Error>]>([:])

  /// Writes both files.
  ///
  /// - Parameter name: What the files are named by. Keys of two names are two; of one name and kind, the same.
  init(_ kind: Kind, in directory: TemporaryDirectory, name: String) throws {
    self.kind = kind
    privatePath = directory("\(name).key")
    publicPath = directory("\(name).pub")
    let halves = try Self.made.with { made in
      let result = made["\(kind) \(name)"] ?? Result { try Self.make(kind) }
      made["\(kind) \(name)"] = result
      return result
    }.get()
    try File(privatePath, .replace, permissions: 0o600).write(halves.secret)
    try File(publicPath, .replace).write(halves.open)
  }

  private static func make(_ kind: Kind) throws -> Halves {
    let secret = try runOrFail("openssl", ["genpkey", "-algorithm"] + kind.options)
    let open = try runTool("openssl", ["pkey", "-pubout"], input: secret)
    try #require(open.status == 0, "\(open.errors)")
    return (Array(secret.utf8), Array(open.output.utf8))
  }
}

/// Runs a tool that must succeed, and gives its output.
@discardableResult
func runOrFail(
  _ tool: String, _ arguments: [String], _ location: SourceLocation = #_sourceLocation
) throws -> String {
  let result = try runTool(tool, arguments)
  try #require(result.status == 0, "\(tool) \(arguments): \(result.errors)", sourceLocation: location)
  return result.output
}
