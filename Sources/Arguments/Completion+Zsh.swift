extension Program {
  func zshCompletion(_ executables: [String]) -> String {
    let function = "_\(executables[0])"
    let names = executables.joined(separator: " ")
    let listing = firstWords.map { "    \(quoted("\($0.word):\($0.summary)"))\n" }.joined()
    let cases = firstWords.map { word, _ in
      let members = members(of: word)
      let body =
        members.isEmpty ? commands.first { $0.name == word }?.zshArguments(indent: "      ") : zshGroup(members)
      return "    \(word))\n\(body ?? "")      ;;\n"
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

extension Program {
  /// What stands behind the first word of commands of two words.
  private func zshGroup(_ members: [Command]) -> String {
    let listing = members.map { " \(quoted("\($0.words[1]):\($0.summary)"))" }.joined()
    let cases = members.map { "        \($0.words[1]))\n\($0.zshArguments(indent: "          "))          ;;\n" }
    return """
            if (( CURRENT == 2 )); then
              local -a members=(\(listing.dropFirst()))
              _describe command members
              return
            fi
            shift words
            (( CURRENT-- ))
            case $words[1] in
      \(cases.joined())      esac

      """
  }
}

extension Command {
  fileprivate func zshArguments(indent: String) -> String {
    // Behind operands that can be repeated nothing has a place of its own.
    let placed = self.operands.firstIndex(where: \.isRepeatable).map { self.operands[...$0] } ?? self.operands[...]
    let operands = placed.enumerated().map { $1.zshOperand(position: $0 + 1) }
    return "\(indent)_arguments -s"
      + (options.flatMap(\.zshSpecifications) + operands).map { " \\\n\(indent)  \(quoted($0))" }.joined() + "\n"
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
      case .boolean, .joined: return "\(prefix)\(name)=-[\(zshHelp)]::\(zshValue)"
      case .option: return "\(prefix)\(name)\(isLong ? "=" : "+")[\(zshHelp)]:\(zshValue)"
      }
    }
  }

  fileprivate func zshOperand(position: Int) -> String {
    isRepeatable ? "*:\(zshValue)" : "\(position):\(isRequired ? "" : ":")\(zshValue)"
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
