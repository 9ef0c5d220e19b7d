internal import Arguments
internal import Content

enum HelpCommand: Subcommand {
  private static let topic = Operand(.text("COMMAND"), required: false, help: "The command to explain.")
  private static let second = Operand(.text("WORD"), required: false, help: "Its second word, if it has one.")

  private static let markdown = Flag("markdown", help: "Prints the help of all commands as one Markdown document.")
  private static let man = Flag("man", help: "Prints the help as the source of a manual page.")

  static let command = Command(
    "help", summary: "Shows how a command is used.", operands: [topic, second],
    groups: [Group("Options", [markdown, man])], rules: [.atMostOne(markdown, man)],
    examples: ["help --markdown", "help --man pack > sealift-pack.1"])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    if arguments[markdown] {
      guard arguments[topic] == nil else { throw arguments.usageError("'--markdown' takes no command: it prints all") }
      return CommandResult(text: context.program.reference)
    }
    // Parsed like `COMMAND --help`, so that an unknown name gets the same answer.
    let words = [arguments[topic], arguments[second]].compactMap(\.self)
    let width = StandardStream.output.helpColumns
    switch try context.program.parse(words + ["--help"]) {
    case .help(let command) where (command?.name ?? "") == words.joined(separator: " "):
      if arguments[man] { return CommandResult(text: manualPage(command, context.program)) }
      return CommandResult(text: context.program.help(for: command, width: width))
    case .groupHelp(let word) where !arguments[man]:
      return CommandResult(text: context.program.help(forGroup: word, width: width))
    default:
      throw arguments.usageError("'\(words.joined(separator: " "))' is no command")
    }
  }

  // The date is that of what was built, so that the same program says the same.
  private static func manualPage(_ command: Command?, _ program: Program) -> String {
    program.manualPage(for: command, date: BuildFacts.date ?? "", release: "Sealift \(Version.current)")
  }
}
