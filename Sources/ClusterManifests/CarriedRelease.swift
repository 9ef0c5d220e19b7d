public import Diagnostics
public import Digests
internal import YAML

/// One release that a bundle carries.
public struct CarriedRelease: Sendable, Equatable {
  /// The version, for example `4.18.1`.
  public var version: String
  /// The architecture as Go names it, or `multi`.
  public var architecture: String
  /// The digest of the payload.
  public var digest: Digest
  /// The signatures in order, each the bytes of one OpenPGP message.
  public var signatures: [[UInt8]]

  static let signatureLabel = "release.openshift.io/verification-signatures"
  static let signatureNamespace = "openshift-config-managed"

  /// Makes one.
  public init(version: String, architecture: String, digest: Digest, signatures: [[UInt8]]) {
    self.version = version
    self.architecture = architecture
    self.digest = digest
    self.signatures = signatures
  }

  /// The ConfigMap by which a cluster proves the release; `nil` if it has no signature.
  ///
  /// Each release has its own, so that a later bundle never takes away what an earlier one brought.
  ///
  /// - Throws: `configuration` if the signatures are too large for one object.
  ///
  /// Source: `formats/manifests.md`, "Signatures of releases".
  public func signatureConfigMap() throws(SealiftError) -> ClusterManifest? {
    if signatures.isEmpty { return nil }
    let data = signatures.enumerated().map { index, bytes in
      YAMLValue.Entry("\(digest.tag)-\(index + 1)", .string(Base64.encode(bytes)))
    }
    let file = ClusterManifest([
      "apiVersion": "v1", "binaryData": .mapping(data), "kind": "ConfigMap",
      "metadata": [
        "labels": .mapping([.init(Self.signatureLabel, "")]), "name": .string(digest.tag),
        "namespace": .string(Self.signatureNamespace),
      ],
    ])
    guard file.bytes.count <= ClusterManifest.maximumBytes else {
      throw SealiftError(
        .configuration, "the signatures of release \(version) are too large for a ConfigMap",
        nextStep: "check the signature store: a signature has about 1 KB")
    }
    return file
  }
}
