public import BundleFormat
public import Diagnostics
internal import Digests
public import Signing
internal import SystemIO

/// Whom `unpack`, `verify` and `inspect` trust.
public struct TrustOptions: Sendable {
  /// The paths of trusted public keys.
  public var keys: [String] = []
  /// How many distinct ones must have signed.
  public var threshold = 1
  /// Whether a bundle that is not signed by them is taken too.
  public var allowUnsigned = false
  /// Files with signatures that travel beside the bundle.
  public var detached: [String] = []

  /// Trusts nobody.
  public init() {}
}

extension TrustOptions {
  /// The policy that the options ask for.
  public func policy() throws(SealiftError) -> TrustPolicy {
    var loaded: [PublicKey] = []
    for path in keys { loaded.append(try PublicKey(file: path)) }
    return try TrustPolicy(keys: loaded, threshold: threshold, allowUnsigned: allowUnsigned)
  }

  /// The signatures that travel beside a bundle.
  ///
  /// A plain signature does not say who made it: it is tried with each trusted key that has not signed otherwise.
  public func detachedSignatures(
    for front: BundleFront, _ policy: TrustPolicy
  ) throws(SealiftError) -> [CarriedSignature] {
    var signatures: [CarriedSignature] = []
    for path in detached {
      let bytes = try FileSystem.read(path, limit: SignatureRegion.maximumSignature)
      let signer = policy.keys.first { key in
        front.indexBytes.withUnsafeBytes { key.verify(signature: bytes, message: $0) }
      }
      guard let signer else {
        throw SealiftError(
          .untrusted, "\(path) is not a signature of this bundle by a trusted key",
          nextStep: "name the signer's public key with --trust PUB, or get the signature that belongs to bundle "
            + front.id.description)
      }
      if !front.region.signatures.contains(where: { $0.keyID == signer.id }) {
        signatures.append(CarriedSignature(keyID: signer.id, bytes: bytes))
      }
    }
    return signatures
  }

  /// Reads the front of a bundle and judges it.
  public func open(_ input: BundleInput) throws(SealiftError) -> VerifiedIndex {
    let policy = try policy()
    let front = try BundleFront.read(input)
    return try front.verify(policy, detached: try detachedSignatures(for: front, policy))
  }
}

extension TrustOptions {
  /// Reads the front of one of several bundles and judges it: signatures that lie beside the others count nothing.
  public func openOneOfSeveral(_ input: BundleInput) throws(SealiftError) -> VerifiedIndex {
    let policy = try policy()
    let front = try BundleFront.read(input)
    var signatures: [CarriedSignature] = []
    for path in detached {
      var one = self
      one.detached = [path]
      do throws(SealiftError) {
        signatures += try one.detachedSignatures(for: front, policy)
      } catch  where error.code == .untrusted {
        continue
      }
    }
    return try front.verify(policy, detached: signatures)
  }
}
