internal import Arguments
internal import Diagnostics

/// The keys that sign.
enum KeyOptions {
  static let key = Option(
    "key", .file("KEY"), repeatable: true,
    help: "Private key in PEM that signs: ECDSA P-256, RSA or Ed25519. An encrypted one asks for its passphrase.")
  static let passphraseFile = Option(
    "passphrase-file", .file(), help: "File whose first line is the passphrase, in place of the question.")
}
