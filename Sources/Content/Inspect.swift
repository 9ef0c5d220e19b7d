internal import BundleFormat
internal import Diagnostics
internal import OCI
internal import Signing
internal import SystemIO

/// What the head of a bundle says.
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
  /// The text of the manifests that were asked for; of several, each below a line with its path.
  public let shown: String?
}

/// Reads the head of a bundle and proves it, and reads no more.
///
/// Without any trusted key the index is shown all the same, as what it is: a claim that nobody has vouched for.
///
/// - Parameters:
///   - bundle: The path, or `-` for standard input.
///   - trust: Whom to trust.
///   - show: Cluster manifests whose text is wanted: `config/KIND/NAME.yaml`; all of `config` or `config/KIND`; a kind.
/// - Throws: `untrusted` if trusted keys were named and have not signed, unless that is allowed; `notFound` if there is no
///   such manifest.
public func inspect(_ bundle: String, trust: TrustOptions, show: [String] = []) throws -> Inspection {
  let file = try File.input(bundle)
  let input = BundleInput(file)
  let front = try BundleFront.read(input)
  let isAsked = !trust.keys.isEmpty
  let policy = try isAsked ? trust.policy() : TrustPolicy(keys: [], allowUnsigned: true)
  let verified = try front.verify(policy, detached: isAsked ? trust.detachedSignatures(for: front, policy) : [])
  let signatures =
    isAsked
    ? verified.verdict.findings.map { Inspection.Signature(keyID: $0.keyID.description, state: $0.state.rawValue) }
    : front.region.signatures.map { Inspection.Signature(keyID: $0.keyID.description, state: "unknown-key") }
  var templates = [BundleContents.Template](verified.index)
  var wanted = try ShownTemplates(show, of: verified.index)
  // The kinds and names in the paths are what the packer says: an auditor is shown those of the objects.
  let digests = Set(verified.index.templateFiles.map(\.digest))
  _ = try input.readHead(verified) { digest, bytes in
    guard digests.contains(digest) else { return }
    templates.take(digest, bytes)
    wanted.add(digest, bytes)
  }
  return Inspection(
    verified, templates, signatures: signatures, isTrusted: isAsked ? verified.verdict.isTrusted : nil,
    fileBytes: file.isSeekable ? try file.size() : nil, shown: try wanted.text())
}

extension Inspection {
  fileprivate init(
    _ verified: VerifiedIndex, _ templates: [BundleContents.Template], signatures: [Signature], isTrusted: Bool?,
    fileBytes: Int?, shown: String?
  ) {
    let index = verified.index
    contents = BundleContents(verified, templates)
    self.shown = shown
    self.signatures = signatures
    self.isTrusted = isTrusted
    self.fileBytes = fileBytes
    created = index.created
    producer = "\(index.producer.name) \(index.producer.version)"
  }
}
