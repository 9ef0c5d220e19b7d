public import Diagnostics

/// Who may sign, and how many of them must have.
public struct TrustPolicy: Sendable {
  /// The keys that count, each once, in order of their ids.
  public let keys: [PublicKey]
  /// How many distinct keys must have signed.
  public let threshold: Int
  /// Whether a bundle is taken although too few have signed it.
  public let allowUnsigned: Bool

  /// - Parameters:
  ///   - keys: The trusted keys; one that is named twice counts once.
  ///   - threshold: 1 to the number of distinct keys.
  ///   - allowUnsigned: Takes unsigned and untrusted bundles too, but never one with a wrong signature by a trusted key.
  /// - Throws: `usage` for a threshold out of range, and for no key unless `allowUnsigned`.
  public init(keys: [PublicKey], threshold: Int = 1, allowUnsigned: Bool = false) throws(SealiftError) {
    let distinct = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
    guard threshold >= 1 else {
      throw SealiftError(
        .usage, "--threshold is \(threshold), and at least one key must sign",
        nextStep: "give --threshold a number from 1 to the number of trusted keys")
    }
    guard !distinct.isEmpty || allowUnsigned else {
      throw SealiftError(
        .usage, "no trusted key was named",
        nextStep: "name the signer's public key with --trust PUB, or pass --allow-unsigned to go on without proof")
    }
    guard threshold <= max(1, distinct.count) else {
      throw SealiftError(
        .usage, "--threshold asks for \(threshold) keys, and --trust names \(distinct.count) distinct ones",
        nextStep: "name more keys with --trust, or lower --threshold")
    }
    self.keys = distinct.values.sorted { $0.id < $1.id }
    self.threshold = threshold
    self.allowUnsigned = allowUnsigned
  }

  /// Checks each signature that a bundle carries against the trusted key that it names.
  ///
  /// - Parameter message: The exact signed bytes.
  public func judge(signatures: [CarriedSignature], message: UnsafeRawBufferPointer) -> Verdict {
    let judged = signatures.map { signature in
      guard let key = keys.first(where: { $0.id == signature.keyID }) else {
        return Verdict.Finding(keyID: signature.keyID, state: .unknownKey)
      }
      let isValid = key.verify(signature: signature.bytes, message: message)
      return Verdict.Finding(keyID: key.id, state: isValid ? .trusted : .invalid)
    }
    return Verdict(findings: judged, threshold: threshold, allowUnsigned: allowUnsigned)
  }
}

/// A signature as a bundle carries it: bytes, and the name of the key that is said to have made them.
public struct CarriedSignature: Sendable, Equatable {
  /// The key that the file name claims; a hint that proves nothing.
  public let keyID: KeyID
  /// The signature in the form of the key's kind.
  public let bytes: [UInt8]

  /// Makes one.
  public init(keyID: KeyID, bytes: [UInt8]) {
    self.keyID = keyID
    self.bytes = bytes
  }
}
