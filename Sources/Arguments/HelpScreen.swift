extension Program {
  /// The help screen of a command, or of the program.
  ///
  /// - Parameter width: Columns of the terminal.
  public func help(for command: Command?, width: Int = 80) -> String {
    command.map { commandHelp($0, width: width) } ?? programHelp(width: width)
  }

  /// The help screen of the commands that begin with a word.
  ///
  /// - Parameter width: Columns of the terminal.
  public func help(forGroup word: String, width: Int = 80) -> String {
    var screen = HelpScreen(width: width)
    screen.usage("\(name) \(word) COMMAND [options]")
    screen.table("Commands", members(of: word).map { ($0.name, $0.summary) })
    screen.table("Options", [("-h, --help", "Shows this help.")])
    screen.paragraph("'\(name) \(word) COMMAND --help' shows the options of a command.")
    return screen.text
  }

  private func programHelp(width: Int) -> String {
    var screen = HelpScreen(width: width)
    screen.usage("\(name) COMMAND [options]")
    screen.paragraph(summary)
    screen.table("Commands", commands.map { ($0.name, $0.summary) })
    screen.table("Options", [("-h, --help", "Shows this help."), ("    --version", "Shows the version.")])
    screen.paragraph("'\(name) COMMAND --help' shows the options of a command.")
    return screen.text
  }

  private func commandHelp(_ command: Command, width: Int) -> String {
    var screen = HelpScreen(width: width)
    screen.usage("\(name) \(command.name)\(command.synopsis)")
    screen.paragraph(command.summary)
    let options = command.groups.map { ($0.title, $0.parameters.map { ($0.label, $0.helpText) }) }
    let operands = command.operands.map { ($0.label, $0.helpText) }
    screen.align(operands.map(\.0) + options.flatMap { $0.1.map(\.0) })
    screen.table("Operands", operands)
    for (title, rows) in options { screen.table(title, rows) }
    screen.lines("Examples", command.examples.map { "\(name) \($0)" })
    return screen.text
  }
}

extension Command {
  /// What stands behind the command's name: what is required, and where the rest goes.
  var synopsis: String {
    let alternatives = rules.compactMap { rule -> String? in
      let choice = rule.parameters.map(\.synopsis).joined(separator: " | ")
      switch rule.kind {
      case .exactlyOne: return "(\(choice))"
      case .atLeastOne: return "(\(choice))..."
      case .atMostOne: return "[\(choice)]"
      case .needs: return nil
      }
    }
    let required = options.filter(\.isRequired).map(\.synopsis)
    let positions = operands.map { $0.isRequired ? $0.synopsis : "[\($0.synopsis)]" }
    let optional = options.count > 1 ? ["[options]"] : []
    return (required + alternatives + optional + positions).map { " \($0)" }.joined()
  }
}

extension Parameter {
  /// How it is written, in columns.
  var label: String {
    if kind == .operand { return name }
    let value =
      switch kind {
      case .boolean: "=\(valueName)"
      case .joined: "[=\(valueName)]"
      default: valueName.isEmpty ? "" : " \(valueName)"
      }
    return (short.map { "-\($0), " } ?? "    ") + "--\(name)\(value)"
  }

  /// What there is to say of it.
  var helpText: String {
    kind != .flag && isRepeatable ? "\(help) Can be repeated." : help
  }
}

/// A text that grows by paragraphs, within a width.
private struct HelpScreen {
  let width: Int
  var text = ""
  private var labelColumns: Int?
  // Labels longer than this have their help on the next line.
  private static let widestLabel = 30

  init(width: Int) { self.width = width }

  mutating func usage(_ line: String) {
    text += wrapped(line, lead: "usage: ", indent: 7) + "\n"
  }

  mutating func paragraph(_ sentence: String) {
    text += "\n" + wrapped(sentence) + "\n"
  }

  /// Fixes the column where help begins, for all tables that follow.
  mutating func align(_ labels: [String]) {
    labelColumns = labels.map(\.count).filter { $0 <= Self.widestLabel }.max()
  }

  mutating func table(_ title: String, _ rows: [(label: String, help: String)]) {
    if rows.isEmpty { return }
    let columns = labelColumns ?? rows.map(\.label.count).max() ?? 0
    text += "\n\(title):\n"
    for (label, help) in rows {
      let start = columns + 4
      let label = "  \(label)"
      let isTooWide = label.count + 2 > start
      // Such a label has its line alone.
      if isTooWide { text += "\(label)\n" }
      text += wrapped(help, lead: isTooWide ? spaces(start) : label + spaces(start - label.count), indent: start) + "\n"
    }
  }

  mutating func lines(_ title: String, _ lines: [String]) {
    if lines.isEmpty { return }
    text += "\n\(title):\n" + lines.map { "  \($0)\n" }.joined()
  }

  /// The text broken at spaces, behind `lead`; lines after the first are indented.
  private func wrapped(_ text: String, lead: String = "", indent: Int = 0) -> String {
    var lines: [String] = []
    var line = lead
    var isFirstWord = true
    for word in text.split(separator: " ") {
      if !isFirstWord, line.count + 1 + word.count > width {
        lines.append(line)
        line = spaces(indent) + word
      } else {
        line += (isFirstWord ? "" : " ") + word
      }
      isFirstWord = false
    }
    return (lines + [line]).joined(separator: "\n")
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
