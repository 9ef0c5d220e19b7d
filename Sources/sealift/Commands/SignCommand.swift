internal import Arguments
internal import Content
internal import Diagnostics
internal import JSON
internal import Packing

enum SignCommand: Subcommand {
  private static let key = Option(
    "key", .file("KEY"), required: true, help: "Private key in PEM: ECDSA P-256, RSA or Ed25519.")
  private static let detached = Option(
    "detached", .file(), help: "Writes the signature to this file and leaves the bundle as it is.")

  static let command = Command(
    "sign", summary: "Adds a signature to a bundle, in place, or beside volumes and parity.",
    operands: [BundleArgument.bundle],
    groups: [
      Group("Signature", [key, KeyArguments.passphraseFile, detached]), Group("Volumes", [BundleArgument.ask]),
      CommonArguments.group,
    ],
    examples: [
      "sign media/ocp-4.16.tar.zst --key auditor.key",
      "sign /media/dvd/ocp-4.16.tar.zst --key auditor.key --detached auditor.sig",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let places = try BundleArgument.places(arguments, context)
    guard !places.isStandardInput else { throw arguments.usageError("a bundle in a pipe cannot be signed") }
    let file = KeyArguments.file(try arguments.value(of: key), arguments, context)
    let signature = try sign(places, key: file, detached: arguments[detached], reporter: context.reporter)
    var facts = Facts()
    facts.add("bundle", signature.bundle)
    facts.add("signed by", signature.signer + (signature.wasThere ? " (has signed already)" : ""))
    if let path = signature.detachedPath { facts.add("signature", path) }
    facts.add("carries", signature.carried)
    return CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("bundle", .string(signature.bundle)), .init("carried", .strings(signature.carried)),
        .init("detached", signature.detachedPath.map { .string($0) } ?? .null),
        .init("signer", .string(signature.signer)), .init("wasThere", .boolean(signature.wasThere)),
      ]))
  }
}
