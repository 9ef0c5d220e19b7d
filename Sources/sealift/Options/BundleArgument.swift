internal import Arguments
internal import Diagnostics

/// The bundle that a command reads.
enum BundleArgument {
  static let bundle = Operand(.file("BUNDLE"), help: "The bundle's file; '-' is stdin.")

  static let base = Option(
    "base", .file(), repeatable: true, help: "An older bundle at hand, which has what an update rests on.")

  /// - Throws: `usage` for a terminal, from which no bundle comes.
  static func path(_ arguments: ParsedArguments) throws(SealiftError) -> String {
    let path = try arguments.value(of: bundle)
    try require(path, arguments)
    return path
  }

  /// - Throws: `usage` for a terminal, from which no bundle comes.
  static func require(_ path: String, _ arguments: ParsedArguments) throws(SealiftError) {
    guard path != "-" || !StandardStream.input.isTerminal else {
      throw arguments.usageError("'-' reads a bundle from stdin, and stdin is the terminal")
    }
  }
}
