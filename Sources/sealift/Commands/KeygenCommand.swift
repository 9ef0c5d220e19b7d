internal import Arguments
internal import Diagnostics
internal import JSON
internal import Packing

enum KeygenCommand: Subcommand {
  private static let name = Option(
    "out", .file("NAME"), required: true, help: "Writes NAME.key, the private half, and NAME.pub, the public one.")
  private static let passphrase = Flag("passphrase", help: "Asks for a passphrase that protects the private half.")

  static let command = Command(
    "keygen", summary: "Makes a key pair (ECDSA P-256) that signs bundles.",
    groups: [Group("Key", [name, passphrase, KeyArguments.passphraseFile]), CommonArguments.group],
    rules: [.atMostOne(passphrase, KeyArguments.passphraseFile)],
    examples: ["keygen --out release-team", "keygen --out release-team --passphrase"])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let isProtected = arguments[passphrase] || arguments[KeyArguments.passphraseFile] != nil
    let secret = isProtected ? try KeyArguments.passphrases(arguments, context).newPassphrase() : nil
    let keys = try keygen(name: try arguments.value(of: name), passphrase: secret)
    var facts = Facts()
    facts.add("private", "\(keys.privatePath) (keep it; it signs)")
    facts.add("public", "\(keys.publicPath) (give it to whoever unpacks)")
    facts.add("key id", keys.id)
    var result = CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("keyID", .string(keys.id)), .init("private", .string(keys.privatePath)),
        .init("public", .string(keys.publicPath)),
      ]))
    result.takeBack = { try keys.remove() }
    return result
  }
}
