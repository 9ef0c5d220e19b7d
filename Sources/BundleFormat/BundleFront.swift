public import Diagnostics
public import Digests
public import Signing
internal import SystemIO

/// The index and the signatures of a bundle, read and well-formed, but not yet vouched for.
public struct BundleFront: Sendable {
  /// The exact bytes of `bundle.json`, which are what is signed.
  public let indexBytes: [UInt8]
  /// The signatures that the bundle carries.
  public let region: SignatureRegion
  /// Signatures that lie beside the bundle.
  let beside: [SignatureBeside]
  /// What the user calls the bundle.
  public let name: String
  /// The frames that hold the index.
  let frames: [StoredFrame]

  /// Where the signature region begins in the file.
  public var regionOffset: Int { frames.totalStoredBytes }

  /// Reads the front of a bundle, and not a byte more than a buffer behind it.
  ///
  /// - Parameter input: At its beginning.
  /// - Throws: `corrupt`.
  public static func read(_ input: BundleInput) throws(SealiftError) -> BundleFront {
    let (indexBytes, frames) = try readIndex(input)
    let offset = input.position
    let stored = try input.bytes(SignatureRegion.storedBytes, of: "signatures/")
    guard let region = SignatureRegion(stored: stored) else {
      let backup = SigningJournal.path(for: input.name)
      guard !FileSystem.exists(backup) else {
        throw SealiftError(
          .corrupt, "signing of \(input.name) was interrupted; the signatures from before are in \(backup)",
          nextStep: "run the same `sealift sign` command again: it restores them first")
      }
      throw .damaged(input.medium, entry: "signatures/", offset: offset, "the region is not in its one legal form")
    }
    let front = BundleFront(
      indexBytes: indexBytes, region: region, beside: input.medium.signaturesBeside, name: input.name, frames: frames)
    try input.medium.check(id: front.id)
    return front
  }

  /// Reads the index section alone.
  static func readIndex(_ input: BundleInput) throws(SealiftError) -> (bytes: [UInt8], frames: [StoredFrame]) {
    let reader = CompressedReader(input, contentBytes: nil)
    let bytes = try reader.firstEntry(BundleLayout.indexName, maximum: BundleIndex.maximumBytes)
    return (bytes, reader.frames)
  }

  /// The bundle's id: the digest of the signed bytes.
  public var id: Digest { SHA256Hasher.digest(of: indexBytes) }

  /// What a policy says of the signatures.
  ///
  /// - Parameter detached: Signatures that travel beside the bundle.
  public func judge(_ policy: TrustPolicy, detached: [CarriedSignature] = []) -> Verdict {
    let beside = beside.compactMap { $0.carried(for: policy) }.filter { !hasSigned($0.keyID) }
    return indexBytes.withUnsafeBytes { message in
      policy.judge(signatures: region.signatures + beside + detached, message: message)
    }
  }

  /// Whether the bundle carries a signature that names a key.
  private func hasSigned(_ key: KeyID) -> Bool { region.signatures.contains { $0.keyID == key } }

  /// The index, if the policy takes the bundle.
  ///
  /// - Throws: `untrusted`, or `corrupt` for an index that contradicts itself.
  public func verify(
    _ policy: TrustPolicy, detached: [CarriedSignature] = []
  ) throws(SealiftError) -> VerifiedIndex {
    let verdict = judge(policy, detached: detached)
    try verdict.require(name)
    return VerifiedIndex(
      index: try BundleIndex(indexBytes), id: id, verdict: verdict, indexBytes: indexBytes.count, frames: frames)
  }
}

/// An index that a trust policy has accepted: all that is done with a bundle is done with this.
public struct VerifiedIndex: Sendable {
  /// What the bundle holds.
  public let index: BundleIndex
  /// The bundle's id.
  public let id: Digest
  /// Who signed.
  public let verdict: Verdict
  /// Where everything lies.
  public let layout: BundleLayout
  /// The frames that hold the index.
  let frames: [StoredFrame]

  fileprivate init(index: BundleIndex, id: Digest, verdict: Verdict, indexBytes: Int, frames: [StoredFrame]) {
    self.index = index
    self.id = id
    self.verdict = verdict
    self.layout = BundleLayout(index, indexBytes: indexBytes)
    self.frames = frames
  }
}
