/// A program with commands: what it declares gives the parser, the help screens and the shell completions.
public struct Program: Sendable {
  /// The name as the user writes it.
  public let name: String
  let summary: String
  let commands: [Command]

  /// - Parameters:
  ///   - name: The name as the user writes it, such as `sealift` or `oc sealift`.
  ///   - summary: One sentence.
  ///   - commands: In the order in which help lists them.
  public init(_ name: String, summary: String, commands: [Command]) {
    self.name = name
    self.summary = summary
    self.commands = commands
  }

  /// The command of that name.
  public func command(named name: String) -> Command? {
    commands.first { $0.name == name }
  }

  /// The commands of two words that begin with the word.
  func members(of word: String) -> [Command] { commands.filter { $0.words.count == 2 && $0.words[0] == word } }

  /// The words that begin a command, each once, with what there is to say of it.
  var firstWords: [(word: String, summary: String)] {
    var seen: Set<String> = []
    return commands.filter { seen.insert($0.words[0]).inserted }.map { command in
      let members = members(of: command.words[0])
      return (command.words[0], (members.isEmpty ? [command] : members).map(\.summary).joined(separator: " "))
    }
  }

  /// The words that begin commands of two words, each once.
  var groupWords: [String] { firstWords.map(\.word).filter { !members(of: $0).isEmpty } }
}

/// One command and all that may stand behind its name.
public struct Command: Sendable {
  /// The word that calls it, or the two words: `list releases`.
  public let name: String
  let summary: String
  let operands: [Parameter]
  let groups: [Group]
  let rules: [Rule]
  let examples: [String]

  /// - Parameters:
  ///   - name: One word, or two with a space between: then no command has the first word alone.
  ///   - summary: One sentence that says what it does.
  ///   - operands: In order of their position.
  ///   - groups: The options, as the help screen shows them.
  ///   - rules: What must hold between options.
  ///   - examples: Whole command lines, without the program's name.
  public init(
    _ name: String, summary: String, operands: [any Declaration] = [], groups: [Group] = [], rules: [Rule] = [],
    examples: [String] = []
  ) {
    self.name = name
    self.summary = summary
    self.operands = operands.map(\.parameter)
    self.groups = Self.addingHelp(to: groups)
    self.rules = rules
    self.examples = examples
  }

  var words: [String] { name.split(separator: " ").map(String.init) }

  /// The options of every group.
  var options: [Parameter] { groups.flatMap(\.parameters) }

  private static func addingHelp(to groups: [Group]) -> [Group] {
    let help = Flag("help", short: "h", help: "Shows this help.").parameter
    guard let last = groups.last else { return [Group("Options", [help])] }
    return groups.dropLast() + [Group(last.title, last.parameters + [help])]
  }
}

/// Options that the help screen shows under one title.
public struct Group: Sendable {
  let title: String
  let parameters: [Parameter]

  /// - Parameter title: Without a colon.
  public init(_ title: String, _ declarations: [any Declaration]) {
    self.init(title, declarations.map(\.parameter))
  }

  fileprivate init(_ title: String, _ parameters: [Parameter]) {
    self.title = title
    self.parameters = parameters
  }
}

/// What must hold between the options of a command.
public struct Rule: Sendable {
  enum Kind: Sendable { case exactlyOne, atLeastOne, atMostOne, needs }

  let kind: Kind
  let parameters: [Parameter]

  /// One of them is given, and only one.
  public static func exactlyOne(_ declarations: any Declaration...) -> Rule {
    Rule(kind: .exactlyOne, parameters: declarations.map(\.parameter))
  }

  /// One of them is given, or more.
  public static func atLeastOne(_ declarations: any Declaration...) -> Rule {
    Rule(kind: .atLeastOne, parameters: declarations.map(\.parameter))
  }

  /// No two of them are given.
  public static func atMostOne(_ declarations: any Declaration...) -> Rule {
    Rule(kind: .atMostOne, parameters: declarations.map(\.parameter))
  }

  /// Where the first is given, one of the others is too, or more.
  public static func needs(_ first: any Declaration, _ others: any Declaration...) -> Rule {
    Rule(kind: .needs, parameters: [first.parameter] + others.map(\.parameter))
  }

  /// What is wrong, or `nil`.
  func violation(_ isGiven: (Parameter) -> Bool) -> String? {
    let given = parameters.filter(isGiven).map { "'\($0.spelling)'" }
    let all = parameters.map { "'\($0.spelling)'" }
    switch kind {
    case .exactlyOne where given.isEmpty, .atLeastOne where given.isEmpty:
      return "one of \(all.joined(separator: " and ")) is needed"
    case .exactlyOne where given.count > 1, .atMostOne where given.count > 1:
      return "\(given.joined(separator: " and ")) cannot stand together"
    case .needs where given == [all[0]]:
      return "\(all[0]) needs \(all.dropFirst().joined(separator: " or ")) beside it"
    default:
      return nil
    }
  }
}
