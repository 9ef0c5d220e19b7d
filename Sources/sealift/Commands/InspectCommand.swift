internal import Arguments
internal import Diagnostics
internal import JSON
internal import Operations

enum InspectCommand: Subcommand {
  private static let show = Option(
    "show", .text("PATH"), help: "Prints the text of one cluster manifest: config/KIND/NAME.yaml.")

  static let command = Command(
    "inspect", summary: "Shows what a bundle holds; reads its beginning only.", operands: [BundleArgument.bundle],
    groups: [TrustArguments.group, Group("Content", [show]), CommonArguments.group], rules: TrustArguments.rules,
    examples: [
      "inspect media/ocp-4.16.tar.zst --trust release-team.pub", "inspect --json - < app.tar.zst",
      "inspect media/ocp-4.16.tar.zst --show config/ImageDigestMirrorSet/idms-release-0.yaml",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let found = try inspect(
      try BundleArgument.path(arguments), trust: TrustArguments.options(arguments), show: arguments[show])
    let isJSON = arguments[CommonArguments.json]
    return CommandResult(text: isJSON ? "" : text(found), json: isJSON ? json(found) : nil)
  }

  private static func text(_ found: Inspection) -> String {
    if let shown = found.shown { return shown.printableLines }
    var facts = Facts()
    facts.add("bundle", found.id)
    if let size = found.fileBytes { facts.add("file", size.asBytes) }
    facts.add("made", "\(found.created) by \(found.producer)")
    facts.add(
      "content", "\(counted(found.images.count, "image")), \(counted(found.blobs, "blob")), \(found.blobBytes.asBytes)")
    facts.add("signatures", found.signatures.isEmpty ? ["none"] : found.signatures.map { "\($0.keyID) \($0.state)" })
    facts.add("trusted", found.isTrusted.map { $0 ? "yes" : "no" } ?? "not asked: name keys with --trust PUB")
    facts.add("releases", found.releases.map(line))
    facts.add("manifests", lines(found.manifests))
    let width = StandardStream.output.isTerminal ? StandardStream.output.columns : nil
    return facts.text + "\n" + ImageTable.text(found.images, width: width)
  }

  private static func line(_ release: Inspection.Release) -> String {
    let signers = release.signers.isEmpty ? "packed unsigned, by permission" : release.signers.joined(separator: ", ")
    let proof = release.signers.isEmpty ? signers : "signed by \(signers), as proven at packing"
    return "\(release.version) \(release.architecture) \(release.digest), \(proof)"
  }

  /// A line for each kind.
  private static func lines(_ manifests: [Inspection.Manifest]) -> [String] {
    Dictionary(grouping: manifests, by: \.kind).sorted { $0.key < $1.key }.map { kind, manifests in
      "\(kind): \(manifests.map(\.name).joined(separator: ", "))"
    }
  }

  private static func json(_ found: Inspection) -> JSONValue {
    .object([
      .init("blobBytes", .integer(found.blobBytes)), .init("blobs", .integer(found.blobs)),
      .init("bundle", .string(found.id)), .init("created", .string(found.created)),
      .init("fileBytes", found.fileBytes.map { .integer($0) } ?? .null),
      .init("images", ImageTable.json(found.images)),
      .init(
        "manifests",
        .array(
          found.manifests.map {
            .object([
              .init("kind", .string($0.kind)), .init("name", .string($0.name)), .init("path", .string($0.path)),
              .init("size", .integer($0.size)),
            ])
          })),
      .init("producer", .string(found.producer)),
      .init(
        "releases",
        .array(
          found.releases.map {
            .object([
              .init("architecture", .string($0.architecture)), .init("digest", .string($0.digest)),
              .init("signers", .strings($0.signers)), .init("source", .string($0.source)),
              .init("version", .string($0.version)),
            ])
          })),
      .init("shown", found.shown.map { .string($0) } ?? .null),
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
