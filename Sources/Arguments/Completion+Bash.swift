extension Program {
  func bashCompletion(_ executables: [String]) -> String {
    let function = "_\(executables[0])"
    let kinds = commands.flatMap { command in
      command.options.filter { $0.kind != .flag }.map { kind(of: $0, in: command) }
        + command.operands.enumerated().map { "    \(place($0, of: $1, in: command))) kind=\($1.bashKind) ;;\n" }
    }
    // The second word of a command stands where its first operand would.
    let groups = groupWords.map { word in
      "    '\(word) 1') kind='words \(members(of: word).map(\.words[1]).joined(separator: " "))' ;;\n"
    }
    let options = commands.map { command in
      "    '\(command.name)') options='\(command.options.map(\.bashWord).joined(separator: " "))' ;;\n"
    }
    let groupOptions = groupWords.map { "    '\($0)') options='--help' ;;\n" }
    return """
      # bash completion; load it with: source <(\(executables[0]) completion bash)

      # What stands behind an option, or at an operand's position: sets `kind`.
      \(function)_kind() {
        case "$1 $2" in
      \((kinds + groups).joined())    *) kind= ;;
        esac
      }

      \(function)_options() {
        case $1 in
      \((options + groupOptions).joined())    *) options='--help --version' ;;
        esac
      }

      \(function)_commands='\(firstWords.map(\.word).joined(separator: " "))'
      \(function)_groups='\(groupWords.joined(separator: " "))'

      """ + Self.bashWalk.replacing("@", with: function)
        + "\ncomplete -F \(function) \(executables.joined(separator: " "))\n"
  }

  private func kind(of option: Parameter, in command: Command) -> String {
    let names = [option.spelling] + (option.short.map { ["-\($0)"] } ?? [])
    let patterns = names.map { "'\(command.name) \($0)'" }.joined(separator: " | ")
    return "    \(patterns)) kind=\(option.bashKind) ;;\n"
  }

  private func place(_ number: Int, of operand: Parameter, in command: Command) -> String {
    operand.isRepeatable ? "'\(command.name) '[0-9]*" : "'\(command.name) \(number + 1)'"
  }

  // Bash breaks words at `=` and `:`, each of which is then a word of its own.
  private static let bashWalk = """

    @() {
      local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
      local command= pending= kind= options= word only_operands= i operands=1
      COMPREPLY=()
      if [[ $cur == : || $before == : ]]; then return; fi
      for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == : ]]; then
          ((i++))
        elif [[ -n $pending ]]; then
          [[ $word == = ]] || pending=
        elif [[ -z $command ]]; then
          [[ $word == -* ]] || command=$word
        elif [[ " $@_groups " == *" $command "* ]]; then
          [[ $word == -* ]] || command+=" $word"
        elif [[ -n $only_operands || $word == - || $word != -* ]]; then
          ((operands++))
        elif [[ $word == -- ]]; then
          only_operands=1
        else
          @_kind "$command" "$word"
          [[ -z $kind || ($kind == joined* && ${COMP_WORDS[i + 1]} != =) ]] || pending=$word
        fi
      done
      [[ $cur != = ]] || cur=
      if [[ -n $pending ]]; then
        @_kind "$command" "$pending"
      elif [[ $cur == -?* && -z $only_operands ]]; then
        @_options "$command"
        kind="words $options"
      elif [[ -z $command ]]; then
        kind="words $@_commands"
      else
        @_kind "$command" "$operands"
      fi
      case $kind in
        file) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
        directory) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null ;;
        joined*) mapfile -t COMPREPLY < <(compgen -W "${kind#joined}" -- "$cur") ;;
        words*) mapfile -t COMPREPLY < <(compgen -W "${kind#words}" -- "$cur") ;;
      esac
      [[ ${#COMPREPLY[@]} != 1 || $COMPREPLY != *= ]] || compopt -o nospace 2>/dev/null
    }

    """
}

extension Parameter {
  fileprivate var bashWord: String { kind == .boolean ? "\(spelling)=" : spelling }

  fileprivate var bashKind: String {
    switch completion {
    case .nothing: "value"
    case .file: "file"
    case .directory: "directory"
    case .choice(let words):
      "'\([.boolean, .joined].contains(kind) ? "joined" : "words") \(words.joined(separator: " "))'"
    }
  }
}
