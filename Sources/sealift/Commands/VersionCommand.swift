internal import Arguments
internal import Content
internal import JSON

enum VersionCommand: Subcommand {
  static let command = Command(
    "version", summary: "Prints the version.", groups: [CommonArguments.group], examples: ["version --json"])

  static var line: String { "sealift \(Version.current)\n" }

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    CommandResult(text: line, json: .object([.init("version", .string(Version.current))]))
  }
}
