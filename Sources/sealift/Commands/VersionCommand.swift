internal import Arguments
internal import Content
internal import JSON

enum VersionCommand: Subcommand {
  static let command = Command(
    "version", summary: "Prints the version, and what it was built from.", groups: [CommonArguments.group],
    examples: ["version --json"])

  static var line: String { "sealift \(Version.current)\n" }

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let width = BuildFacts.libraries.map(\.name.count).max() ?? 0
    let libraries = BuildFacts.libraries.map { library in
      "  \(library.name)\(String(repeating: " ", count: width - library.name.count))  \(library.version)\n"
    }
    let commit = BuildFacts.commit.map { "commit \($0)\(BuildFacts.date.map { ", \($0)" } ?? "")" }
    return CommandResult(
      text: "\(line)\(commit ?? "no commit is known of this build")\nlibraries\n\(libraries.joined())",
      json: .object([
        .init("commit", BuildFacts.commit.map { .string($0) } ?? .null),
        .init("date", BuildFacts.date.map { .string($0) } ?? .null),
        .init("libraries", .object(BuildFacts.libraries.map { .init($0.name, .string($0.version)) })),
        .init("version", .string(Version.current)),
      ]))
  }
}
