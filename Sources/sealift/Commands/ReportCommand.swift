internal import Arguments
internal import Auditing
internal import Content
internal import Diagnostics
internal import JSON
internal import SystemIO

enum ReportCommand: Subcommand {
  private static let output = Option(
    "output", short: "o", .file(), help: "Where the report goes, in place of what is there; '-', or none, is stdout.")
  private static let format = Option(
    "format", .choice("FORMAT", ReportFormat.allCases.map(\.rawValue)),
    help: "A page for people; a bill of materials (SPDX 2.3, CycloneDX 1.6); a statement on provenance (default html).")
  private static let since = Option(
    "since", .file("OLD"), help: "For the page: an earlier bundle, or a receipt of unpack, to tell what has changed.")

  static let command = Command(
    "report", summary: "Writes a page, a bill of materials or a statement on a bundle; reads its beginning only.",
    operands: [BundleArgument.one],
    groups: [Group("Report", [output, format, since]), TrustArguments.group, CommonArguments.group],
    rules: TrustArguments.rules,
    examples: [
      "report media/november.tar.zst -o november.html --since media/october.tar.zst --trust release-team.pub",
      "report media/november.tar.zst --format spdx -o november.spdx.json",
      "report media/november.tar.zst --format in-toto -o november.intoto.json",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let format = arguments[format].flatMap(ReportFormat.init) ?? .html
    guard format == .html || arguments[since] == nil else {
      throw arguments.usageError("--since is for the page, and a bill or a statement is on one bundle alone")
    }
    guard arguments[since] != "-" else { throw arguments.usageError("--since names a file") }
    let path = arguments[output] ?? "-"
    let place = path == "-" ? .standardOutput : try OutputFile(path)
    let written = try report(
      try BundleArgument.path(arguments), as: format, since: arguments[since], to: place,
      trust: TrustArguments.options(arguments), environment: context.environment)
    var facts = Facts()
    facts.add("bundle", written.bundle)
    facts.add("report", "\(place.path), \(written.bytes.asBytes)")
    return CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("bundle", .string(written.bundle)), .init("file", place.isStandardOutput ? .null : .string(path)),
        .init("fileBytes", .integer(written.bytes)), .init("format", .string(format.rawValue)),
      ]), belongsOnError: place.isStandardOutput)
  }
}
