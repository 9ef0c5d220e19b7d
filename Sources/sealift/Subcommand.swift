internal import Arguments
internal import Diagnostics
internal import Glibc
internal import JSON

/// One command: what it takes, and what it does with it.
protocol Subcommand: SendableMetatype {
  /// The declaration, which gives parser, help screen and completion.
  static var command: Command { get }
  /// Whether the same command line, run again, goes on where it was interrupted.
  static var resumes: Bool { get }
  /// Does the work.
  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult
}

extension Subcommand {
  static var resumes: Bool { false }
}

/// What a command finds around it.
struct Context: Sendable {
  let program: Program
  let environment: [String: String]
  let reporter: any Reporter
  let interruption: Interruption
}

/// What a command has to say when its work is done.
struct CommandResult: Sendable {
  /// For people: whole lines, made printable.
  var text: String
  /// Whether `text` only sums up what was done, so that `--quiet` leaves it out.
  var isSummary = false
  /// For scripts.
  var json: JSONValue?
  /// Whether stdout has been used for something else.
  var belongsOnError = false
  /// Takes back what was done, where it cannot be told: the same command can then be run again.
  var takeBack: (@Sendable () throws -> Void)?
  /// The exit code where nothing is wrong.
  var status: CInt = 0
  /// What is wrong all the same; it is reported after the rest.
  var failure: SealiftError?
}
