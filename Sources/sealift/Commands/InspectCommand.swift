internal import Arguments
internal import Diagnostics
internal import JSON
internal import Operations

enum InspectCommand: Subcommand {
  static let command = Command(
    "inspect", summary: "Shows what a bundle holds; reads its beginning only.", operands: [BundleArgument.bundle],
    groups: [TrustArguments.group, CommonArguments.group], rules: TrustArguments.rules,
    examples: ["inspect media/ocp-4.16.tar.zst --trust release-team.pub", "inspect --json - < app.tar.zst"])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let found = try inspect(try BundleArgument.path(arguments), trust: TrustArguments.options(arguments))
    let isJSON = arguments[CommonArguments.json]
    return CommandResult(text: isJSON ? "" : text(found), json: isJSON ? json(found) : nil)
  }

  private static func text(_ found: Inspection) -> String {
    var facts = Facts()
    facts.add("bundle", found.id)
    if let size = found.fileBytes { facts.add("file", size.asBytes) }
    facts.add("made", "\(found.created) by \(found.producer)")
    facts.add(
      "content", "\(counted(found.images.count, "image")), \(counted(found.blobs, "blob")), \(found.blobBytes.asBytes)")
    facts.add("signatures", found.signatures.isEmpty ? ["none"] : found.signatures.map { "\($0.keyID) \($0.state)" })
    facts.add("trusted", found.isTrusted.map { $0 ? "yes" : "no" } ?? "not asked: name keys with --trust PUB")
    let width = StandardStream.output.isTerminal ? StandardStream.output.columns : nil
    return facts.text + "\n" + ImageTable.text(found.images, width: width)
  }

  private static func json(_ found: Inspection) -> JSONValue {
    .object([
      .init("blobBytes", .integer(found.blobBytes)), .init("blobs", .integer(found.blobs)),
      .init("bundle", .string(found.id)), .init("created", .string(found.created)),
      .init("fileBytes", found.fileBytes.map { .integer($0) } ?? .null),
      .init("images", ImageTable.json(found.images)), .init("producer", .string(found.producer)),
      .init(
        "signatures",
        .array(
          found.signatures.map {
            .object([.init("key", .string($0.keyID)), .init("state", .string($0.state))])
          })),
      .init("trusted", found.isTrusted.map { .boolean($0) } ?? .null),
    ])
  }
}
