internal import Arguments
internal import Content
internal import Diagnostics
internal import Parity
internal import SystemIO
internal import Volumes

/// The bundle that a command reads.
enum BundleArgument {
  static let type = ValueType<String>.file("BUNDLE")
  static let help =
    "The bundle's file; '-' is stdin. Of a bundle in volumes its name, NAME.tar.zst, with NAME.tar.zst.001 and so on "
    + "beside it; or any volumes, and directories that hold some."
  static let bundle = Operand(type, repeatable: true, help: help)
  /// For commands that take one file alone.
  static let one = Operand(type, help: "The bundle's file; '-' is stdin.")
  static let ask = Option(
    boolean: "ask",
    help:
      "Reads volumes one after the other and asks for each that is not there, for a machine with one drive (default: "
      + "where stdin is a terminal).")

  static let parityAmount = ValueType<ParityAmount>.custom(
    "M|P%", "a number of parity volumes from 1 to 254, or a share from 1% to 100%"
  ) { ParityAmount($0) }

  static let base = Option(
    "base", .file(), repeatable: true, help: "An older bundle at hand, which has what an update rests on.")

  /// - Throws: `usage` for a terminal, from which no bundle comes.
  static func path(_ arguments: ParsedArguments) throws(SealiftError) -> String {
    let path = try arguments.value(of: one)
    try require(path, arguments)
    return path
  }

  /// - Throws: `usage` for a terminal, from which no bundle comes.
  static func require(_ path: String, _ arguments: ParsedArguments) throws(SealiftError) {
    guard path != "-" || !StandardStream.input.isTerminal else {
      throw arguments.usageError("'-' reads a bundle from stdin, and stdin is the terminal")
    }
  }

  /// - Throws: `usage` for a terminal, from which no bundle comes, and for what stands beside '-'.
  static func places(
    _ arguments: ParsedArguments, _ context: Context, and more: [String] = []
  ) throws(SealiftError) -> BundlePlaces {
    let paths = arguments.all(bundle) + more
    for path in paths { try require(path, arguments) }
    guard !paths.contains("-") || paths.count == 1 else {
      throw arguments.usageError("'-' reads a whole bundle from stdin, and other places are named too")
    }
    let asks = arguments[ask] ?? (StandardStream.input.isTerminal && StandardStream.error.isTerminal)
    return BundlePlaces(paths, prompt: asks ? DiscPrompt(reporter: context.reporter) : nil)
  }
}
