internal import Arguments

enum HelpCommand: Subcommand {
  private static let topic = Operand(.text("COMMAND"), required: false, help: "The command to explain.")

  static let command = Command("help", summary: "Shows how a command is used.", operands: [topic])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    // Parsed like `COMMAND --help`, so that an unknown name gets the same answer.
    let words = [arguments[topic], "--help"].compactMap(\.self)
    guard case .help(let command) = try context.program.parse(words) else {
      throw arguments.usageError("'\(words[0])' is no command")
    }
    return CommandResult(text: context.program.help(for: command, width: StandardStream.output.helpColumns))
  }
}
