extension Program {
  func fishCompletion(_ executables: [String]) -> String {
    let main = executables[0]
    var lines = [
      "# fish completion; load it with: \(main) completion fish | source",
      "complete -c \(main) -f",
      "complete -c \(main) -n __fish_use_subcommand -s h -l help -d 'Shows this help.'",
      "complete -c \(main) -n __fish_use_subcommand -l version -d 'Shows the version.'",
    ]
    for (word, summary) in firstWords {
      lines.append("complete -c \(main) -n __fish_use_subcommand -a \(word) -d \(fishQuoted(summary))")
    }
    for word in groupWords {
      let members = members(of: word)
      let names = members.map(\.words[1]).joined(separator: " ")
      let isHere = "'__fish_seen_subcommand_from \(word); and not __fish_seen_subcommand_from \(names)'"
      for member in members {
        lines.append("complete -c \(main) -n \(isHere) -a \(member.words[1]) -d \(fishQuoted(member.summary))")
      }
    }
    for command in commands {
      let seen = command.words.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
      let condition = "complete -c \(main) -n '\(seen)'"
      for option in command.options {
        let short = option.short.map { " -s \($0)" } ?? ""
        let value = option.kind == .option ? " -r\(option.fishOffer)" : option.fishOffer
        lines.append("\(condition)\(short) -l \(option.name)\(value) -d \(fishQuoted(option.help))")
      }
      for operand in command.operands where operand.completion != .nothing {
        // Otherwise files would be offered behind `--option=` too.
        let isOperand = "; and not string match -q -- \"-*\" (commandline -ct)'"
        lines.append("\(condition.dropLast())\(isOperand)\(operand.fishOffer)")
      }
    }
    for other in executables.dropFirst() { lines.append("complete -c \(other) -w \(main)") }
    return lines.map { "\($0)\n" }.joined()
  }

  /// Source: fish-doc, "Quotes": within single quotes only `'` and `\` are escaped, with `\`.
  private func fishQuoted(_ text: String) -> String {
    "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
  }
}

extension Parameter {
  /// What is offered for the value, as options of `complete`.
  fileprivate var fishOffer: String {
    switch completion {
    case _ where kind == .flag, .nothing: ""
    case .file: " -F"
    case .directory: " -a '(__fish_complete_directories)'"
    case .choice(let words): " -f -a '\(words.joined(separator: " "))'"
    }
  }
}
