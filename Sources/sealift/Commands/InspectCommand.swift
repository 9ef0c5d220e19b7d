internal import Arguments
internal import Content
internal import Diagnostics
internal import JSON
internal import SystemIO

enum InspectCommand: Subcommand {
  private static let show = Option(
    "show", .text("PATH"), repeatable: true,
    help: "Prints the text of cluster manifests: of one, config/KIND/NAME.yaml; of all of a KIND; or config/ for all.")

  private static let saveHead = Option(
    "save-head", .file(),
    help: "Saves the beginning of the bundle, a few MB that stand for all of it where 'pack --since' asks for a BASE; "
      + "BUNDLE.head is a good name.")

  static let command = Command(
    "inspect", summary: "Shows what a bundle holds; reads its beginning only.", operands: [BundleArgument.bundle],
    groups: [
      TrustArguments.group, Group("Content", [show, BundleArgument.base, saveHead]),
      Group("Volumes", [BundleArgument.ask]), CommonArguments.group,
    ], rules: TrustArguments.rules,
    examples: [
      "inspect media/ocp-4.16.tar.zst --save-head ocp-4.16.tar.zst.head",
      "inspect media/ocp-4.16.tar.zst --trust release-team.pub", "inspect --json - < app.tar.zst",
      "inspect media/ocp-4.16.tar.zst --show config/ImageDigestMirrorSet/idms-release-0.yaml",
      "inspect media/ocp-4.16.tar.zst --show ClusterRoleBinding --show SecurityContextConstraints",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let places = try BundleArgument.places(arguments, context)
    var options = InspectOptions(temporaryDirectory: FileSystem.temporaryDirectory(context.environment))
    options.show = arguments.all(show)
    options.bases = arguments.all(BundleArgument.base)
    options.savedHead = arguments[saveHead]
    let found = try inspect(
      places, trust: TrustArguments.options(arguments), options, reporter: context.reporter)
    let isJSON = arguments[CommonArguments.json]
    var result = CommandResult(text: isJSON ? "" : text(found), json: isJSON ? json(found) : nil)
    result.failure = found.coverage?.failure(places.paths[0])
    return result
  }

  private static func text(_ found: Inspection) -> String {
    if let shown = found.shown { return shown.printableLines }
    var facts = Facts()
    facts.add("bundle", found.contents.id)
    if let size = found.fileBytes { facts.add("file", size.asBytes + (found.isHeadOnly ? ", its head alone" : "")) }
    facts.add("made", "\(found.created) by \(found.producer)")
    found.contents.add(to: &facts)
    found.coverage?.add(to: &facts)
    if let saved = found.savedHead { facts.add("head saved", "\(saved.path), \(saved.bytes.asBytes)") }
    facts.add("repaired", found.repaired.map(\.line))
    facts.add("signatures", found.signatures.isEmpty ? ["none"] : found.signatures.map { "\($0.keyID) \($0.state)" })
    facts.add("trusted", found.isTrusted.map { $0 ? "yes" : "no" } ?? "not asked: name keys with --trust PUB")
    if found.contents.images.isEmpty { return facts.text }
    let width = StandardStream.output.isTerminal ? StandardStream.output.columns : nil
    return facts.text + "\n" + ImageTable.text(found.contents.images, width: width)
  }

  private static func json(_ found: Inspection) -> JSONValue {
    .object(
      found.contents.members + [
        .init("coverage", found.coverage.map(\.json) ?? .null), .init("created", .string(found.created)),
        .init("fileBytes", found.fileBytes.map { .integer($0) } ?? .null),
        .init("headOnly", .boolean(found.isHeadOnly)), .init("producer", .string(found.producer)),
        .init("repaired", .array(found.repaired.map(\.json))),
        .init("savedHead", found.savedHead.map { .string($0.path) } ?? .null),
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
