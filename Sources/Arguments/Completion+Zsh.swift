extension Program {
  func zshCompletion(_ executables: [String]) -> String {
    let function = "_\(executables[0])"
    let names = executables.joined(separator: " ")
    let listing = commands.map { "    \(quoted("\($0.name):\($0.summary)"))\n" }.joined()
    let cases = commands.map { command in
      let options = command.options.flatMap(\.zshSpecifications)
      let operands = command.operands.enumerated().map { $1.zshOperand(position: $0 + 1) }
      return "    \(command.name))\n      _arguments -s"
        + (options + operands).map { " \\\n        \(quoted($0))" }.joined() + "\n      ;;\n"
    }
    return """
      #compdef \(names)
      # zsh completion; load it with: source <(\(executables[0]) completion zsh)

      \(function)() {
        local -a commands=(
      \(listing)  )
        if (( CURRENT == 2 )); then
          _describe command commands
          return
        fi
        shift words
        (( CURRENT-- ))
        case $words[1] in
      \(cases.joined())  esac
      }

      if [[ $funcstack[1] == \(function) ]]; then
        \(function) "$@"
      else
        compdef \(function) \(names)
      fi

      """
  }
}

extension Parameter {
  /// One specification for each name.
  ///
  /// Source: zshcompsys(1), `_arguments`.
  fileprivate var zshSpecifications: [String] {
    let names = (short.map { ["-\($0)"] } ?? []) + [spelling]
    // What cannot be repeated is not offered again, by whatever name.
    let prefix = isRepeatable && kind != .flag ? "*" : "(\(names.joined(separator: " ")))"
    return names.map { name in
      let isLong = name.hasPrefix("--")
      switch kind {
      case .flag, .operand: return "\(prefix)\(name)[\(zshHelp)]"
      case .boolean: return "\(prefix)\(name)=-[\(zshHelp)]::\(zshValue)"
      case .option: return "\(prefix)\(name)\(isLong ? "=" : "+")[\(zshHelp)]:\(zshValue)"
      }
    }
  }

  fileprivate func zshOperand(position: Int) -> String {
    "\(position):\(isRequired ? "" : ":")\(zshValue)"
  }

  private var zshValue: String {
    switch completion {
    case .nothing: "\(valueName): "
    case .file: "\(valueName):_files"
    case .directory: "\(valueName):_files -/"
    case .choice(let words): "\(valueName):(\(words.joined(separator: " ")))"
    }
  }

  private var zshHelp: String {
    help.map { "[]".contains($0) ? "\\\($0)" : "\($0)" }.joined()
  }
}
