extension Program {
  /// The help screen of a command, or of the program, as the source of a manual page.
  ///
  /// Source: man(7).
  ///
  /// - Parameters:
  ///   - date: When it was last changed.
  ///   - release: The program's name and version.
  public func manualPage(for command: Command?, date: String, release: String) -> String {
    let title = pageName(of: command)
    var page = ManualPage(
      ".TH \(title.uppercased()) 1 \"\(date)\" \(macroWord(release)) \(macroWord("Commands of \(name)"))")
    page.section("NAME", escaped(title) + " \\- " + escaped(phrase(of: command?.summary ?? summary)))
    page.section("SYNOPSIS", bold(call(command)) + escaped(command?.synopsis ?? " COMMAND [options]"))
    page.section("DESCRIPTION", escaped(command?.summary ?? summary))
    if let command {
      page.describe(command)
      page.examples(command.examples.map { "\(name) \($0)" })
    } else {
      page.list("COMMANDS", commands.map { (bold($0.name), $0.summary) })
    }
    let others = [nil] + commands.map(Optional.some)
    page.references(others.map(pageName).filter { $0 != title })
    return page.text
  }

  /// The words that call it.
  private func call(_ command: Command?) -> String { command.map { "\(name) \($0.name)" } ?? name }

  private func pageName(of command: Command?) -> String { call(command).replacing(" ", with: "-") }

  /// A sentence as the NAME section has it: begun small, without a full stop.
  private func phrase(of sentence: String) -> String {
    sentence.prefix(1).lowercased() + (sentence.hasSuffix(".") ? sentence.dropFirst().dropLast() : sentence.dropFirst())
  }
}

/// The source of a manual page, which grows by sections.
private struct ManualPage {
  var text: String

  init(_ head: String) { text = head + "\n" }

  mutating func section(_ title: String, _ paragraph: String) { text += ".SH \(title)\n\(paragraph)\n" }

  mutating func describe(_ command: Command) {
    list("OPERANDS", command.operands.map { (bold($0.label), $0.helpText) })
    text += ".SH OPTIONS\n"
    for group in command.groups {
      text += ".SS \(macroWord(group.title))\n"
      items(group.parameters.map { (bold(String($0.label.drop { $0 == " " })), $0.helpText) })
    }
  }

  mutating func list(_ title: String, _ rows: [(label: String, help: String)]) {
    if rows.isEmpty { return }
    text += ".SH \(title)\n"
    items(rows)
  }

  mutating func examples(_ lines: [String]) {
    if lines.isEmpty { return }
    text += ".SH EXAMPLES\n.nf\n" + lines.map { escaped($0) + "\n" }.joined() + ".fi\n"
  }

  mutating func references(_ names: [String]) {
    text += ".SH SEE ALSO\n" + names.map { ".BR \(escaped($0)) (1)" }.joined(separator: " ,\n") + "\n"
  }

  private mutating func items(_ rows: [(label: String, help: String)]) {
    for (label, help) in rows { text += ".TP\n\(label)\n\(escaped(help))\n" }
  }
}

/// A line in which nothing is markup.
private func escaped(_ line: String) -> String {
  // A formatter makes other characters of these, for the eye; readers copy them.
  let plain: [Character: String] = ["\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"]
  let text = line.map { plain[$0] ?? String($0) }.joined()
  return text.hasPrefix(".") ? "\\&" + text : text
}

private func bold(_ words: String) -> String { "\\fB\(escaped(words))\\fR" }

/// A word of a macro.
private func macroWord(_ word: String) -> String { "\"\(escaped(word).replacing("\"", with: "\\(dq"))\"" }
