internal import Arguments
internal import Content
internal import Diagnostics

/// The keys that sign, and where their passphrases come from.
enum KeyArguments {
  static let passphraseFile = Option(
    "passphrase-file", .file(),
    help: "File whose first line is the key's passphrase; otherwise the terminal asks for it if there is one.")

  static func passphrases(_ arguments: ParsedArguments, _ context: Context) -> PassphraseSource {
    PassphraseSource(file: arguments[passphraseFile], interruption: context.interruption)
  }

  static func file(_ path: String, _ arguments: ParsedArguments, _ context: Context) -> KeyFile {
    let source = passphrases(arguments, context)
    return KeyFile(path: path) { () throws(SealiftError) in try source.passphrase(of: path) }
  }
}
