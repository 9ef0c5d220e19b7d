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
  public var manifests = [
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
  public var carriedManifests: [BundleIndex.CarriedManifest] = []
  /// Whether a file and a tool are listed too.
  private var isCarrying = false

  /// A signed release.
  public init() {}

  /// A signed release, and beside it a file, a user's manifest and a tool.
  public static var carrying: TinyRelease {
    var release = TinyRelease()
    release.isCarrying = true
    release.carriedManifests = [
      .init(path: carriedPath, profiles: ["edge", "hub"], source: "manifests/settings.yaml")
    ]
    release.manifests[carriedPath] = """
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
          bundles: ["tiny.v1.0.0", "tiny.v1.1.0"], channels: ["fast", "stable"], defaultChannel: "stable", name: "tiny")
      ],
      pruned: false, source: "registry.example/team/tiny:1.0")
  }

  /// A layer of the image stands for the content of a file, and the release's key for that of a tool.
  func addCarried(_ layer: Digest?, to index: inout BundleIndex) {
    index.manifests = carriedManifests.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    guard isCarrying, let layer else { return }
    index.carriedFiles = [
      .init(digest: layer, name: "tiny-1.0.tar.gz", profiles: ["hub"], source: "https://files.example/tiny-1.0.tar.gz")
    ]
    index.tools = [.init(digest: SHA256Hasher.digest(of: key), path: "bin/tiny", size: key.count)]
  }

  func files(of payload: Digest) -> [(file: BundleIndex.HeadFile, content: [UInt8])] {
    var files = manifests.mapValues { Array($0.utf8) }
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
