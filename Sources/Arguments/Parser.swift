public import Diagnostics

/// What a command line asks for.
public enum Invocation: Sendable {
  /// Run the command.
  case run(Command, ParsedArguments)
  /// Show the help of a command, or of the program.
  case help(Command?)
  /// Show the commands that begin with a word.
  case groupHelp(String)
  /// Show the version.
  case version
}

extension Program {
  /// Reads a command line.
  ///
  /// - Parameter arguments: Without the program's name.
  /// - Throws: `usage`, naming what is wrong and the help screen that says more.
  public func parse(_ arguments: [String]) throws(SealiftError) -> Invocation {
    let hint = "run '\(name) --help'"
    guard let first = arguments.first else { throw SealiftError(.usage, "no command is given", nextStep: hint) }
    switch first {
    case "--help", "-h": return .help(nil)
    case "--version": return .version
    case _ where first.hasPrefix("-"):
      throw SealiftError(
        .usage, "the command stands before its options, and '\(first)' is no option of \(name) itself", nextStep: hint)
    default: break
    }
    var rest = arguments.dropFirst()
    var name = first
    let members = members(of: first)
    if !members.isEmpty {
      let hint = "run '\(self.name) \(first) --help'"
      switch rest.first {
      case "--help", "-h": return .groupHelp(first)
      case .some(let second) where !second.hasPrefix("-"):
        guard members.contains(where: { $0.words[1] == second }) else {
          let suggestion = suggest(second, in: members.map(\.words[1]))
          throw SealiftError(.usage, "unknown command '\(first) \(second)'\(suggestion)", nextStep: hint)
        }
        name += " \(second)"
        rest = rest.dropFirst()
      default:
        let words = members.map { "'\($0.words[1])'" }.joined(separator: " or ")
        throw SealiftError(.usage, "'\(first)' needs a second word: \(words)", nextStep: hint)
      }
    }
    guard let command = command(named: name) else {
      let suggestion = suggest(first, in: firstWords.map(\.word))
      throw SealiftError(.usage, "unknown command '\(first)'\(suggestion)", nextStep: hint)
    }
    let isHelp = rest.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
    if isHelp { return .help(command) }
    var parser = Parser(command: command, arguments: rest, commandLine: "\(self.name) \(command.name)")
    return .run(command, try parser.parse())
  }
}

/// Reads the arguments of one command, from left to right.
private struct Parser {
  let command: Command
  var arguments: ArraySlice<String>
  var parsed: ParsedArguments
  var operands: ArraySlice<Parameter>
  /// What stands on the command line of operands of which the first can be repeated: the end tells which is which.
  var undealt: [String] = []

  init(command: Command, arguments: ArraySlice<String>, commandLine: String) {
    self.command = command
    self.arguments = arguments
    parsed = ParsedArguments(commandLine: commandLine)
    operands = command.operands[...]
  }

  mutating func parse() throws(SealiftError) -> ParsedArguments {
    while let argument = arguments.popFirst() {
      if argument == "--" {
        while let operand = arguments.popFirst() { try takeOperand(operand) }
      } else if argument == "-" || !argument.hasPrefix("-") {
        try takeOperand(argument)
      } else if argument.hasPrefix("--") {
        try takeLong(argument)
      } else {
        try takeShort(argument)
      }
    }
    try dealOperands()
    try check()
    return parsed
  }

  /// The last operands are those that stand last in the declaration; all before them are the first one's.
  private mutating func dealOperands() throws(SealiftError) {
    guard let first = operands.first, !undealt.isEmpty else { return }
    let others = operands.dropFirst().prefix(undealt.count - 1)
    for text in undealt.dropLast(others.count) { try take(first, text) }
    for (operand, text) in zip(others, undealt.suffix(others.count)) { try take(operand, text) }
  }

  private mutating func takeOperand(_ text: String) throws(SealiftError) {
    if operands.first?.isRepeatable == true { return undealt.append(text) }
    guard let operand = operands.popFirst() else {
      throw parsed.usageError("'\(text)' is one operand too many")
    }
    try take(operand, text)
  }

  private mutating func takeLong(_ argument: String) throws(SealiftError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let option = command.options.first(where: { $0.spelling == parts[0] }) else {
      let names = command.options.map(\.spelling)
      throw parsed.usageError("unknown option '\(parts[0])'\(suggest(parts[0], in: names))")
    }
    try takeOption(option, attached: parts.count == 2 ? parts[1] : nil)
  }

  private mutating func takeShort(_ argument: String) throws(SealiftError) {
    let letter = argument.dropFirst().first
    let rest = argument.dropFirst(2)
    guard let option = command.options.first(where: { $0.short != nil && $0.short == letter }),
      rest.isEmpty || option.kind == .option
    else {
      throw parsed.usageError("unknown option '\(argument)'")
    }
    try takeOption(option, attached: rest.isEmpty ? nil : String(rest.first == "=" ? rest.dropFirst() : rest))
  }

  private mutating func takeOption(_ option: Parameter, attached: String?) throws(SealiftError) {
    switch (option.kind, attached) {
    case (.flag, .some):
      throw parsed.usageError("'\(option.spelling)' takes no value")
    case (.flag, nil):
      try take(option, "true")
    case (.boolean, nil), (.joined, nil):
      if let next = arguments.first, option.read(next) != nil {
        throw parsed.usageError("the value of '\(option.spelling)' is joined to it: '\(option.spelling)=\(next)'")
      }
      if option.kind == .boolean { try take(option, "true") } else { try add(option, "") }
    case (_, .some(let value)):
      try take(option, value)
    case (_, nil):
      // A name in the value's place is a forgotten value; a value that looks like a name can be joined with `=`.
      guard let value = arguments.first, value == "-" || !value.hasPrefix("-") else {
        throw parsed.usageError("'\(option.spelling) \(option.valueName)' has no value")
      }
      arguments.removeFirst()
      try take(option, value)
    }
  }

  private mutating func take(_ parameter: Parameter, _ text: String) throws(SealiftError) {
    // Most often a shell variable that is not set.
    guard !text.isEmpty else { throw parsed.usageError("the value of '\(parameter.spelling)' is empty") }
    guard let value = parameter.read(text) else {
      var suggestion = ""
      if case .choice(let words) = parameter.completion { suggestion = suggest(text, in: words) }
      throw parsed.usageError("'\(parameter.spelling)' must be \(parameter.expectation), not '\(text)'\(suggestion)")
    }
    try add(parameter, value)
  }

  private mutating func add(_ parameter: Parameter, _ value: any Sendable) throws(SealiftError) {
    guard parameter.isRepeatable || parsed.values[parameter.name] == nil else {
      throw parsed.usageError("'\(parameter.spelling)' is given twice")
    }
    parsed.values[parameter.name, default: []].append(value)
  }

  private func check() throws(SealiftError) {
    for parameter in command.operands + command.options
    where parameter.isRequired && parsed.values[parameter.name] == nil {
      throw parsed.missing(parameter)
    }
    for rule in command.rules {
      if let violation = rule.violation({ parsed.values[$0.name] != nil }) { throw parsed.usageError(violation) }
    }
  }
}

/// The end of a message about an unknown name.
private func suggest(_ text: String, in names: [String]) -> String {
  nearestName(to: text, in: names).map { ". Did you mean '\($0)'?" } ?? ""
}
