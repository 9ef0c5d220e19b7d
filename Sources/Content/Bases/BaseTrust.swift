internal import BundleFormat
internal import Diagnostics
internal import Parity
internal import Signing

/// Whom `pack` believes in what the far side has.
struct BaseTrust {
  private let bundles: TrustPolicy
  private let receipts: TrustPolicy
  private let allowUnsigned: Bool

  /// - Parameter own: The keys that sign the new bundle: what they have signed before is believed.
  init(_ options: BaseOptions, own: [PublicKey]) throws(SealiftError) {
    var keys: [PublicKey] = []
    for path in options.trust { keys.append(try PublicKey(file: path)) }
    // Without a key the policy takes nothing that anybody has signed: the refusal says which option is missing.
    func policy(_ keys: [PublicKey]) throws(SealiftError) -> TrustPolicy {
      try TrustPolicy(keys: keys, allowUnsigned: options.allowUnsigned || keys.isEmpty)
    }
    bundles = try policy(keys + own)
    receipts = try policy(keys)
    allowUnsigned = options.allowUnsigned
  }

  /// Opens a bundle, or the beginning of one.
  func medium(_ path: String) throws(SealiftError) -> any BundleMedium {
    try openBundle([path], { () throws(SealiftError) in bundles }) { _ in }
  }

  /// Reads the front of a bundle and judges it.
  ///
  /// - Throws: `untrusted`.
  func open(_ input: BundleInput, _ path: String) throws(SealiftError) -> VerifiedIndex {
    let front = try BundleFront.read(input)
    try require(front.judge(bundles), path)
    return try front.verify(bundles)
  }

  /// Refuses a receipt that nobody trusted has signed.
  ///
  /// - Throws: `untrusted`.
  func require(_ receipt: SignedReceipt, _ path: String) throws(SealiftError) {
    try require(receipt.judge(receipts), path)
  }

  private func require(_ verdict: Verdict, _ path: String) throws(SealiftError) {
    if verdict.findings.contains(where: { $0.state == .invalid }) { return try verdict.require(path) }
    guard !verdict.isTrusted, !allowUnsigned else { return }
    let names = verdict.findings.map(\.keyID.description).prefix(4).joined(separator: ", ")
    throw SealiftError(
      .untrusted,
      names.isEmpty
        ? "\(path) carries no signature, and what it says decides what is left out"
        : "\(path) is not signed by a trusted key; it names \(names)",
      nextStep: names.isEmpty
        ? "have it signed, with `unpack --receipt-key KEY` or `sealift sign`, or pass --allow-unsigned-base"
        : "if one of these keys is the signer's, name its file with --trust PUB; --allow-unsigned-base believes it "
          + "without proof")
  }
}
