internal import Arguments

/// Whose signature counts: the same on `unpack`, `verify` and `inspect`.
enum TrustOptions {
  static let trust = Option(
    "trust", .file("PUB"), repeatable: true, help: "Public key of somebody whose signature counts.")
  static let threshold = Option(
    "threshold", .integer(in: 1...100), help: "How many distinct trusted keys must have signed (default 1).")
  static let allowUnsigned = Flag(
    "allow-unsigned", help: "Goes on although too few trusted keys have signed; the content's digests still count.")
  static let signature = Option(
    "signature", .file(), repeatable: true, help: "A detached signature, made by 'sealift sign --detached'.")

  static let group = Group("Trust", [trust, threshold, allowUnsigned, signature])
  static let rules: [Rule] = [.needs(threshold, trust)]
}
