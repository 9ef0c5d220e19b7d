extension Program {
  /// All help screens as one Markdown document.
  public var reference: String {
    let list = commands.map { "- [`\(name) \($0.name)`](#\(name)-\(anchor(of: $0))): \(escaped($0.summary))\n" }
    return (["# \(name)\n\n\(escaped(summary))\n\n\(list.joined())"] + commands.map(section)).joined(separator: "\n")
  }

  private func section(of command: Command) -> String {
    var text = "## \(name) \(command.name)\n\n\(escaped(command.summary))\n"
    text += block(["\(name) \(command.name)\(command.synopsis)"])
    text += table("Operands", command.operands)
    for group in command.groups { text += table(group.title, group.parameters) }
    if !command.examples.isEmpty { text += "\nExamples:\n" + block(command.examples.map { "\(name) \($0)" }) }
    return text
  }

  private func block(_ lines: [String]) -> String { "\n" + lines.map { "    \($0)\n" }.joined() }

  private func table(_ title: String, _ parameters: [Parameter]) -> String {
    if parameters.isEmpty { return "" }
    let rows = parameters.map { parameter in
      let label = String(parameter.label.drop { $0 == " " })
      return "| `\(label.replacing("|", with: "\\|"))` | \(escaped(parameter.helpText)) |\n"
    }
    return "\n| \(title) | |\n|---|---|\n\(rows.joined())"
  }

  private func anchor(of command: Command) -> String { command.name.replacing(" ", with: "-") }

  /// A sentence in which nothing is markup.
  private func escaped(_ text: String) -> String {
    String(text.flatMap { "\\`*_<>[]|#".contains($0) ? ["\\", $0] : [$0] })
  }
}
