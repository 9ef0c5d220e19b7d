internal import Arguments
internal import Content
internal import Diagnostics
internal import JSON
internal import Publishing

enum VerifyCommand: Subcommand {
  private static let bundle = Operand(
    BundleArgument.type, required: false, repeatable: true,
    help: BundleArgument.help + " With --volume, where their list is, if it is not beside them.")
  private static let volume = Option(
    "volume", .file(), repeatable: true,
    help: "Proves this volume by the signed list alone, NAME.tar.zst.volumes beside it, before the others are there.")

  static let command = Command(
    "verify", summary: "Reads every byte of a bundle and proves it.", operands: [bundle],
    groups: [
      TrustArguments.group, ReleaseTrustArguments.group, Group("Update", [BundleArgument.base]),
      Group("Volumes", [volume, BundleArgument.ask]), CommonArguments.group,
    ],
    rules: TrustArguments.rules,
    examples: [
      "verify media/ocp-4.16.tar.zst --trust release-team.pub",
      "verify update.tar.zst --base ocp-4.16.tar.zst --trust release-team.pub",
      "verify --volume /media/disc1/ocp-4.16.tar.zst.001 --trust release-team.pub",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let volumes = arguments.all(volume)
    guard volumes.isEmpty else { return try await prove(volumes, arguments, context) }
    guard !arguments.all(bundle).isEmpty else { throw arguments.usageError("'BUNDLE...' is missing") }
    let places = try BundleArgument.places(arguments, context)
    let proof = try await verify(
      places, trust: TrustArguments.options(arguments),
      releaseTrust: ReleaseTrustArguments.options(arguments, context), bases: arguments.all(BundleArgument.base),
      reporter: context.reporter)
    var facts = Facts()
    facts.add("bundle", proof.id)
    facts.add("proven", "\(counted(proof.blobs, "blob")), \(proof.blobBytes.asBytes), and every byte between them")
    facts.add("signed by", proof.signers.isEmpty ? ["nobody who is trusted"] : proof.signers)
    facts.add("releases", ReleaseTrustArguments.lines(proof.releases))
    facts.add("rests on", proof.bases.map(\.line))
    proof.coverage?.add(to: &facts)
    facts.add("repaired", proof.repaired.map(\.line))
    if let tools = proof.tools { facts.add("beside it", tools.text) }
    var result = CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("bases", .array(proof.bases.map(\.value))), .init("blobBytes", .integer(proof.blobBytes)),
        .init("blobs", .integer(proof.blobs)),
        .init("bundle", .string(proof.id)), .init("coverage", proof.coverage.map(\.json) ?? .null),
        .init("releases", .array(proof.releases.map(\.json))),
        .init("repaired", .array(proof.repaired.map(\.json))), .init("signers", .strings(proof.signers)),
        .init("tools", proof.tools.map { .string($0.isProven ? "proven" : "absent") } ?? .null),
      ]))
    result.failure = proof.coverage?.failure(places.paths[0])
    return result
  }
}

extension VerifyCommand {
  /// Proves single volumes.
  private static func prove(
    _ volumes: [String], _ arguments: ParsedArguments, _ context: Context
  ) async throws -> CommandResult {
    let proof = try await verifyVolumes(
      volumes, list: arguments.all(bundle), trust: TrustArguments.options(arguments), reporter: context.reporter)
    var facts = Facts()
    facts.add("bundle", proof.bundle)
    facts.add(
      "proven", proof.volumes.map { "\($0.path): \($0.name), \($0.number) of \($0.count), \($0.size.asBytes)" })
    facts.add("signed by", proof.signers.isEmpty ? ["nobody who is trusted"] : proof.signers)
    let list = proof.volumes.map { volume in
      JSONValue.object([
        .init("count", .integer(volume.count)), .init("file", .string(volume.path)),
        .init("name", .string(volume.name)), .init("number", .integer(volume.number)),
        .init("size", .integer(volume.size)),
      ])
    }
    return CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("bundle", .string(proof.bundle)), .init("signers", .strings(proof.signers)),
        .init("volumes", .array(list)),
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
