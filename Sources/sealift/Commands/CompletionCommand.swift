internal import Arguments

enum CompletionCommand: Subcommand {
  private static let shell = Operand(
    .choice("SHELL", Shell.allCases.map(\.rawValue)), help: "The shell: bash, zsh or fish.")

  static let command = Command(
    "completion", summary: "Prints a script that teaches a shell the commands and options.", operands: [shell],
    examples: [
      "completion bash > /etc/bash_completion.d/sealift", "completion zsh > \"${fpath[1]}/_sealift\"",
      "completion fish > ~/.config/fish/completions/sealift.fish",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    guard let shell = Shell(rawValue: try arguments.value(of: shell)) else {
      throw arguments.usageError("the shell is not known")
    }
    return CommandResult(
      text: context.program.completionScript(for: shell, executables: ["sealift", "oc-sealift"]))
  }
}
