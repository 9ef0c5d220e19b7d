internal import Arguments
internal import Content

/// Whose signatures on releases count: the key for `pack` too, and the rest the same on `unpack` and `verify`.
enum ReleaseTrustArguments {
  static let key = Option(
    "release-key", .file(), repeatable: true,
    help: "OpenPGP public keys that sign releases, in place of Red Hat's (default: $OCP_SIGNATURE_VERIFICATION_PK).")
  private static let required = Flag(
    "require-release-signatures",
    help: "Fails for a release that is not proven here: without a signature, or because gpgv is not installed.")

  static let group = Group("Releases", [key, required])

  static func options(_ arguments: ParsedArguments, _ context: Context) -> ReleaseTrustOptions {
    var options = ReleaseTrustOptions(environment: context.environment)
    options.keys = arguments.all(key)
    options.isRequired = arguments[required]
    return options
  }

  /// How each release was proven, for people.
  static func lines(_ releases: [ReleaseFinding]) -> [String] {
    releases.map { release in
      let keys = release.keys.joined(separator: ", ")
      return switch release.outcome {
      case .proven: "\(release.name) proven by \(keys)"
      case .notProvenAgain: "\(release.name) proven at packing by \(keys), and not again: gpgv is not installed"
      case .unsigned: "\(release.name) carries no signature"
      }
    }
  }
}
