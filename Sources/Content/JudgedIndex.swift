public import BundleFormat
public import Diagnostics
internal import Signing

/// The index of a bundle that somebody looks at, and what its signatures are worth to them.
public struct JudgedIndex: Sendable {
  /// One signature and what it is worth.
  public struct Signature: Sendable {
    /// The id of the key that it names.
    public let keyID: String
    /// `trusted`, `unknown-key`, `invalid`.
    public let state: String
  }

  /// The index.
  public let verified: VerifiedIndex
  /// The signatures, ascending by key id.
  public let signatures: [Signature]
  /// Whether the policy that was given accepts them; `nil` if none was given.
  public let isTrusted: Bool?
}

extension TrustOptions {
  /// Reads the front of a bundle to look at it.
  ///
  /// Without any trusted key the index is shown all the same, as what it is: a claim that nobody has vouched for.
  ///
  /// - Throws: `untrusted` if trusted keys were named and have not signed, unless that is allowed.
  public func judge(_ input: BundleInput) throws(SealiftError) -> JudgedIndex {
    let front = try BundleFront.read(input)
    guard !keys.isEmpty else {
      return JudgedIndex(
        verified: try front.verify(TrustPolicy(keys: [], allowUnsigned: true)),
        signatures: front.region.signatures.map { .init(keyID: $0.keyID.description, state: "unknown-key") },
        isTrusted: nil)
    }
    let policy = try policy()
    let verified = try front.verify(policy, detached: detachedSignatures(for: front, policy))
    return JudgedIndex(
      verified: verified,
      signatures: verified.verdict.findings.map { .init(keyID: $0.keyID.description, state: $0.state.rawValue) },
      isTrusted: verified.verdict.isTrusted)
  }
}
