internal import Digests

/// Tags that belong to another manifest of their repository, whose digest they name.
///
/// Source: cosign, `specs/SIGNATURE_SPEC.md`, "Storage"; OCI distribution-spec, "Referrers Tag Schema".
public enum CompanionTag {
  /// What cosign's tags end with after `sha256-<hex>.`, and what they hold.
  public static let cosign: [(suffix: String, kind: String)] = [
    ("sig", "signature"), ("att", "attestation"), ("sbom", "SBOM"),
  ]

  /// The manifest whose signature, attestation, SBOM or list of referrers has this tag, if it has that form.
  static func subject(of tag: String) -> Digest? {
    let stem = tag.prefix { $0 != "." }
    let suffix = tag.dropFirst(stem.count + 1)
    guard stem.count == tag.count || cosign.contains(where: { $0.suffix == suffix }) else { return nil }
    guard stem.hasPrefix("sha256-") else { return nil }
    return Digest(hex: stem.dropFirst(7))
  }
}
