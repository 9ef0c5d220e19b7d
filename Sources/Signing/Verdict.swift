public import Diagnostics

/// What a trust policy says of the signatures of one bundle.
public struct Verdict: Sendable, Equatable {
  /// What one signature is worth.
  public enum State: String, Sendable {
    /// A trusted key made it.
    case trusted
    /// The key that it names is not trusted, so nothing is known of it.
    case unknownKey = "unknown-key"
    /// It names a trusted key, and that key did not make it.
    case invalid
  }

  /// One signature and its state.
  public struct Finding: Sendable, Equatable {
    /// The key that the signature names.
    public let keyID: KeyID
    /// What the signature is worth.
    public let state: State
  }

  /// One finding for each signature, in their order.
  public let findings: [Finding]
  /// How many distinct trusted keys were asked for.
  public let threshold: Int
  /// Whether the policy takes what is not proven.
  public let allowUnsigned: Bool

  /// The distinct trusted keys that signed.
  public var signers: Set<KeyID> { ids(.trusted) }

  /// Whether enough distinct trusted keys signed, and none of their signatures is wrong.
  public var isTrusted: Bool { signers.count >= threshold && !hasInvalid }

  /// Whether the policy takes the bundle, proven or not.
  public var isAccepted: Bool { isTrusted || allowUnsigned && !hasInvalid }

  /// - Parameter bundle: The name of the bundle, for the message.
  /// - Throws: `untrusted`, with the reason, unless the policy takes the bundle.
  public func require(_ bundle: String) throws(SealiftError) {
    if !isAccepted { throw refusal(of: bundle) }
  }

  private var hasInvalid: Bool { findings.contains { $0.state == .invalid } }

  private func ids(_ state: State) -> Set<KeyID> {
    Set(findings.filter { $0.state == state }.map(\.keyID))
  }

  private func refusal(of bundle: String) -> SealiftError {
    if let wrong = ids(.invalid).min() {
      return SealiftError(
        .untrusted, "the signature of \(bundle) by the trusted key \(wrong) is wrong",
        nextStep: "do not use this bundle; get it again from its sender, and compare the key's id with theirs")
    }
    if findings.isEmpty {
      return SealiftError(
        .untrusted, "\(bundle) carries no signature",
        nextStep: "have it signed with `sealift sign`, or pass --allow-unsigned to go on without proof")
    }
    if signers.isEmpty {
      return SealiftError(
        .untrusted, "\(bundle) is not signed by a trusted key; it names \(list(ids(.unknownKey)))",
        nextStep: "if one of these keys is the sender's, name its file with --trust PUB; "
          + "--allow-unsigned goes on without proof")
    }
    return SealiftError(
      .untrusted, "\(bundle) is signed by \(signers.count) of \(threshold) trusted keys: \(list(signers))",
      nextStep: "have another holder of a trusted key sign it with `sealift sign`, name more keys with --trust PUB, "
        + "or lower --threshold")
  }

  // A bundle has room for hundreds of signatures; a message has not.
  private static let maxListed = 4

  private func list(_ ids: Set<KeyID>) -> String {
    let shown = ids.sorted().prefix(Self.maxListed).map(\.description)
    let rest = ids.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
