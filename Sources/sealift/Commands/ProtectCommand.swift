internal import Arguments
internal import Content
internal import Diagnostics
internal import JSON

enum ProtectCommand: Subcommand {
  private static let parity = Option(
    "parity", BundleArgument.parityAmount, required: true,
    help: "How many parity volumes, or how many for each hundred volumes or parts of the file, such as 10%.")

  static let command = Command(
    "protect", summary: "Makes parity volumes of a bundle, by which damage and losses are repaired.",
    operands: [BundleArgument.bundle], groups: [Group("Parity", [parity]), CommonArguments.group],
    examples: [
      "protect media/ocp-4.16.tar.zst --parity 10%",
      "protect /media/set/ocp-4.16.tar.zst --parity 2",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let places = try BundleArgument.places(arguments, context)
    guard !places.isStandardInput else { throw arguments.usageError("a bundle in a pipe cannot be protected") }
    let made = try await protect(places, arguments.value(of: parity), reporter: context.reporter)
    var facts = Facts()
    facts.add("bundle", made.id)
    facts.add("parity", made.volumes)
    facts.add("size", "\(made.volumeBytes.asBytes) each")
    facts.add("repairs", text(made))
    return CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("bundle", .string(made.id)), .init("data", .integer(made.dataCount)),
        .init("groups", .integer(made.groups)), .init("losable", .integer(made.losable)),
        .init("size", .integer(made.volumeBytes)), .init("volumes", .strings(made.volumes)),
      ]))
  }

  private static func text(_ made: Protection) -> String {
    let all = made.dataCount + made.volumes.count
    let groups = made.groups > 1 ? ", in each of \(made.groups) groups" : ""
    return "what is lost of any \(made.losable) of \(all) volumes or equal parts\(groups)"
  }
}
