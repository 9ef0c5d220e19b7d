internal import Arguments
internal import Content
internal import Diagnostics
internal import JSON
internal import Publishing

enum VerifyCommand: Subcommand {
  static let command = Command(
    "verify", summary: "Reads every byte of a bundle and proves it.", operands: [BundleArgument.bundle],
    groups: [
      TrustArguments.group, ReleaseTrustArguments.group, Group("Update", [BundleArgument.base]), CommonArguments.group,
    ],
    rules: TrustArguments.rules,
    examples: [
      "verify media/ocp-4.16.tar.zst --trust release-team.pub",
      "verify update.tar.zst --base ocp-4.16.tar.zst --trust release-team.pub",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let bundle = try BundleArgument.path(arguments)
    let proof = try await verify(
      bundle, trust: TrustArguments.options(arguments),
      releaseTrust: ReleaseTrustArguments.options(arguments, context), bases: arguments.all(BundleArgument.base),
      reporter: context.reporter)
    var facts = Facts()
    facts.add("bundle", proof.id)
    facts.add("proven", "\(counted(proof.blobs, "blob")), \(proof.blobBytes.asBytes), and every byte between them")
    facts.add("signed by", proof.signers.isEmpty ? ["nobody who is trusted"] : proof.signers)
    facts.add("releases", ReleaseTrustArguments.lines(proof.releases))
    facts.add("rests on", proof.bases.map(\.line))
    proof.coverage?.add(to: &facts)
    if let tools = proof.tools { facts.add("beside it", tools.text) }
    var result = CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("bases", .array(proof.bases.map(\.value))), .init("blobBytes", .integer(proof.blobBytes)),
        .init("blobs", .integer(proof.blobs)),
        .init("bundle", .string(proof.id)), .init("coverage", proof.coverage.map(\.json) ?? .null),
        .init("releases", .array(proof.releases.map(\.json))),
        .init("signers", .strings(proof.signers)),
        .init("tools", proof.tools.map { .string($0.isProven ? "proven" : "absent") } ?? .null),
      ]))
    result.failure = proof.coverage?.failure(bundle)
    return result
  }
}

extension ToolFinding {
  fileprivate var text: String {
    let files = counted(files, "file") + " of sealift itself"
    guard let directory else { return "\(files): not looked at, as the bundle comes from a pipe" }
    return isProven ? "\(files) in \(directory), proven" : "\(files): not proven, \(directory) is not there"
  }
}
