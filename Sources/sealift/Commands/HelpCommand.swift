internal import Arguments

enum HelpCommand: Subcommand {
  private static let topic = Operand(.text("COMMAND"), required: false, help: "The command to explain.")
  private static let second = Operand(.text("WORD"), required: false, help: "Its second word, if it has one.")

  static let command = Command("help", summary: "Shows how a command is used.", operands: [topic, second])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    // Parsed like `COMMAND --help`, so that an unknown name gets the same answer.
    let words = [arguments[topic], arguments[second]].compactMap(\.self)
    let width = StandardStream.output.helpColumns
    switch try context.program.parse(words + ["--help"]) {
    case .help(let command) where (command?.name ?? "") == words.joined(separator: " "):
      return CommandResult(text: context.program.help(for: command, width: width))
    case .groupHelp(let word):
      return CommandResult(text: context.program.help(forGroup: word, width: width))
    default:
      throw arguments.usageError("'\(words.joined(separator: " "))' is no command")
    }
  }
}
