internal import Arguments
internal import Content

/// Whose signature counts: the same on `unpack`, `verify` and `inspect`.
enum TrustArguments {
  static let trust = Option(
    "trust", .file("PUB"), repeatable: true, help: "Public key of somebody whose signature counts.")
  static let threshold = Option(
    "threshold", .integer(in: 1...100),
    help: "How many distinct trusted keys must have signed (default \(TrustOptions().threshold)).")
  static let allowUnsigned = Flag(
    "allow-unsigned", help: "Goes on although too few trusted keys have signed; digests are checked all the same.")
  static let signature = Option(
    "signature", .file(), repeatable: true, help: "A signature that 'sealift sign --detached' wrote.")

  static let group = Group("Trust", [trust, threshold, allowUnsigned, signature])
  static let rules: [Rule] = [.needs(threshold, trust), .needs(signature, trust)]

  static func options(_ arguments: ParsedArguments) -> TrustOptions {
    var options = TrustOptions()
    options.keys = arguments.all(trust)
    options.threshold = arguments[threshold] ?? options.threshold
    options.allowUnsigned = arguments[allowUnsigned]
    options.detached = arguments.all(signature)
    return options
  }
}
