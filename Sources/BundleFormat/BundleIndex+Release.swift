public import Digests

extension BundleIndex {
  /// One release whose payload is among the images.
  public struct Release: Sendable, Equatable {
    /// The architecture in Go's name, or `multi`.
    public var architecture: String
    /// The digest of the payload's root manifest.
    public var digest: Digest
    /// What its publisher has signed; empty if the packer has allowed a release without.
    public var signatures: [ReleaseSignature]
    /// The payload's reference as it was resolved.
    public var source: String
    /// The version, for example `4.18.1`.
    public var version: String

    /// Makes one.
    public init(
      architecture: String, digest: Digest, signatures: [ReleaseSignature], source: String, version: String
    ) {
      self.architecture = architecture
      self.digest = digest
      self.signatures = signatures
      self.source = source
      self.version = version
    }

    /// The greatest number of releases: each may be there for several architectures.
    static let maximumCount = 4096
    /// What the paths of its signatures begin with.
    public var signaturePrefix: String { "\(HeadFile.signaturePrefix)\(digest.tag)/" }

    /// The greatest number of its signatures: they become the keys of one ConfigMap.
    public static let maximumSignatures = 64
    /// The greatest size of all of them together, in bytes: Base64 makes a third more of it, and `apply` takes no more.
    public static let maximumSignatureBytes = 128 << 10

    /// The architectures that a release can have.
    public static let architectures: Set = ["amd64", "arm64", "multi", "ppc64le", "s390x"]
  }

  /// One OpenPGP signature of a release, which travels as a file of the head.
  public struct ReleaseSignature: Sendable, Equatable {
    /// The fingerprint of the key that made it, in upper-case hex.
    public var key: String
    /// The path of the file.
    public var path: String

    /// Makes one.
    public init(key: String, path: String) {
      self.key = key
      self.path = path
    }

    /// The path of the file with the public key.
    public var keyPath: String { "\(HeadFile.signaturePrefix)keys/\(key).gpg" }

    /// Whether `text` is a fingerprint: 40 hex digits of version 4, or 64 of later ones, in upper case.
    static func isFingerprint(_ text: String) -> Bool {
      (text.utf8.count == 40 || text.utf8.count == 64)
        && text.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
          default: false
          }
        }
    }
  }
}
