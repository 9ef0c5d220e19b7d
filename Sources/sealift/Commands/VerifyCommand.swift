internal import Arguments
internal import Content
internal import Diagnostics
internal import JSON
internal import Publishing

enum VerifyCommand: Subcommand {
  static let command = Command(
    "verify", summary: "Reads every byte of a bundle and proves it.", operands: [BundleArgument.bundle],
    groups: [TrustArguments.group, ReleaseTrustArguments.group, CommonArguments.group], rules: TrustArguments.rules,
    examples: ["verify media/ocp-4.16.tar.zst --trust release-team.pub"])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let proof = try await verify(
      try BundleArgument.path(arguments), trust: TrustArguments.options(arguments),
      releaseTrust: ReleaseTrustArguments.options(arguments, context), reporter: context.reporter)
    var facts = Facts()
    facts.add("bundle", proof.id)
    facts.add("proven", "\(counted(proof.blobs, "blob")), \(proof.blobBytes.asBytes), and every byte between them")
    facts.add("signed by", proof.signers.isEmpty ? ["nobody who is trusted"] : proof.signers)
    facts.add("releases", ReleaseTrustArguments.lines(proof.releases))
    if let tools = proof.tools { facts.add("beside it", tools.text) }
    return CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("blobBytes", .integer(proof.blobBytes)), .init("blobs", .integer(proof.blobs)),
        .init("bundle", .string(proof.id)), .init("releases", .array(proof.releases.map(\.json))),
        .init("signers", .strings(proof.signers)),
        .init("tools", proof.tools.map { .string($0.isProven ? "proven" : "absent") } ?? .null),
      ]))
  }
}

extension ToolFinding {
  fileprivate var text: String {
    let files = counted(files, "file") + " of sealift itself"
    guard let directory else { return "\(files): not looked at, as the bundle comes from a pipe" }
    return isProven ? "\(files) in \(directory), proven" : "\(files): not proven, \(directory) is not there"
  }
}
