internal import Arguments
internal import Diagnostics
internal import JSON
internal import Publishing

enum ListBasesCommand: Subcommand {
  private static let target = Operand(
    .text("TARGET"), help: "REGISTRY[:PORT][/PREFIX], as it was named to 'sealift unpack'.")
  private static let save = Option(
    "save", .directory(),
    help: "Writes each receipt there, as receipt-sha256-ID.json: carry one back for 'sealift pack --since'.")

  static let command = Command(
    "list bases", summary: "Lists the bundles that a registry has taken, by the receipts that it keeps.",
    operands: [target],
    groups: [
      Group("Bases", [save, UnpackCommand.maxNestedPaths]), RegistryArguments.target.group(), CommonArguments.group,
    ],
    rules: RegistryArguments.target.rules,
    examples: [
      "list bases registry.local:8443/mirror",
      "list bases registry.local:8443/mirror --save receipts",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    var options = ListBasesOptions(
      target: try arguments.value(of: target), registry: RegistryArguments.target.access(arguments, context))
    options.maxNestedPaths = arguments[UnpackCommand.maxNestedPaths]
    options.directory = arguments[save]
    let bases = try await listBases(options, reporter: context.reporter)
    return CommandResult(text: text(bases, options), json: json(bases, options))
  }

  private static func text(_ bases: [ListedBase], _ options: ListBasesOptions) -> String {
    var facts = Facts()
    facts.add("target", options.target)
    facts.add("bases", "\(bases.count)")
    facts.add("saved", bases.compactMap(\.file))
    var table = Table([
      ("CREATED", .left), ("NAME", .left), ("BUNDLE", .left), ("SIZE", .right), ("RECEIPT SIGNED BY", .left),
    ])
    for base in bases {
      table.add([
        base.created ?? "", base.name ?? "", base.id, base.bytes.asBytes,
        base.signers.isEmpty ? "nobody" : base.signers.joined(separator: ", "),
      ])
    }
    let width = StandardStream.output.isTerminal ? StandardStream.output.columns : nil
    return facts.text + "\n" + table.text(width: width)
  }

  private static func json(_ bases: [ListedBase], _ options: ListBasesOptions) -> JSONValue {
    .object([
      .init("bases", .array(bases.map(json))), .init("target", .string(options.target)),
    ])
  }

  private static func json(_ base: ListedBase) -> JSONValue {
    .object([
      .init("bundle", .string(base.id)), .init("bundleSigned", .boolean(base.isSigned)),
      .init("bytes", .integer(base.bytes)), .init("created", base.created.map { .string($0) } ?? .null),
      .init("file", base.file.map { .string($0) } ?? .null), .init("manifests", .integer(base.manifests)),
      .init("name", base.name.map { .string($0) } ?? .null), .init("receiptSigners", .strings(base.signers)),
    ])
  }
}
