/// What a shell offers for a value.
enum Completion: Sendable, Equatable {
  case nothing
  case file
  case directory
  case choice([String])
}

/// A shell that completes command lines.
public enum Shell: String, Sendable, CaseIterable {
  /// GNU bash 4 or later; needs nothing else.
  case bash
  /// zsh 5, with `compinit`.
  case zsh
  /// fish 3.
  case fish
}

extension Program {
  /// A script that teaches a shell the commands, options and values.
  ///
  /// - Parameter executables: The names of the program's file for which it works, the main one first.
  public func completionScript(for shell: Shell, executables: [String]) -> String {
    switch shell {
    case .bash: bashCompletion(executables)
    case .zsh: zshCompletion(executables)
    case .fish: fishCompletion(executables)
    }
  }
}

/// The text as one word of a shell.
func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
