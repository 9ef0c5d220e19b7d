internal import Arguments
internal import Auditing
internal import Diagnostics
internal import JSON

enum DiffCommand: Subcommand {
  private static let from = Operand(.file("OLD"), help: "A bundle, or a receipt of unpack; '-' is a bundle on stdin.")
  private static let to = Operand(.file("NEW"), help: "What it is compared with.")

  static let command = Command(
    "diff", summary: "Shows what two bundles differ in; reads their beginnings only.", operands: [from, to],
    groups: [TrustArguments.group, CommonArguments.group], rules: TrustArguments.rules,
    examples: [
      "diff media/october.tar.zst media/november.tar.zst --trust release-team.pub",
      "diff receipt.json media/november.tar.zst", "diff --json october.tar.zst - < november.tar.zst",
    ])

  /// As `diff` has it; all other codes are those of errors.
  private static let differs: Int32 = 1

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let paths = [try arguments.value(of: from), try arguments.value(of: to)]
    guard paths != ["-", "-"] else { throw arguments.usageError("only one bundle comes from stdin") }
    for path in paths { try BundleArgument.require(path, arguments) }
    let found = try diff(
      paths[0], paths[1], trust: TrustArguments.options(arguments), environment: context.environment)
    for side in [found.from, found.to] { side.note(to: context.reporter) }
    let isJSON = arguments[CommonArguments.json]
    return CommandResult(
      text: isJSON ? "" : DiffText(found).text, isSummary: true, json: isJSON ? found.json : nil,
      status: found.isSame ? 0 : differs)
  }
}

extension DiffSide {
  /// Says what was read of it, if that was not all.
  fileprivate func note(to reporter: any Reporter) {
    guard let head, head.missingBytes > 0 else { return }
    reporter.report(
      .note("\(head.name) ends behind its head: at least \(head.missingBytes.asBytes) of the bundle are not there"))
  }
}
