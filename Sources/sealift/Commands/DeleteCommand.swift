internal import Arguments
internal import Deleting
internal import Diagnostics
internal import JSON
internal import Publishing

enum DeleteCommand: Subcommand {
  private static let target = Operand(.text("TARGET"), help: "REGISTRY[:PORT][/PREFIX], as it was unpacked into.")
  private static let generate = Option(
    "generate", .file("LIST"),
    help: "Writes the list of what would be deleted, for people to read; asks no registry.")
  private static let execute = Option("execute", .file("LIST"), help: "Deletes what the list says.")
  private static let configuration = Option(
    "config", short: "c", .file(), help: "What is to be deleted: a DeleteImageSetConfiguration.")
  private static let bundle = Option(
    "bundle", .file(), repeatable: true, help: "The bundle that brought it; only its beginning is read.")
  private static let keep = Option(
    "keep", .file(), repeatable: true,
    help: "Receipt of 'unpack --receipt', or bundle, of which nothing may be lost; all that are still in use.")
  private static let noKeep = Flag("no-keep", help: "Says that nothing else at the target is in use.")
  private static let maxNestedPaths = Option(
    "max-nested-paths", .integer(in: 1...100), help: "As it was given to 'unpack'; --execute has it from the list.")
  private static let dryRun = Flag("dry-run", help: "Says what would be deleted and what is gone already.")
  private static let receipt = Option("receipt", .file(), help: "Where to write, as JSON, what was deleted.")
  private static let parallel = Option("parallel", .integer(in: 1...64), help: "Requests at once (default 4).")

  static let command = Command(
    "delete", summary: "Deletes from a registry what an earlier bundle brought, and nothing that another needs.",
    operands: [target],
    groups: [
      Group("Phases", [generate, execute]), Group("What is deleted", [configuration, bundle]),
      Group("What stays", [keep, noKeep]), TrustArguments.group,
      Group("Target", [maxNestedPaths, dryRun, receipt]),
      RegistryArguments.target.group(parallel), CommonArguments.group,
    ],
    rules: TrustArguments.rules + RegistryArguments.target.rules + [
      .exactlyOne(generate, execute), .exactlyOne(keep, noKeep), .needs(generate, configuration),
      .needs(configuration, generate), .needs(generate, bundle), .needs(bundle, generate), .needs(dryRun, execute),
      .needs(receipt, execute), .needs(parallel, execute),
    ],
    examples: [
      "delete --generate list.yaml -c delete-config.yaml --bundle old.tar.zst --keep new.json --trust release-team.pub "
        + "registry.local:8443/mirror",
      "delete --execute list.yaml --keep new.json registry.local:8443/mirror",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    guard let list = arguments[generate] ?? arguments[execute] else {
      throw arguments.usageError("one of '--generate' and '--execute' is needed")
    }
    var options = DeletionOptions(
      list: list, target: try arguments.value(of: target), trust: TrustArguments.options(arguments),
      registry: RegistryArguments.target.access(arguments, context))
    options.kept = arguments.all(keep)
    options.maxNestedPaths = arguments[maxNestedPaths]
    guard arguments[execute] == nil else { return try await execute(options, arguments, context) }
    let made = try await generateDeletion(
      arguments.value(of: configuration), bundles: arguments.all(bundle), options, reporter: context.reporter)
    return CommandResult(text: text(made), json: json(made))
  }

  private static func execute(
    _ options: DeletionOptions, _ arguments: ParsedArguments, _ context: Context
  ) async throws -> CommandResult {
    let isDryRun = arguments[dryRun]
    let done = try await executeDeletion(
      options, isDryRun: isDryRun, receipt: arguments[receipt], parallel: arguments[parallel] ?? 4,
      reporter: context.reporter)
    var result = CommandResult(
      text: text(done, options, isDryRun), isSummary: !isDryRun, json: json(done, options, isDryRun))
    let left = isDryRun ? 0 : done.count(.present)
    if left > 0 {
      result.failure = SealiftError(
        .incomplete,
        "the registry still has \(counted(left, "manifest")) of the list, although it did not refuse to delete them",
        nextStep: "look at the registry's rules for what is kept, and run the same command again")
    } else if !done.kept.isEmpty {
      result.failure = SealiftError(
        .incomplete,
        "\(counted(done.kept.count, "manifest")) of the list stay, because what was named with --keep needs them",
        nextStep: "see the warnings; make the list again with the same --keep to have it without them")
    }
    return result
  }

  private static func text(_ made: GeneratedDeletion) -> String {
    var facts = Facts()
    facts.add("list", made.list)
    facts.add("target", made.target)
    facts.add("bundles", made.bundles)
    facts.add("to delete", "\(counted(made.images, "image")), \(counted(made.manifests, "manifest"))")
    facts.add("", made.types.map { "\($0.count) \($0.type)" })
    facts.add("frees", "at most \(made.bytes.asBytes)")
    facts.add("stays", made.kept.map { "\($0.reference): \($0.neededBy)" })
    facts.add("next", "read the list, then: sealift delete --execute \(made.list) … \(made.target)")
    return facts.text
  }

  private static func json(_ made: GeneratedDeletion) -> JSONValue {
    .object([
      .init("bundles", .array(made.bundles.map { .string($0) })), .init("bytes", .integer(made.bytes)),
      .init("images", .integer(made.images)), .init("kept", .array(made.kept.map(\.json))),
      .init("list", .string(made.list)), .init("manifests", .integer(made.manifests)),
      .init("target", .string(made.target)),
      .init("types", .object(made.types.sorted { $0.type < $1.type }.map { .init($0.type, .integer($0.count)) })),
    ])
  }

  private static func text(_ done: DeletionReceipt, _ options: DeletionOptions, _ isDryRun: Bool) -> String {
    var facts = Facts()
    facts.add("target", done.target)
    facts.add(
      isDryRun ? "would delete" : "deleted", counted(done.count(isDryRun ? .present : .deleted), "manifest"))
    if !isDryRun, done.count(.present) > 0 { facts.add("still there", counted(done.count(.present), "manifest")) }
    facts.add("absent", counted(done.count(.absent), "manifest"))
    if !done.kept.isEmpty { facts.add("stays", done.kept.map { "\($0.reference): \($0.neededBy)" }) }
    facts.add(
      "space",
      [
        "freed when the registry collects its garbage; docker-registry, while nothing is pushed:",
        "docker-registry garbage-collect /etc/docker/registry/config.yml; Quay does it by itself, after its time machine",
      ])
    return facts.text
  }

  private static func json(_ done: DeletionReceipt, _ options: DeletionOptions, _ isDryRun: Bool) -> JSONValue {
    .object([
      .init("absent", .integer(done.count(.absent))), .init("deleted", .integer(done.count(.deleted))),
      .init("dryRun", .boolean(isDryRun)), .init("kept", .array(done.kept.map(\.json))),
      .init("list", .string(options.list)), .init("present", .integer(done.count(.present))),
      .init("target", .string(done.target)),
    ])
  }
}
