internal import Arguments
internal import Diagnostics
internal import Glibc
internal import JSON
internal import SystemIO

/// The program: command line in, exit code out.
@main struct Sealift {
  private static let subcommands: [any Subcommand.Type] = [
    PackCommand.self, UnpackCommand.self, InspectCommand.self, VerifyCommand.self, DiffCommand.self,
    ReportCommand.self, SignCommand.self, ProtectCommand.self, RepairCommand.self, DeleteCommand.self,
    KeygenCommand.self, ListReleasesCommand.self, ListOperatorsCommand.self, ListBasesCommand.self,
    VersionCommand.self, CompletionCommand.self, HelpCommand.self,
  ]

  // Not asynchronous: the runtime starts threads for that, and traps or waits for ever where it cannot have them.
  static func main() {
    ProcessMemory.keepSmall()
    StandardStream.secure()
    signal(SIGPIPE, SIG_IGN)
    if let shortage = ProcessStart.prepare() { _exit(FailureText().report(shortage, signal: nil)) }
    Task.detached {
      let status = await run()
      // Nothing is buffered, and libraries' exit handlers must not run beside threads that still use them.
      _exit(status)
    }
    // With every signal unblocked: who has started the program may have blocked some, and its other threads do.
    var none = sigset_t()
    sigemptyset(&none)
    while true { sigsuspend(&none) }
  }

  private static func run() async -> CInt {
    var failures = FailureText()
    var interruption: Interruption?
    do {
      let signals = try Interruption.begin()
      interruption = signals
      let words = try Invoked()
      failures = FailureText(words)
      let program = Program(
        words.name,
        summary: "Carries OpenShift releases, operators, images and files across an air gap: packs them into one "
          + "signed bundle, and unpacks it, proven, on the other side.",
        commands: subcommands.map { $0.command })
      return try await answer(try program.parse(words.arguments), program, words, signals, &failures)
    } catch {
      return failures.report(error, signal: interruption?.signal)
    }
  }

  private static func answer(
    _ invocation: Invocation, _ program: Program, _ words: Invoked, _ interruption: Interruption,
    _ failures: inout FailureText
  ) async throws -> CInt {
    switch invocation {
    case .help(let command):
      let width = StandardStream.output.helpColumns
      try StandardStream.output.write(program.help(for: command, width: width))
    case .groupHelp(let word):
      try StandardStream.output.write(program.help(forGroup: word, width: StandardStream.output.helpColumns))
    case .version:
      try StandardStream.output.write(VersionCommand.line)
    case .run(let command, let arguments):
      for subcommand in subcommands where subcommand.command.name == command.name {
        failures.resumes = subcommand.resumes
        return try await execute(subcommand, arguments, program, words, interruption, failures)
      }
    }
    return 0
  }

  // What waits for a stalled pipe or disk does not notice that it should stop; and what resumes after a power cut may be
  // ended at any moment.
  private static let longestStop = Duration.seconds(5)

  private static func execute(
    _ subcommand: any Subcommand.Type, _ arguments: ParsedArguments, _ program: Program, _ words: Invoked,
    _ interruption: Interruption, _ failures: FailureText
  ) async throws -> CInt {
    let isJSON = arguments[CommonArguments.json]
    let reporter = try ProgressReporter(ProgressDisplay(arguments, words), to: .error)
    let context = Context(
      program: program, environment: words.environment, reporter: reporter, interruption: interruption)
    let result = try await reporter.whileShowing {
      try await interruption.cancelling { [failures] signal in
        let end = { @Sendable in
          reporter.clear()
          _exit(failures.report(CancellationError(), signal: signal))
        }
        // There is nothing to bring to an end, and what blocks on a pipe would not notice.
        guard subcommand.resumes else { return end() }
        reporter.report(.note("stopping; a second signal ends at once"))
        Task {
          try await Task.sleep(for: longestStop)
          end()
        }
      } _: {
        try await subcommand.run(arguments, context)
      }
    }
    var text = result.text
    if isJSON, let json = result.json {
      text = jsonLine(json)
    } else if result.isSummary, arguments[CommonArguments.quiet] {
      text = ""
    }
    do throws(SealiftError) {
      if !text.isEmpty { try (result.belongsOnError ? StandardStream.error : .output).write(text) }
    } catch {
      try result.takeBack?()
      throw error
    }
    if let failure = result.failure { throw failure }
    return result.status
  }
}

extension ProgressDisplay {
  fileprivate init(_ arguments: ParsedArguments, _ words: Invoked) {
    let isTerminal = StandardStream.error.isTerminal && words.environment["TERM"] != "dumb"
    let style: Style = arguments[CommonArguments.json] ? .json : isTerminal ? .bar : .lines
    self.init(style, isQuiet: arguments[CommonArguments.quiet], usesColour: isTerminal && words.allowsColour)
  }
}
