public import BundleFormat
internal import Digests

/// What makes the image of a `TinyBundle` a release's payload: its entry in the index, and files of the head.
public struct TinyRelease: Sendable {
  /// The version.
  public var version = "4.18.1"
  /// The architecture.
  public var architecture = "amd64"
  /// The fingerprint of the key.
  public var fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567"
  /// The signature; `nil` makes a release that nobody has signed.
  public var signature: [UInt8]? = Array("Stands for a signature.\n".utf8)
  /// The public key.
  public var key = Array("Stands for a key.\n".utf8)
  /// The templates of cluster manifests, by path.
  public var templates = [
    "config/ImageDigestMirrorSet/idms-release-0.yaml": """
    apiVersion: config.openshift.io/v1
    kind: ImageDigestMirrorSet
    metadata:
      name: idms-release-0
    spec:
      imageDigestMirrors:
      - mirrors:
        - sealift.target.invalid/team
        source: registry.example/team

    """
  ]

  /// Those of the manifests that a user has brought.
  public var carriedObjects: [BundleIndex.CarriedObject] = []
  /// Whether a file and a tool are listed too.
  private var isCarrying = false

  /// A signed release.
  public init() {}

  /// A signed release, and beside it a file, a user's manifest and a tool.
  public static var carrying: TinyRelease {
    var release = TinyRelease()
    release.isCarrying = true
    release.carriedObjects = [
      .init(path: carriedPath, profiles: ["edge", "hub"], source: "manifests/settings.yaml")
    ]
    release.templates[carriedPath] = """
      apiVersion: v1
      data:
        greeting: hello
      kind: ConfigMap
      metadata:
        name: settings
        namespace: tiny

      """
    return release
  }

  /// The release of `TinyBundle.example`: `carrying`, with a real signature of that image and the key that made it.
  public static var example: TinyRelease {
    var release = carrying
    release.fingerprint = "E67E6D9B5DA7F1ABCF28A78977DCA623FDD2CB6E"
    release.signature = bytes(
      """
      kA0DAAgWd9ymI/3Sy24BrPRiAF4L4QB7ImNyaXRpY2FsIjp7ImlkZW50aXR5Ijp7ImRvY2tlci1yZWZlcmVuY2UiOiJyZWdp\
      c3RyeS5leGFtcGxlL3RlYW0vdGlueToxLjAifSwiaW1hZ2UiOnsiZG9ja2VyLW1hbmlmZXN0LWRpZ2VzdCI6InNoYTI1Njo1\
      OTkyMmY0ZDQ2NTc5MDQxY2I5MjZiYzc1ZjI0MTA3MmNhMDJjY2YwZGE4OWRlMTI2YjVlOTI5NDI2Yzk1ZTQxIn0sInR5cGUi\
      OiJhdG9taWMgY29udGFpbmVyIHNpZ25hdHVyZSJ9LCJvcHRpb25hbCI6e319iHUEABYIAB0WIQTmfm2bXafxq88op4l33KYj\
      /dLLbgUCXgvhAAAKCRB33KYj/dLLboHaAQCHqJVE6zh4IXO02ORRoY3TkisbSKfPoU1xJ7KStcUe0wD/W0FDwdYoqpfvQpD6\
      xox5hUJp4rzMlhLaq5phw8aNfwA=
      """)
    release.key = bytes(
      """
      mDMEXgvhABYJKwYBBAHaRw8BAQdAZNIkrJcXI2RKoSI/0hOI05uCNQSFPNolFpd+dUt59tC0FXRpbnlAcmVnaXN0cnkuZXhh\
      bXBsZYiQBBMWCAA4FiEE5n5tm12n8avPKKeJd9ymI/3Sy24FAl4L4QACGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQ\
      d9ymI/3Sy25zngEA40Y89iY5DpasxNFZ/ZPysrmB/T+gLQBFi20xl/e4QF0A/A/sw0O22zoXzMKkiNzm5Y3WJEQ6kQsgBU83\
      HzUxqqgD
      """)
    return release
  }

  /// The content of the tool.
  public static let tool = Array("Stands for a tool\n".utf8)

  private static func bytes(_ text: String) -> [UInt8] { Base64.decode(text) ?? [] }

  private static let carriedPath = "config/ConfigMap/tiny_settings.yaml"

  func entry(_ payload: Digest) -> BundleIndex.Release {
    BundleIndex.Release(
      architecture: architecture, digest: payload,
      signatures: signature == nil ? [] : [.init(key: fingerprint, path: signaturePath(payload))],
      source: "registry.example/team/tiny@\(payload)", version: version)
  }

  /// The image stands for a catalog too, so that an index has every kind of entry.
  func catalog(_ digest: Digest) -> BundleIndex.Catalog {
    BundleIndex.Catalog(
      digest: digest,
      packages: [
        .init(
          operatorBundles: ["tiny.v1.0.0", "tiny.v1.1.0"], channels: ["fast", "stable"], defaultChannel: "stable",
          name: "tiny")
      ],
      pruned: false, source: "registry.example/team/tiny:1.0")
  }

  /// A layer of the image stands for the content of a file.
  func addCarried(_ layer: Digest?, to index: inout BundleIndex) {
    index.carriedObjects = carriedObjects.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    guard isCarrying, let layer else { return }
    index.carriedFiles = [
      .init(digest: layer, name: "tiny-1.0.tar.gz", profiles: ["hub"], source: "https://files.example/tiny-1.0.tar.gz")
    ]
    index.tools = [.init(digest: SHA256Hasher.digest(of: Self.tool), path: "bin/tiny", size: Self.tool.count)]
  }

  func files(of payload: Digest) -> [(file: BundleIndex.HeadFile, content: [UInt8])] {
    var files = templates.mapValues { Array($0.utf8) }
    if let signature {
      files[signaturePath(payload)] = signature
      files["release-signatures/keys/\(fingerprint).gpg"] = key
    }
    return files.map { path, content in
      (.init(path: path, digest: SHA256Hasher.digest(of: content), size: content.count), content)
    }
  }

  private func signaturePath(_ payload: Digest) -> String {
    "release-signatures/sha256-\(payload.hex)/signature-1"
  }
}
