internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import OCI
internal import Signing
internal import SystemIO

/// What the front of a bundle says.
public struct Inspection: Sendable {
  /// One signature and what it is worth.
  public struct Signature: Sendable {
    /// The id of the key that it names.
    public let keyID: String
    /// `trusted`, `unknown-key`, `invalid`.
    public let state: String
  }

  /// What it holds.
  public let contents: BundleContents
  /// When it was planned.
  public let created: String
  /// The name and version of the program that made it.
  public let producer: String
  /// Its signatures.
  public let signatures: [Signature]
  /// Whether the policy that was given accepts them; `nil` if none was given.
  public let isTrusted: Bool?
  /// The size of the file; `nil` for a pipe.
  public let fileBytes: Int?
  /// The text of the manifest that was asked for.
  public let shown: String?
}

/// Reads the front of a bundle, and not more.
///
/// Without any trusted key the index is shown all the same, as what it is: a claim that nobody has vouched for.
///
/// - Parameters:
///   - bundle: The path, or `-` for standard input.
///   - trust: Whom to trust.
///   - path: The path of a cluster manifest whose text is wanted: `config/KIND/NAME.yaml`.
/// - Throws: `untrusted` if trusted keys were named and have not signed, unless that is allowed; `notFound` if there is no
///   such manifest.
public func inspect(_ bundle: String, trust: TrustOptions, show path: String? = nil) throws -> Inspection {
  let file = bundle == "-" ? File(descriptor: 0, path: "standard input") : try File(bundle, .read)
  let input = BundleInput(file)
  let front = try BundleFront.read(input)
  let isAsked = !trust.keys.isEmpty
  let policy = try isAsked ? trust.policy() : TrustPolicy(keys: [], allowUnsigned: true)
  let verified = try front.verify(policy, detached: isAsked ? trust.detachedSignatures(for: front, policy) : [])
  let signatures =
    isAsked
    ? verified.verdict.findings.map { Inspection.Signature(keyID: $0.keyID.description, state: $0.state.rawValue) }
    : front.region.signatures.map { Inspection.Signature(keyID: $0.keyID.description, state: "unknown-key") }
  return Inspection(
    verified, signatures: signatures, isTrusted: isAsked ? verified.verdict.isTrusted : nil,
    fileBytes: file.isSeekable ? try file.size() : nil, shown: try path.map { try text(of: $0, input, verified) })
}

/// The text of a cluster manifest, proven.
private func text(of path: String, _ input: BundleInput, _ verified: VerifiedIndex) throws -> String {
  guard let file = verified.index.manifestFiles.first(where: { $0.path == path }) else {
    throw SealiftError(
      .notFound, "the bundle has no manifest \(path)",
      nextStep: "look at what `sealift inspect` lists without --show: a path is config/KIND/NAME.yaml")
  }
  var found: [UInt8] = []
  _ = try input.readHead(verified) { digest, bytes in
    if digest == file.digest { found = bytes }
  }
  guard let text = String(validating: found, as: UTF8.self) else {
    throw SealiftError(.corrupt, "\(path) is no text", nextStep: "pack the bundle again")
  }
  return text
}

extension Inspection {
  fileprivate init(
    _ verified: VerifiedIndex, signatures: [Signature], isTrusted: Bool?, fileBytes: Int?, shown: String?
  ) {
    let index = verified.index
    contents = BundleContents(verified)
    self.shown = shown
    self.signatures = signatures
    self.isTrusted = isTrusted
    self.fileBytes = fileBytes
    created = index.created
    producer = "\(index.producer.name) \(index.producer.version)"
  }
}
