internal import Arguments
internal import Diagnostics
internal import Glibc
internal import JSON
internal import Operations

enum VerifyCommand: Subcommand {
  static let command = Command(
    "verify", summary: "Reads every byte of a bundle and proves it.", operands: [BundleArgument.bundle],
    groups: [TrustArguments.group, CommonArguments.group], rules: TrustArguments.rules,
    examples: ["verify media/ocp-4.16.tar.zst --trust release-team.pub"])

  // Hashing is what takes the time, and no disk is faster than a few cores.
  private static let maximumThreads = 8

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let processors = Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))
    let proof = try await verify(
      try BundleArgument.path(arguments), trust: TrustArguments.options(arguments),
      parallel: min(max(1, processors), maximumThreads), reporter: context.reporter)
    var facts = Facts()
    facts.add("bundle", proof.id)
    facts.add("proven", "\(counted(proof.blobs, "blob")), \(proof.blobBytes.asBytes), and every byte between them")
    facts.add("signed by", proof.signers.isEmpty ? ["nobody who is trusted"] : proof.signers)
    return CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("blobBytes", .integer(proof.blobBytes)), .init("blobs", .integer(proof.blobs)),
        .init("bundle", .string(proof.id)), .init("signers", .strings(proof.signers)),
      ]))
  }
}
